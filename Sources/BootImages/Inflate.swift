// SPDX-License-Identifier: Apache-2.0

/// Unpacks DEFLATE (RFC 1951) and gzip (RFC 1952).
///
/// No input makes it trap, and none makes it write more than the limit that the caller sets.
public enum Inflate {
  /// Unpacks one raw DEFLATE stream.
  ///
  /// Bytes after its end are ignored.
  ///
  /// - Parameter limit: the most bytes that it may unpack to; `tooLarge` is thrown beyond.
  public static func inflate(_ bytes: RawSpan, limit: Int) throws(BootImageError) -> [UInt8] {
    var output = UnpackedData(limit: limit, keeping: limit)
    _ = try decode(bytes, from: 0, into: &output)
    return output.kept
  }

  public static func inflate(_ bytes: [UInt8], limit: Int) throws(BootImageError) -> [UInt8] {
    try unsafe inflate(bytes.span.bytes, limit: limit)
  }

  /// Unpacks the gzip member that the bytes start with, and checks its checksum and size.
  ///
  /// Bytes after it are ignored.
  ///
  /// - Parameter limit: the most bytes that it may unpack to; `tooLarge` is thrown beyond.
  public static func gunzip(_ bytes: RawSpan, limit: Int) throws(BootImageError) -> [UInt8] {
    var output = UnpackedData(limit: limit, keeping: limit)
    _ = try GzipMember.decode(bytes, from: 0, into: &output)
    return output.kept
  }

  public static func gunzip(_ bytes: [UInt8], limit: Int) throws(BootImageError) -> [UInt8] {
    try unsafe gunzip(bytes.span.bytes, limit: limit)
  }

  /// Unpacks the stream that starts at `start`.
  ///
  /// - Returns: the offset after its last byte; nil when `output` had enough before the end.
  static func decode(
    _ bytes: RawSpan, from start: Int, into output: inout UnpackedData
  ) throws(BootImageError) -> Int? {
    var decoder = DeflateDecoder()
    // `withUnsafeBytes` rethrows without a type, so the error comes out as a value.
    let result: Result<Int?, BootImageError> = unsafe bytes.withUnsafeBytes { buffer in
      do throws(BootImageError) {
        return .success(unsafe try decoder.decode(buffer, from: start, into: &output))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}

/// What comes out of the decoder: counted, summed, and kept as far as wanted.
struct UnpackedData {
  /// The first bytes, as many as wanted.
  private(set) var kept: [UInt8] = []
  private(set) var count = 0
  private(set) var checksum: UInt32 = 0
  private let limit: Int
  private let wanted: Int
  private let stopsWhenKept: Bool

  /// - Parameters:
  ///   - limit: the most bytes to take.
  ///   - wanted: how many of the first bytes to keep.
  ///   - stopsWhenKept: whether to end the work once those are there.
  init(limit: Int, keeping wanted: Int, stopsWhenKept: Bool = false) {
    self.limit = limit
    self.wanted = wanted
    self.stopsWhenKept = stopsWhenKept
  }

  var hasEnough: Bool { stopsWhenKept && kept.count >= wanted }

  /// Starts a new checksum, for the next member of a file.
  mutating func restartChecksum() { checksum = 0 }

  /// Takes more bytes; false when that is beyond the limit.
  mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= limit - count else { return false }
    count += bytes.count
    unsafe checksum = CRC32.checksum(bytes, continuing: checksum)
    if kept.count < wanted {
      unsafe kept.append(contentsOf: bytes.prefix(wanted - kept.count))
    }
    return true
  }

  var tooLarge: BootImageError.Code { .tooLarge(limit: limit) }
}
