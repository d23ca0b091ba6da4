// SPDX-License-Identifier: Apache-2.0

/// The text of one source file, kept so that a message can show the line it speaks of.
public struct SourceText: Sendable {
  public var name: String
  public var bytes: [UInt8]

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// Where each line starts, as offsets into the bytes. Found anew at each call.
  func lineStarts() -> [Int] {
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == 0x0A { starts.append(offset + 1) }
    return starts
  }
}
