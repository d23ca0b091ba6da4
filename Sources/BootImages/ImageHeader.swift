// SPDX-License-Identifier: Apache-2.0

/// The 64-byte header of an arm64 `Image` (Linux, Documentation/arch/arm64/booting.rst).
public struct ImageHeader: Hashable, Sendable {
  public static let size = 64
  static let magic: UInt32 = 0x644d_5241  // "ARM\x64"
  /// The branch over the header with which kernels before 3.17 began; they have no magic.
  static let version0Branch: UInt32 = 0x1400_0008

  /// Where the image wants to lie, counted from a 2 MiB boundary.
  public let textOffset: UInt64
  /// Bytes from the image's start to the end of its BSS; 0 in images that do not say.
  public let imageSize: UInt64
  public let flags: UInt64
  /// Known by its first instruction only, not by the magic.
  public let isVersion0: Bool
  /// A PE header follows: UEFI can start the image.
  public let isPE: Bool

  /// Reads the header; nil when the bytes are no arm64 Image, by the test that Xen applies.
  public init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.size, let code0 = bytes.littleUInt32(at: 0),
      let textOffset = bytes.littleUInt64(at: 0x08), let imageSize = bytes.littleUInt64(at: 0x10),
      let flags = bytes.littleUInt64(at: 0x18), let magic = bytes.littleUInt32(at: 0x38)
    else { return nil }
    guard magic == Self.magic || code0 == Self.version0Branch else { return nil }
    self.textOffset = textOffset
    self.imageSize = imageSize
    self.flags = flags
    isVersion0 = magic != Self.magic
    isPE = bytes.holds("MZ") && PEHeader(bytes) != nil
  }

  /// The kernel is big-endian.
  public var isBigEndian: Bool { flags & 1 == 1 }
  /// The page size that the kernel was built for, nil when it does not say.
  public var pageSize: Int? {
    switch (flags >> 1) & 3 {
    case 1: 4096
    case 2: 16384
    case 3: 65536
    default: nil
    }
  }
  /// The 2 MiB-aligned base may be anywhere in memory.
  public var mayLieAnywhere: Bool { flags & 8 == 8 }
}

/// As much of a PE header as tells where the last section ends in the file.
struct PEHeader {
  let machine: UInt16
  /// Where the data of the last section ends in the file.
  let endOfData: UInt64

  init?(_ bytes: RawSpan) {
    guard bytes.holds("MZ"), let start = bytes.littleUInt32(at: 0x3c).map({ Int(clamping: $0) }),
      bytes.holds("PE\0\0", at: start), let machine = bytes.littleUInt16(at: start + 4),
      let sections = bytes.littleUInt16(at: start + 6), let optionalSize = bytes.littleUInt16(at: start + 20)
    else { return nil }
    self.machine = machine
    var end: UInt64 = 0
    for section in 0..<Int(sections) {
      let header = start + 24 + Int(optionalSize) + 40 * section
      guard let size = bytes.littleUInt32(at: header + 16), let offset = bytes.littleUInt32(at: header + 20)
      else {
        end = UInt64(header) + 40
        break
      }
      end = max(end, UInt64(size) + UInt64(offset))
    }
    endOfData = end
  }
}
