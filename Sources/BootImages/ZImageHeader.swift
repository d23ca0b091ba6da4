// SPDX-License-Identifier: Apache-2.0

/// The header of an arm32 `zImage`, little-endian.
public struct ZImageHeader: Hashable, Sendable {
  public static let size = 0x30
  static let magic: UInt32 = 0x016f_2818

  /// The absolute address that the image is linked to, 0 when it may lie anywhere.
  public let start: UInt32
  /// `start` plus the size of the image.
  public let end: UInt32

  /// Reads the header; nil when the bytes are no zImage.
  public init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.size, bytes.littleUInt32(at: 0x24) == Self.magic,
      let start = bytes.littleUInt32(at: 0x28), let end = bytes.littleUInt32(at: 0x2c)
    else { return nil }
    self.start = start
    self.end = end
  }

  /// Bytes from start to end; 0 when the header is wrong.
  public var imageSize: Int { end >= start ? Int(clamping: end - start) : 0 }
}
