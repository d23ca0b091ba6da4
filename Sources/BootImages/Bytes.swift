// SPDX-License-Identifier: Apache-2.0

// Reading numbers out of borrowed bytes. Every read names an offset and gives nil outside the bytes, so that no
// length taken from a file can make a read trap.

extension RawSpan {
  @inline(__always)
  func byte(at offset: Int) -> UInt8? {
    guard offset >= 0, offset < byteCount else { return nil }
    return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  @inline(__always)
  private func load<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T? {
    guard offset >= 0, byteCount >= MemoryLayout<T>.size, offset <= byteCount - MemoryLayout<T>.size else {
      return nil
    }
    return unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self)
  }

  func littleUInt16(at offset: Int) -> UInt16? {
    load(at: offset, as: UInt16.self).map { UInt16(littleEndian: $0) }
  }
  func littleUInt32(at offset: Int) -> UInt32? {
    load(at: offset, as: UInt32.self).map { UInt32(littleEndian: $0) }
  }
  func littleUInt64(at offset: Int) -> UInt64? {
    load(at: offset, as: UInt64.self).map { UInt64(littleEndian: $0) }
  }
  func bigUInt16(at offset: Int) -> UInt16? {
    load(at: offset, as: UInt16.self).map { UInt16(bigEndian: $0) }
  }
  func bigUInt32(at offset: Int) -> UInt32? {
    load(at: offset, as: UInt32.self).map { UInt32(bigEndian: $0) }
  }

  /// Whether the bytes at `offset` are those of `text`.
  func holds(_ text: StaticString, at offset: Int = 0) -> Bool {
    let count = text.utf8CodeUnitCount
    guard offset >= 0, count <= byteCount, offset <= byteCount - count else { return false }
    let start = unsafe text.utf8Start
    for index in 0..<count {
      guard unsafe unsafeLoad(fromByteOffset: offset + index, as: UInt8.self) == start[index] else {
        return false
      }
    }
    return true
  }

  /// Where the byte occurs first in `range`, which the caller has checked to lie inside.
  func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    var offset = range.lowerBound
    let end = Swift.min(range.upperBound, byteCount)
    while offset < end {
      if unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) == byte { return offset }
      offset += 1
    }
    return nil
  }

  /// The bytes in `range`, cut to what is there, as text; broken UTF-8 is repaired.
  func text(in range: Range<Int>) -> String {
    var copy: [UInt8] = []
    let start = Swift.max(0, Swift.min(range.lowerBound, byteCount))
    let end = Swift.max(start, Swift.min(range.upperBound, byteCount))
    copy.reserveCapacity(end - start)
    for offset in start..<end { copy.append(unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)) }
    return String(decoding: copy, as: UTF8.self)
  }
}

/// `0x` and lowercase digits, written here because this room also builds for machines without any C library.
func hex<T: FixedWidthInteger & UnsignedInteger>(_ value: T) -> String {
  "0x" + String(value, radix: 16)
}
