// SPDX-License-Identifier: Apache-2.0

/// Takes a ramdisk file apart as far as that shows damage.
///
/// What is not known is raw data and welcome.
struct RamdiskLayers {
  private(set) var wrappers: [BootImage.Wrapper] = []
  let content: BootImage.Content
  let contentSize: Int

  init(_ bytes: RawSpan, limits: BootImage.Limits) throws(BootImageError) {
    guard bytes.byteCount > 0 else { throw BootImageError(.empty) }
    var range = 0..<bytes.byteCount
    if bytes.bigUInt32(at: 0) == LegacyImageHeader.magic {
      let header = try LegacyImageHeader(decoding: bytes)
      range = try header.checkedData(of: bytes, verify: limits.verifyChecksums)
      wrappers.append(.uImage(header))
    }
    do throws(BootImageError) {
      let data = bytes.extracting(range)
      if GzipMember.isGzip(data) {
        let (summary, unpacked, size) = try Self.gzip(data, limits: limits)
        wrappers.append(.gzip(summary))
        content = unpacked
        contentSize = size
      } else {
        content = Self.content(data)
        contentSize = data.byteCount
        if case .cpio = content { try CPIOVariant.check(data) }
      }
    } catch {
      throw error.moved(by: range.lowerBound)
    }
  }

  private static func content(_ bytes: RawSpan) -> BootImage.Content {
    if let variant = CPIOVariant(bytes) { return .cpio(variant) }
    if let compression = Compression(bytes) { return .compressed(compression) }
    return .raw
  }

  /// Each member costs some set-up; real ramdisks have a handful.
  private static let mostMembers = 64

  /// Unpacks member after member, for Linux reads ramdisks made of several; what follows them is left alone.
  private static func gzip(
    _ bytes: RawSpan, limits: BootImage.Limits
  ) throws(BootImageError) -> (GzipSummary, BootImage.Content, Int) {
    guard let size = bytes.littleUInt32(at: bytes.byteCount - 4) else {
      throw BootImageError(.deflate(.endOfData), at: bytes.byteCount)
    }
    var output = UnpackedData(limit: limits.ramdisk, keeping: 16, stopsWhenKept: !limits.verifyChecksums)
    var offset = 0
    var members = 0
    while members < mostMembers, GzipMember.isGzip(bytes, at: offset) {
      members += 1
      guard let end = try GzipMember.decode(bytes, from: offset, into: &output) else { break }
      offset = end
      while bytes.byte(at: offset) == 0 { offset += 1 }
    }
    let content = unsafe Self.content(output.kept.span.bytes)
    let contentSize = limits.verifyChecksums ? output.count : Int(clamping: size)
    return (GzipSummary(uncompressedSize: size), content, contentSize)
  }
}
