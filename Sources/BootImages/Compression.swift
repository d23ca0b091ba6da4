// SPDX-License-Identifier: Apache-2.0

/// Packers that can be told by their first bytes.
///
/// Their data is not unpacked here; gzip is apart.
public enum Compression: String, Hashable, Sendable, CaseIterable {
  case xz, zstd, lz4, bzip2, lzma, lzop

  /// The packer whose magic the bytes start with.
  public init?(_ bytes: RawSpan) {
    if bytes.holds("\u{0}", at: 5), bytes.bigUInt32(at: 0) == 0xfd37_7a58, bytes.byte(at: 4) == 0x5a {
      self = .xz
    } else if bytes.littleUInt32(at: 0) == 0xfd2f_b528 {
      self = .zstd
    } else if bytes.littleUInt32(at: 0) == 0x184d_2204 || bytes.littleUInt32(at: 0) == 0x184c_2102 {
      self = .lz4  // the frame format, and the older one that Linux ramdisks use
    } else if bytes.holds("BZh") {
      self = .bzip2
    } else if bytes.bigUInt32(at: 0) == 0x894c_5a4f {
      self = .lzop
    } else if bytes.byte(at: 0) == 0x5d, bytes.littleUInt16(at: 1) == 0,
      bytes.byte(at: 12) == 0 || bytes.byte(at: 12) == 0xff
    {
      self = .lzma  // the usual properties, a dictionary of at least 64 KiB, a plausible size
    } else {
      return nil
    }
  }
}
