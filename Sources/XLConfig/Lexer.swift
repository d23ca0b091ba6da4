// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

/// Cuts a configuration into words.
struct Lexer {
  private let bytes: [UInt8]
  private let file: FileName
  private var at = 0
  private var line: Int32 = 1
  /// The column of `at`, in characters.
  private var column: Int32 = 1
  /// What the words so far are reproached with, for the parser to take.
  var diagnostics: [Diagnostic] = []

  init(_ source: SourceText) {
    bytes = source.bytes
    file = FileName(source.name)
  }

  mutating func next() -> Token {
    while let byte = peek(), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { advance(to: at + 1) }
    guard let byte = peek() else { return Token(kind: .end, range: at..<at, location: location(at)) }
    switch byte {
    case 0x0A: return word(.newline, at + 1)
    case UInt8(ascii: "="): return word(.equals, at + 1)
    case UInt8(ascii: ","): return word(.comma, at + 1)
    case UInt8(ascii: ";"): return word(.semicolon, at + 1)
    case UInt8(ascii: "["): return word(.open, at + 1)
    case UInt8(ascii: "]"): return word(.close, at + 1)
    case UInt8(ascii: "+") where peek(1) == UInt8(ascii: "="): return word(.plusEquals, at + 2)
    case UInt8(ascii: "a")...UInt8(ascii: "z"): return word(.name, end(while: Self.isNameByte), keepsBytes: true)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return word(.number, end(while: Self.isNumberByte), keepsBytes: true)
    case UInt8(ascii: "'"), UInt8(ascii: "\""):
      if let end = endOfText(quote: byte) { return text(to: end) }
    case UInt8(ascii: "#"):
      let end = endOfLine()
      if end < bytes.count { return word(.newline, end + 1) }
    default: break
    }
    return fault()
  }

  // MARK: - Words

  static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
      UInt8(ascii: "."):
      return true
    default: return false
    }
  }

  /// Whether a number is one is asked when somebody wants its value.
  private static func isNumberByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "x"): return true
    default: return false
    }
  }

  private func end(while belongs: (UInt8) -> Bool) -> Int {
    var end = at
    while end < bytes.count, belongs(bytes[end]) { end += 1 }
    return end
  }

  /// Behind the closing quote; nil when the line has none.
  private func endOfText(quote: UInt8) -> Int? {
    var end = at + 1
    while end < bytes.count, bytes[end] != 0x0A {
      if bytes[end] == quote { return end + 1 }
      if bytes[end] == UInt8(ascii: "\\") {
        end += 1
        guard end < bytes.count, bytes[end] != 0x0A else { return nil }
      }
      end += 1
    }
    return nil
  }

  private mutating func text(to end: Int) -> Token {
    let start = at
    let startLine = line
    let startColumn = column
    var token = word(.text, end)
    let content = bytes[start + 1..<end - 1]
    var fault: (fault: TextEscapes.Fault, offset: Int)?
    var vanished: Int?
    if let plain = TextEscapes.plain(content) {
      token.bytes = plain
    } else {
      token.bytes = TextEscapes.decode(content, fault: &fault, vanished: &vanished)
    }

    func place(_ offset: Int) -> Place {
      let column = startColumn + Int32(clamping: Self.width(bytes[start..<offset]))
      return Place(
        SourceLocation(fileName: file, line: startLine, column: column, endLine: startLine, endColumn: column))
    }
    if let fault {
      diagnostics.append(
        .error("xl-syntax", fault.fault.message, at: place(fault.offset), hint: fault.fault.hint))
    } else if let vanished {
      diagnostics.append(
        .warning(
          "xl-escape", "xl takes this octal escape out of the text and puts no character in its place",
          at: place(vanished), hint: "write the character itself"))
    }
    return token
  }

  // MARK: - What is no word

  /// Reproaches what stands here, and leaves the rest of the line. libxlutil drops a last byte of this kind in silence.
  private mutating func fault() -> Token {
    let end = endOfLine()
    let isLast = at + 1 == bytes.count
    let token = word(isLast ? .end : .fault, end)
    let byte = bytes[token.range.lowerBound]
    var location = token.location
    location.endColumn = location.column
    if isLast {
      let message = "xl drops the last byte of this file, \(LexicalFault.quoted(byte)), as if it were not there"
      diagnostics.append(.warning("xl-last-byte", message, at: Place(location), hint: "remove it"))
    } else {
      let found = LexicalFault(in: bytes[token.range])
      diagnostics.append(.error("xl-syntax", found.message, at: Place(location), hint: found.hint))
    }
    return token
  }

  // MARK: - Places

  private func peek(_ distance: Int = 0) -> UInt8? { at + distance < bytes.count ? bytes[at + distance] : nil }

  private func endOfLine() -> Int {
    var end = at
    while end < bytes.count, bytes[end] != 0x0A { end += 1 }
    return end
  }

  private mutating func word(_ kind: Token.Kind, _ end: Int, keepsBytes: Bool = false) -> Token {
    let token = Token(
      kind: kind, range: at..<end, location: location(kind == .newline ? at : end),
      bytes: keepsBytes ? Array(bytes[at..<end]) : [])
    advance(to: end)
    return token
  }

  /// The place from here to an end in the same line.
  private func location(_ end: Int) -> SourceLocation {
    let last = column + Int32(clamping: max(Self.width(bytes[at..<end]) - 1, 0))
    return SourceLocation(fileName: file, line: line, column: column, endLine: line, endColumn: last)
  }

  private mutating func advance(to end: Int) {
    column += Int32(clamping: Self.width(bytes[at..<end]))
    if end > at, bytes[end - 1] == 0x0A {
      line += 1
      column = 1
    }
    at = end
  }

  /// How many characters some bytes are.
  private static func width(_ bytes: ArraySlice<UInt8>) -> Int {
    var count = 0
    for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
    return count
  }
}
