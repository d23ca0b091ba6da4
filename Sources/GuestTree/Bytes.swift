// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

// Names, numbers and texts as the bytes that a blob has of them. Embedded Swift holds no texts, so names are bytes here.

// MARK: Reading

extension [UInt8] {
  func isSame(as text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { units in
      for index in units.indices where unsafe units[index] != self[index] { return false }
      return true
    }
  }

  /// Whether one of the strings that the bytes consist of, each with its zero, is this one.
  func holds(string: StaticString) -> Bool {
    var start = 0
    while let end = self[start...].firstIndex(of: 0) {
      let isSame = string.withUTF8Buffer { units in
        guard units.count == end - start else { return false }
        for index in units.indices where unsafe units[index] != self[start + index] { return false }
        return true
      }
      if isSame { return true }
      start = end + 1
    }
    return false
  }

  func holds(anyOf strings: [StaticString]) -> Bool {
    for string in strings where holds(string: string) { return true }
    return false
  }

  /// One cell or two as a number.
  var number: UInt64? {
    switch count {
    case 4: UInt64(word(at: 0))
    case 8: number(at: 0)
    default: nil
    }
  }

  /// The word at an offset; zero for one that is not all there.
  func word(at offset: Int) -> UInt32 {
    guard offset >= 0, offset + 4 <= count else { return 0 }
    return unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }.bigEndian
  }

  /// The two words at an offset.
  func number(at offset: Int) -> UInt64 { UInt64(word(at: offset)) << 32 | UInt64(word(at: offset + 4)) }
}

extension FlattenedTree.Name {
  func hasBytes(_ other: [UInt8]) -> Bool {
    guard count == other.count else { return false }
    let bytes = bytes
    for index in other.indices where unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) != other[index] {
      return false
    }
    return true
  }

  func begins(with prefix: StaticString) -> Bool {
    guard count >= prefix.utf8CodeUnitCount else { return false }
    let bytes = bytes
    return prefix.withUTF8Buffer { units in
      for index in units.indices
      where unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) != units[index] {
        return false
      }
      return true
    }
  }

  func isSame(as text: StaticString) -> Bool { count == text.utf8CodeUnitCount && begins(with: text) }
}

extension StaticString {
  var bytes: [UInt8] { withUTF8Buffer { unsafe Array($0) } }
}

// MARK: Writing

extension [UInt8] {
  mutating func append(text: StaticString) {
    text.withUTF8Buffer { unsafe append(contentsOf: $0) }
  }

  mutating func append(cell value: UInt32) {
    unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
  }

  mutating func append(number value: UInt64) {
    append(cell: UInt32(truncatingIfNeeded: value >> 32))
    append(cell: UInt32(truncatingIfNeeded: value))
  }

  mutating func append(hexadecimal value: UInt64) {
    var shift = 60
    while shift > 0, value >> UInt64(shift) & 0xf == 0 { shift -= 4 }
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift) & 0xf)
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      shift -= 4
    }
  }

  /// Overwrites a word; what does not fit is left alone.
  mutating func put(_ word: UInt32, at offset: Int) {
    guard offset >= 0, offset + 4 <= count else { return }
    unsafe withUnsafeMutableBytes { unsafe $0.storeBytes(of: word.bigEndian, toByteOffset: offset, as: UInt32.self) }
  }

  /// Overwrites eight bytes; what does not fit is left alone.
  mutating func put(number: UInt64, at offset: Int) {
    put(UInt32(truncatingIfNeeded: number >> 32), at: offset)
    put(UInt32(truncatingIfNeeded: number), at: offset + 4)
  }
}
