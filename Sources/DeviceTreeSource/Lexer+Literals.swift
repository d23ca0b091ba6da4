// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// Numbers, characters and strings.
extension Lexer {
  /// A decimal, octal or hexadecimal number with an optional suffix of C (`U`, `L`, `UL`, `LL`, `ULL`).
  mutating func scanNumber() {
    var at = start
    var base: UInt64 = 10
    if byte(at: at) == UInt8(ascii: "0") {
      if byte(at: at + 1) | 0x20 == UInt8(ascii: "x"), isClass(byte(at: at + 2), .hexDigit) {
        base = 16
        at += 2
      } else {
        base = 8
      }
    }
    var value: UInt64 = 0
    var fits = true
    if base == 16 { takeHexDigits(&at, &value, &fits) }
    while isClass(byte(at: at), .hexDigit) {
      guard let digit = Self.digit(byte(at: at)), digit < base else { break }
      let (product, overflow) = value.multipliedReportingOverflow(by: base)
      value = product
      fits = fits && !overflow
      let (sum, carry) = value.addingReportingOverflow(digit)
      value = sum
      fits = fits && !carry
      at += 1
    }
    at = skipSuffix(at)
    let isWhole = !isClass(byte(at: at), .label)
    while isClass(byte(at: at), .label) { at += 1 }
    set(.number, end: at)
    number = value
    if !isWhole {
      number = 0
      fault(.badNumber, "'\(text)' is not a number", hint: badNumberHint())
    } else if !fits {
      number = 0
      fault(.numberRange, "\(text) does not fit in 64 bits")
    }
  }

  /// Appends the numbers that stand at the position as cells, for as long as they are plain: up to 32 bits, without a
  /// suffix, with blanks around them. Most of a source is that, and needs no tokens. The position is then behind the last.
  mutating func scanCells(into bytes: inout Pool<UInt8>) {
    let (buffer, partEnd) = (cursor.buffer, cursor.nextPartStart)
    var (position, line) = (cursor.position, cursor.line)
    while true {
      while position < partEnd {
        let byte = buffer[position]
        if isClass(byte, .blank) {
          position += 1
        } else if byte == 0x0A {
          position += 1
          line.next(at: position)
        } else {
          break
        }
      }
      guard position < partEnd, let value = takePlainNumber(&position) else { return }
      bytes.append(bigEndian: value)
      cursor.position = position
      cursor.line = line
    }
  }

  /// The plain number at a position, which moves behind it; nil for anything else.
  @inline(__always)
  private func takePlainNumber(_ position: inout Int) -> UInt32? {
    let buffer = cursor.buffer
    var at = position
    var value: UInt32 = 0
    if buffer[at] == UInt8(ascii: "0"), buffer[at + 1] | 0x20 == UInt8(ascii: "x") {
      at += 2
      while isClass(buffer[at], .hexDigit) {
        value = value << 4 | Self.hexValue(buffer[at])
        at += 1
      }
      guard at > position + 2, at <= position + 10 else { return nil }
    } else {
      while isClass(buffer[at], .digit) {
        value = value &* 10 &+ UInt32(buffer[at] & 0xF)
        at += 1
      }
      // What begins with 0 is octal, and ten digits may be too many.
      guard at > position, at < position + 10, at == position + 1 || buffer[position] != UInt8(ascii: "0") else {
        return nil
      }
    }
    let byte = buffer[at]
    guard isClass(byte, .blank) || byte == UInt8(ascii: ">") || byte == 0x0A else { return nil }
    position = at
    return value
  }

  /// The value of a hexadecimal digit: letters have the bit 0x40, and their lowest bits begin with 1 for a.
  @inline(__always)
  private static func hexValue(_ byte: UInt8) -> UInt32 { UInt32(byte & 0xF) + (byte & 0x40 != 0 ? 9 : 0) }

  @inline(__always)
  private func takeHexDigits(_ at: inout Int, _ value: inout UInt64, _ fits: inout Bool) {
    while isClass(byte(at: at), .hexDigit) {
      let byte = byte(at: at)
      if value >> 60 != 0 { fits = false }
      value = value << 4 | UInt64(Self.hexValue(byte))
      at += 1
    }
  }

  private func badNumberHint() -> String? {
    let digits = contents.allSatisfy { isClass(byte(at: $0), .digit) }
    return digits ? "a number that starts with 0 is octal and has no digits 8 and 9" : nil
  }

  static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  @inline(__always)
  private func skipSuffix(_ start: Int) -> Int {
    var at = start
    if byte(at: at) | 0x20 == UInt8(ascii: "u") { at += 1 }
    if byte(at: at) | 0x20 == UInt8(ascii: "l") {
      at += 1
      if byte(at: at) == byte(at: at - 1) { at += 1 }
    }
    return at
  }

  /// A string up to its closing quote; it may go over several lines.
  mutating func scanString() {
    cursor.position += 1
    hasEscapes = false
    while !isAtEnd {
      switch byte(at: cursor.position) {
      case UInt8(ascii: "\""):
        set(.string, end: cursor.position + 1)
        return
      case UInt8(ascii: "\\"):
        hasEscapes = true
        cursor.position += 1
        if byte(at: cursor.position) != 0x0A, !isAtEnd { cursor.position += 1 }
      case 0x0A:
        takeNewline()
      default:
        cursor.position += 1
      }
    }
    closeAtLineEnd("this string is not closed")
  }

  /// Something opened and never closed ends, for all that follows, with its first line.
  private mutating func closeAtLineEnd(_ message: String) {
    rewind()
    while !isAtEnd, byte(at: cursor.position) != 0x0A { cursor.position += 1 }
    set(.broken, end: cursor.position)
    fault(.badString, message, hint: "put the closing quote")
  }

  /// A character in single quotes, which is a number.
  mutating func scanCharacter() {
    cursor.position += 1
    while !isAtEnd, byte(at: cursor.position) != UInt8(ascii: "'"), byte(at: cursor.position) != 0x0A {
      if byte(at: cursor.position) == UInt8(ascii: "\\") { cursor.position += 1 }
      if !isAtEnd, byte(at: cursor.position) != 0x0A { cursor.position += 1 }
    }
    guard byte(at: cursor.position) == UInt8(ascii: "'"), !isAtEnd else {
      // Only what a closed one would hold belongs to it.
      set(.broken, end: min(start + 2, cursor.position))
      fault(.badString, "this character literal is not closed", hint: "put the closing quote")
      return
    }
    set(.number, end: cursor.position + 1)
    var bytes = Pool<UInt8>()
    appendUnescaped(start + 1..<end - 1, to: &bytes)
    number = bytes.isEmpty ? 0 : UInt64(bytes[0])
    if bytes.count != 1 {
      fault(.badNumber, "a character literal holds one byte, this one holds \(bytes.count)")
    }
  }

  /// The bytes of the string token, without a terminating zero.
  mutating func appendString(to bytes: inout Pool<UInt8>) {
    let range = contents
    if hasEscapes {
      appendUnescaped(range, to: &bytes)
    } else {
      unsafe bytes.append(contentsOf: cursor.buffer.pointers(range))
    }
  }

  private mutating func appendUnescaped(_ range: Range<Int>, to bytes: inout Pool<UInt8>) {
    var at = range.lowerBound
    while at < range.upperBound {
      let byte = byte(at: at)
      at += 1
      guard byte == UInt8(ascii: "\\"), at < range.upperBound else {
        bytes.append(byte)
        continue
      }
      bytes.append(unescape(&at, before: range.upperBound))
    }
  }

  /// The byte that an escape stands for; `at` is behind its backslash and moves behind it.
  private mutating func unescape(_ at: inout Int, before end: Int) -> UInt8 {
    let byte = byte(at: at)
    at += 1
    switch byte {
    case UInt8(ascii: "a"): return 0x07
    case UInt8(ascii: "b"): return 0x08
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "v"): return 0x0B
    case UInt8(ascii: "f"): return 0x0C
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      at -= 1
      return takeEscapedNumber(&at, base: 8, digits: 3, before: end)
    case UInt8(ascii: "x"):
      guard at < end, isClass(self.byte(at: at), .hexDigit) else {
        fault(.badString, "'\\x' must be followed by one or two hexadecimal digits")
        return UInt8(ascii: "x")
      }
      return takeEscapedNumber(&at, base: 16, digits: 2, before: end)
    default: return byte
    }
  }

  private func takeEscapedNumber(_ at: inout Int, base: UInt64, digits: Int, before end: Int) -> UInt8 {
    var value: UInt64 = 0
    var left = digits
    while left > 0, at < end, let digit = Self.digit(byte(at: at)), digit < base {
      value = value * base + digit
      at += 1
      left -= 1
    }
    return UInt8(truncatingIfNeeded: value)
  }

  /// Takes what stands at the position, up to the next blank or punctuation, as one token.
  mutating func takeWord() {
    beginToken()
    while isClass(byte(at: cursor.position), .label) { cursor.position += 1 }
    set(.word, end: cursor.position)
  }

  /// Appends the pairs of hexadecimal digits that stand at the position, and stops where there is something else: a blank, a label, the bracket.
  /// - Returns: whether it stopped at a single digit, which is no byte.
  mutating func scanBytePairs(into bytes: inout Pool<UInt8>) -> Bool {
    while true {
      skipBlanks()
      let first = cursor.position
      var runEnd = first
      while isClass(byte(at: runEnd), .label) { runEnd += 1 }
      let isBeforeColon = byte(at: runEnd) == UInt8(ascii: ":")
      while let high = Self.digit(byte(at: cursor.position)) {
        // A word with a colon is a label even when it could be digits.
        if isBeforeColon, isClass(byte(at: cursor.position), .labelStart) { return false }
        guard let low = Self.digit(byte(at: cursor.position + 1)) else { return true }
        bytes.append(UInt8(truncatingIfNeeded: high << 4 | low))
        cursor.position += 2
      }
      if cursor.position == first || cursor.position < runEnd { return false }
    }
  }
}
