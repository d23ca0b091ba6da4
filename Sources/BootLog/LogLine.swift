// SPDX-License-Identifier: Apache-2.0

/// Who wrote a line on the machine's one serial console.
public enum Speaker: Hashable, Sendable {
  /// Whatever ran before the hypervisor's console: U-Boot, UEFI, Xen's own EFI loader.
  case firmware
  case xen
  case dom0
  /// A domain by Xen's number: 1 is the first `xen,domain` node.
  case guest(id: Int)
}

/// One line of one speaker.
public struct LogLine: Hashable, Sendable {
  public var speaker: Speaker
  /// The line without Xen's prefixes, put together again where others broke into it, and safe to print.
  public var text: String
  /// The same line as its bytes came, control characters included, without prefixes and without the line end.
  public var raw: [UInt8]
  /// Whether the line came to its end; a line that is too long comes in parts, all but the last incomplete.
  public var isComplete: Bool

  public init(speaker: Speaker, text: String, raw: [UInt8], isComplete: Bool = true) {
    self.speaker = speaker
    self.text = text
    self.raw = raw
    self.isComplete = isComplete
  }

  init(_ speaker: Speaker, _ bytes: [UInt8], isComplete: Bool = true) {
    self.init(speaker: speaker, text: printable(bytes), raw: bytes, isComplete: isComplete)
  }
}
