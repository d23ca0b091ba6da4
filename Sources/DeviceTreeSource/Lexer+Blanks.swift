// SPDX-License-Identifier: Apache-2.0
import CompactStorage

// What stands between tokens: blanks, comments, line markers, lines for the C preprocessor.
extension Lexer {
  /// Goes to what is no blank. Mostly one blank stands between two tokens, or nothing.
  @inline(__always)
  mutating func skipBlanks() {
    let next = cursor.position + (byte(at: cursor.position) == UInt8(ascii: " ") ? 1 : 0)
    if next < cursor.nextPartStart, !isClass(byte(at: next), [.blank, .skipped]) {
      cursor.position = next
    } else {
      skipManyBlanks()
    }
  }

  private mutating func skipManyBlanks() {
    while true {
      if cursor.position >= cursor.nextPartStart { enterPart() }
      let byte = skipToText()
      guard isClass(byte, .skipped) else { return }
      if cursor.position >= cursor.nextPartStart {
        continue
      } else if byte == UInt8(ascii: "/"), self.byte(at: cursor.position + 1) == UInt8(ascii: "/") {
        skipLine()
      } else if byte == UInt8(ascii: "/"), self.byte(at: cursor.position + 1) == UInt8(ascii: "*") {
        skipComment()
      } else if byte == UInt8(ascii: "#"), source.map.parts.isEmpty, isFirstOnLine {
        if skipLineMarker() { continue }
        guard isDirective else { return }
        if preprocesses { return isAtDirective = true }
        skipPreprocessorLine()
      } else {
        return
      }
    }
  }

  /// Goes past blanks and newlines, up to the next part of what the preprocessor made.
  /// - Returns: the byte behind them; 0 at such a part.
  private mutating func skipToText() -> UInt8 {
    let buffer = cursor.buffer
    let end = cursor.nextPartStart
    var at = cursor.position
    while true {
      let byte = buffer[at]
      if isClass(byte, .blank) {
        at += 1
      } else if byte == 0x0A {
        at += 1
        cursor.line.next(at: at)
      } else {
        cursor.position = at
        return byte
      }
      if at >= end {
        cursor.position = at
        return 0
      }
    }
  }

  /// Goes past a newline, which stands at the position.
  mutating func takeNewline() {
    cursor.position += 1
    cursor.line.next(at: cursor.position)
  }

  var isAtEnd: Bool { cursor.position >= cursor.buffer.count }

  private mutating func skipLine() {
    while !isAtEnd, byte(at: cursor.position) != 0x0A { cursor.position += 1 }
  }

  private mutating func skipComment() {
    beginToken()
    let opening = startSpot()
    cursor.position += 2
    while !isAtEnd {
      switch byte(at: cursor.position) {
      case 0x0A:
        takeNewline()
      case UInt8(ascii: "*") where byte(at: cursor.position + 1) == UInt8(ascii: "/"):
        cursor.position += 2
        return
      default:
        cursor.position += 1
      }
    }
    endsInComment = true
    var end = opening
    end.column += 1
    faults.append(
      Fault(rule: .syntax, message: "this comment is not closed by '*/'", start: opening, end: end))
  }

  private var isFirstOnLine: Bool {
    !hasTokenOnLine
      && (cursor.line.start..<cursor.position).allSatisfy { isClass(byte(at: $0), .blank) }
  }

  private mutating func skipBlanksOnLine() {
    while isClass(byte(at: cursor.position), .blank) { cursor.position += 1 }
  }

  // MARK: Line markers

  /// Follows `# 12 "file"` and `#line 12 "file"`, by which a preprocessor says where the next line comes from.
  private mutating func skipLineMarker() -> Bool {
    let saved = cursor.position
    cursor.position += 1
    let hadBlank = isClass(byte(at: cursor.position), .blank)
    skipBlanksOnLine()
    if !isClass(byte(at: cursor.position), .digit) {
      guard takeWord("line"), isClass(byte(at: cursor.position), .blank) else {
        cursor.position = saved
        return false
      }
      skipBlanksOnLine()
    } else if !hadBlank {
      cursor.position = saved
      return false
    }
    guard let line = takeLineNumber() else {
      cursor.position = saved
      return false
    }
    skipBlanksOnLine()
    let file = byte(at: cursor.position) == UInt8(ascii: "\"") ? takeFileName() : nil
    skipLine()
    if !isAtEnd { takeNewline() }
    follow(line: line, file: file)
    return true
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    for at in 0..<length where unsafe byte(at: cursor.position + at) != word.utf8Start[at] { return false }
    cursor.position += length
    return true
  }

  private mutating func takeLineNumber() -> Int32? {
    guard isClass(byte(at: cursor.position), .digit) else { return nil }
    var line: Int32 = 0
    while isClass(byte(at: cursor.position), .digit) {
      let digit = Int32(byte(at: cursor.position) - UInt8(ascii: "0"))
      line = line > (.max - digit) / 10 ? .max : line * 10 + digit
      cursor.position += 1
    }
    return line
  }

  /// The number of the file whose name stands in quotes at the position.
  private mutating func takeFileName() -> Int32 {
    var name = Pool<UInt8>(capacity: 128)
    cursor.position += 1
    while !isAtEnd {
      let byte = byte(at: cursor.position)
      if byte == UInt8(ascii: "\"") || byte == 0x0A { break }
      if byte == UInt8(ascii: "\\"), self.byte(at: cursor.position + 1) != 0x0A,
        cursor.position + 1 < cursor.buffer.count
      {
        cursor.position += 1
      }
      name.append(self.byte(at: cursor.position))
      cursor.position += 1
    }
    return unsafe name.withElements { unsafe file(named: $0) }
  }

  // MARK: Lines for the preprocessor

  /// Whether the `#` at the position begins a line for the preprocessor, and not a name such as `#address-cells`. A property may
  /// also be named `#if`: then its value or its end follows, which no such line begins with.
  private var isDirective: Bool {
    var at = cursor.position + 1
    while isClass(byte(at: at), .blank) { at += 1 }
    let start = at
    while isClass(byte(at: at), .label) { at += 1 }
    guard !isClass(byte(at: at), .name), let word = Directive(cursor.buffer.string(start..<at)), word != .line else {
      return false
    }
    guard start == cursor.position + 1 else { return true }
    while isClass(byte(at: at), .blank) { at += 1 }
    return byte(at: at) != UInt8(ascii: ";") && (byte(at: at) != UInt8(ascii: "=") || byte(at: at + 1) == byte(at: at))
  }

  private mutating func skipPreprocessorLine() {
    beginToken()
    cursor.position += 1
    skipBlanksOnLine()
    while isClass(byte(at: cursor.position), .label) { cursor.position += 1 }
    fault(
      .preprocessor, "this line is for the C preprocessor, which has not been run on the source",
      hint: "run `cpp -nostdinc -undef -D__DTS__ -x assembler-with-cpp` first, or use `/include/`")
    while !isAtEnd {
      skipLine()
      guard byte(at: cursor.position - 1) == UInt8(ascii: "\\"), !isAtEnd else { break }
      takeNewline()
    }
  }
}
