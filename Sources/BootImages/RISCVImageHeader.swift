// SPDX-License-Identifier: Apache-2.0

/// The 64-byte header of a riscv64 `Image` (Linux, Documentation/arch/riscv/boot-image-header.rst).
///
/// It is laid out as an arm64 one, with a magic of its own.
public struct RISCVImageHeader: Hashable, Sendable {
  public static let size = 64

  /// Where the image wants to lie, counted from the start of RAM.
  public let textOffset: UInt64
  /// Bytes from the image's start to the end of its BSS.
  public let imageSize: UInt64
  /// Only bit 0 has a meaning: the kernel is big-endian.
  public let flags: UInt64
  /// Of the header: the major number in the upper half, the minor one in the lower.
  public let version: UInt32

  /// Reads the header of a kernel.
  ///
  /// - Throws: when it has none, or when the file ends before the image does.
  public init(_ bytes: RawSpan) throws(BootImageError) {
    guard bytes.byteCount >= Self.size, let textOffset = bytes.littleUInt64(at: 0x08),
      let imageSize = bytes.littleUInt64(at: 0x10), let flags = bytes.littleUInt64(at: 0x18),
      let version = bytes.littleUInt32(at: 0x20)
    else {
      throw BootImageError(
        .truncated("a kernel's header", needed: UInt64(Self.size), present: UInt64(bytes.byteCount)),
        at: bytes.byteCount)
    }
    // The older magic, eight bytes before it, may go away.
    guard bytes.holds("RSC\u{5}", at: 0x38) else { throw BootImageError(.notRISCVImage, at: 0x38) }
    self.textOffset = textOffset
    self.imageSize = imageSize
    self.flags = flags
    self.version = version
    if let end = PEHeader(bytes)?.endOfData, end > UInt64(bytes.byteCount) {
      throw BootImageError(
        .truncated("the riscv64 Image", needed: end, present: UInt64(bytes.byteCount)), at: bytes.byteCount)
    }
  }

  public init(_ bytes: [UInt8]) throws(BootImageError) {
    try unsafe self.init(bytes.span.bytes)
  }

  public var isBigEndian: Bool { flags & 1 == 1 }
}
