// SPDX-License-Identifier: Apache-2.0

/// What a gzip file says about its content.
public struct GzipSummary: Hashable, Sendable {
  /// The last four bytes of the file: the size of the content modulo 4 GiB.
  ///
  /// Xen allocates by it.
  public let uncompressedSize: UInt32
}

/// One member of a gzip file (RFC 1952).
enum GzipMember {
  static let trailerSize = 8

  static func isGzip(_ bytes: RawSpan, at offset: Int = 0) -> Bool {
    bytes.byte(at: offset) == 0x1f && bytes.byte(at: offset + 1) == 0x8b
  }

  /// The offset of the DEFLATE data of the member that starts at `start`.
  static func dataStart(_ bytes: RawSpan, from start: Int) throws(BootImageError) -> Int {
    guard isGzip(bytes, at: start) else { throw BootImageError(.gzipHeader, at: start) }
    guard bytes.byteCount - start >= 10, let method = bytes.byte(at: start + 2),
      let flags = bytes.byte(at: start + 3)
    else { throw BootImageError(.deflate(.endOfData), at: bytes.byteCount) }
    guard method == 8 else { throw BootImageError(.gzipHeader, at: start + 2) }
    guard flags & 0xe0 == 0 else { throw BootImageError(.gzipHeader, at: start + 3) }
    var offset = start + 10
    if flags & 0x04 != 0 {  // FEXTRA
      guard let length = bytes.littleUInt16(at: offset) else {
        throw BootImageError(.deflate(.endOfData), at: bytes.byteCount)
      }
      offset += 2 + Int(length)
    }
    for flag in [0x08, 0x10] as [UInt8] where flags & flag != 0 {  // FNAME, FCOMMENT
      guard offset < bytes.byteCount, let end = bytes.firstIndex(of: 0, in: offset..<bytes.byteCount) else {
        throw BootImageError(.deflate(.endOfData), at: bytes.byteCount)
      }
      offset = end + 1
    }
    if flags & 0x02 != 0 { offset += 2 }  // FHCRC
    guard offset <= bytes.byteCount else { throw BootImageError(.deflate(.endOfData), at: bytes.byteCount) }
    return offset
  }

  /// Unpacks the member that starts at `start` and checks it.
  ///
  /// - Returns: the offset after the member; nil when `output` had enough before the end.
  static func decode(
    _ bytes: RawSpan, from start: Int, into output: inout UnpackedData
  ) throws(BootImageError) -> Int? {
    let before = output.count
    output.restartChecksum()
    guard let end = try Inflate.decode(bytes, from: try dataStart(bytes, from: start), into: &output) else {
      return nil
    }
    guard let checksum = bytes.littleUInt32(at: end), let size = bytes.littleUInt32(at: end + 4) else {
      throw BootImageError(.deflate(.endOfData), at: bytes.byteCount)
    }
    guard checksum == output.checksum else {
      throw BootImageError(.gzipChecksum(stored: checksum, computed: output.checksum), at: end)
    }
    let actual = output.count - before
    guard size == UInt32(truncatingIfNeeded: actual) else {
      throw BootImageError(.gzipSize(stored: size, actual: UInt64(actual)), at: end + 4)
    }
    return end + trailerSize
  }
}
