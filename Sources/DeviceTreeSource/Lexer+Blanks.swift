// SPDX-License-Identifier: Apache-2.0

// What stands between tokens: blanks, comments, line markers, lines for the C preprocessor.
extension Lexer {
  mutating func skipBlanks() {
    while true {
      if source.position >= source.nextPartStart { enterPart() }
      let byte = byte(at: source.position)
      if isClass(byte, .blank) {
        source.position += 1
      } else if byte == 0x0A {
        takeNewline()
      } else if byte == UInt8(ascii: "/"), self.byte(at: source.position + 1) == UInt8(ascii: "/") {
        skipLine()
      } else if byte == UInt8(ascii: "/"), self.byte(at: source.position + 1) == UInt8(ascii: "*") {
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

  /// Goes past a newline, which stands at the position.
  mutating func takeNewline() {
    source.position += 1
    source.line &+= 1
    source.lineStart = source.position
    source.columnBase = 0
  }

  var isAtEnd: Bool { source.position >= source.buffer.count }

  private mutating func skipLine() {
    while !isAtEnd, byte(at: source.position) != 0x0A { source.position += 1 }
  }

  private mutating func skipComment() {
    beginToken()
    let opening = startSpot()
    source.position += 2
    while !isAtEnd {
      switch byte(at: source.position) {
      case 0x0A:
        takeNewline()
      case UInt8(ascii: "*") where byte(at: source.position + 1) == UInt8(ascii: "/"):
        source.position += 2
        return
      default:
        source.position += 1
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
      && (source.lineStart..<source.position).allSatisfy { isClass(byte(at: $0), .blank) }
  }

  private mutating func skipBlanksOnLine() {
    while isClass(byte(at: source.position), .blank) { source.position += 1 }
  }

  // MARK: Line markers

  /// Follows `# 12 "file"` and `#line 12 "file"`, by which a preprocessor says where the next line comes from.
  private mutating func skipLineMarker() -> Bool {
    let saved = source.position
    source.position += 1
    let hadBlank = isClass(byte(at: source.position), .blank)
    skipBlanksOnLine()
    if !isClass(byte(at: source.position), .digit) {
      guard takeWord("line"), isClass(byte(at: source.position), .blank) else {
        source.position = saved
        return false
      }
      skipBlanksOnLine()
    } else if !hadBlank {
      source.position = saved
      return false
    }
    guard let line = takeLineNumber() else {
      source.position = saved
      return false
    }
    skipBlanksOnLine()
    let file = byte(at: source.position) == UInt8(ascii: "\"") ? takeFileName() : nil
    skipLine()
    if !isAtEnd { takeNewline() }
    follow(line: line, file: file)
    return true
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    for at in 0..<length where unsafe byte(at: source.position + at) != word.utf8Start[at] { return false }
    source.position += length
    return true
  }

  private mutating func takeLineNumber() -> Int32? {
    guard isClass(byte(at: source.position), .digit) else { return nil }
    var line: Int32 = 0
    while isClass(byte(at: source.position), .digit) {
      let digit = Int32(byte(at: source.position) - UInt8(ascii: "0"))
      line = line > (.max - digit) / 10 ? .max : line * 10 + digit
      source.position += 1
    }
    return line
  }

  private mutating func takeFileName() -> String {
    var name: [UInt8] = []
    source.position += 1
    while !isAtEnd {
      let byte = byte(at: source.position)
      if byte == UInt8(ascii: "\"") || byte == 0x0A { break }
      if byte == UInt8(ascii: "\\"), self.byte(at: source.position + 1) != 0x0A,
        source.position + 1 < source.buffer.count
      {
        source.position += 1
      }
      name.append(self.byte(at: source.position))
      source.position += 1
    }
    return String(decoding: name, as: UTF8.self)
  }

  // MARK: Lines for the preprocessor

  /// Whether the `#` at the position begins a line for the preprocessor, and not a name such as `#address-cells`. A property may
  /// also be named `#if`: then its value or its end follows, which no such line begins with.
  private var isDirective: Bool {
    var at = source.position + 1
    while isClass(byte(at: at), .blank) { at += 1 }
    let start = at
    while isClass(byte(at: at), .label) { at += 1 }
    guard !isClass(byte(at: at), .name), let word = Directive(source.buffer.string(start..<at)), word != .line else {
      return false
    }
    guard start == source.position + 1 else { return true }
    while isClass(byte(at: at), .blank) { at += 1 }
    return byte(at: at) != UInt8(ascii: ";") && (byte(at: at) != UInt8(ascii: "=") || byte(at: at + 1) == byte(at: at))
  }

  private mutating func skipPreprocessorLine() {
    beginToken()
    source.position += 1
    skipBlanksOnLine()
    while isClass(byte(at: source.position), .label) { source.position += 1 }
    fault(
      .preprocessor, "this line is for the C preprocessor, which has not been run on the source",
      hint: "run `cpp -nostdinc -undef -D__DTS__ -x assembler-with-cpp` first, or use `/include/`")
    while !isAtEnd {
      skipLine()
      guard byte(at: source.position - 1) == UInt8(ascii: "\\"), !isAtEnd else { break }
      takeNewline()
    }
  }
}
