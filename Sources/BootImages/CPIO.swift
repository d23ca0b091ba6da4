// SPDX-License-Identifier: Apache-2.0

/// The cpio archives that a ramdisk can be.
public enum CPIOVariant: String, Hashable, Sendable {
  /// `070701`: what Linux reads.
  case newc
  /// `070702`: the same with checksums.
  case crc
  /// `070707`: octal digits; Linux does not read it.
  case odc

  public init?(_ bytes: RawSpan) {
    if bytes.holds("070701") {
      self = .newc
    } else if bytes.holds("070702") {
      self = .crc
    } else if bytes.holds("070707") {
      self = .odc
    } else {
      return nil
    }
  }

  /// Follows the archive from entry to entry and throws when the file ends inside one.
  ///
  /// What comes after the entry `TRAILER!!!` is not looked at: ramdisks may be several archives in a row.
  static func check(_ bytes: RawSpan) throws(BootImageError) {
    var offset = 0
    while offset < bytes.byteCount {
      guard let entry = try CPIOEntry(bytes, at: offset) else { return }
      if bytes.holds("TRAILER!!!", at: entry.nameStart) { return }
      guard entry.end <= UInt64(bytes.byteCount) else {
        throw BootImageError(
          .truncated("the cpio archive", needed: entry.end, present: UInt64(bytes.byteCount)),
          at: bytes.byteCount)
      }
      offset = Int(entry.end)
    }
  }
}

/// The sizes of one entry of a cpio archive.
private struct CPIOEntry {
  let nameStart: Int
  /// Where the next entry starts, not cut to the file.
  let end: UInt64

  /// Reads the header at `offset`; nil when zeros fill the rest of the file there, or less than a magic is left.
  init?(_ bytes: RawSpan, at offset: Int) throws(BootImageError) {
    guard bytes.byteCount - offset >= 6 else { return nil }
    if bytes.byte(at: offset) == 0 { return nil }
    let isNew = bytes.holds("070701", at: offset) || bytes.holds("070702", at: offset)
    guard isNew || bytes.holds("070707", at: offset) else { throw BootImageError(.cpioHeader, at: offset) }
    let headerSize = isNew ? 110 : 76
    guard bytes.byteCount - offset >= headerSize else {
      throw BootImageError(
        .truncated(
          "the cpio archive", needed: UInt64(offset + headerSize), present: UInt64(bytes.byteCount)),
        at: bytes.byteCount)
    }
    nameStart = offset + headerSize
    if isNew {
      guard let size = Self.number(bytes, offset + 54, digits: 8, shift: 4),
        let nameSize = Self.number(bytes, offset + 94, digits: 8, shift: 4)
      else { throw BootImageError(.cpioHeader, at: offset) }
      let data = Self.aligned(UInt64(nameStart) + nameSize)
      end = Self.aligned(data + size)
    } else {
      guard let nameSize = Self.number(bytes, offset + 59, digits: 6, shift: 3),
        let size = Self.number(bytes, offset + 65, digits: 11, shift: 3)
      else { throw BootImageError(.cpioHeader, at: offset) }
      end = UInt64(nameStart) + nameSize + size
    }
  }

  private static func aligned(_ value: UInt64) -> UInt64 { (value + 3) & ~3 }

  /// A number of hexadecimal (shift 4) or octal (shift 3) digits; at most 33 bits, so that sums cannot overflow.
  private static func number(_ bytes: RawSpan, _ offset: Int, digits: Int, shift: UInt64) -> UInt64? {
    var value: UInt64 = 0
    for index in 0..<digits {
      guard let byte = bytes.byte(at: offset + index) else { return nil }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      guard digit < 1 << shift else { return nil }
      value = value << shift | UInt64(digit)
    }
    return value
  }
}
