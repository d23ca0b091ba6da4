// SPDX-License-Identifier: Apache-2.0

import CompactStorage
import Diagnostics

/// Splits sources into tokens. It stands on one token at a time; the parser says which words that place of the grammar takes.
@safe struct Lexer: ~Copyable {
  /// Something in the text that is no token, found while looking for one.
  struct Fault {
    var rule: Rule
    var message: String
    var start: Spot
    var end: Spot
    var hint: String?
  }

  /// A source that is being read.
  struct Open {
    /// Where reading stopped to go into an included source.
    var cursor: Cursor
    /// The name that the source has for whoever reads files, whatever line markers say.
    var name: String
    /// Where the text comes from when it is what the preprocessor made.
    var map = PreprocessedText()
    /// Index of the file of the part, for the way there.
    var inclusion = -1
    /// Index into the list of all sources.
    var index: Int
    /// Where `/include/` stands; nil for a source that was not included.
    var includedAt: (start: Spot, end: Spot)?
  }

  /// A line of a source that is being read. Copied for every token; a position goes beside it, because what has just been
  /// stored in small pieces is slow to load in large ones.
  struct Line: BitwiseCopyable {
    /// Where the line begins.
    var start = 0
    var number: Int32 = 1
    /// What to add to the distance from `lineStart` for a column.
    var columnBase: Int32 = 0
    /// Index of the macro's use that the text stands for; -1 for text of a file.
    var expansion: Int32 = -1
    /// The first part of what the preprocessor made that is still ahead.
    var upcomingPart: Int32 = 0

    /// Goes to the next line, which begins at a position.
    @inline(__always)
    mutating func next(at position: Int) {
      start = position
      number &+= 1
      columnBase = 0
    }
  }

  /// Where reading stands in a source. Plain values only, which are read and changed for every token.
  struct Cursor: BitwiseCopyable {
    var buffer: SourceBuffer
    var position = 0
    var line = Line()
    /// The file that positions name: changed by line markers.
    var file: Int32
    var nextPartStart = Int.max
    /// Whether columns have to be counted in characters.
    var isWide: Bool

    init(buffer: SourceBuffer, file: Int32, isWide: Bool) {
      self.buffer = buffer
      self.file = file
      self.isWide = isWide
    }
  }

  // The token
  private(set) var kind = Token.endOfFile
  /// Where it begins.
  var start = 0
  var startLine = Line()
  /// The value of a number token.
  var number: UInt64 = 0
  /// Whether a string token holds backslashes.
  var hasEscapes = false
  /// The end of the token before, unless that was in another source.
  var previousEnd = 0
  var previousLine = Line()
  var hasPrevious = false

  var faults: [Fault] = [] {
    didSet { needsParser = true }
  }
  /// Whether the parser has to look at what was found before it goes on: faults, a file to go into, a directive.
  var needsParser = false
  /// Whether lines for the preprocessor are handed to it. Then the lexer stops before the first one, where it stands on
  /// the token ``Token/directive``.
  var preprocesses = false
  var isAtDirective = false
  /// Whether a comment that is never closed took the rest of the source.
  var endsInComment = false
  /// The files that positions name, by number, and their names as symbols of the same numbers.
  var fileNames = Pool<FileName>()
  var fileSymbols = NameTable(expected: 32)
  /// A column counted earlier, from which the next one on that line is counted on.
  var counted = (position: 0, lineStart: -1, column: 0)

  // The source
  var source: Open
  var cursor: Cursor
  var outer: [Open] = []
  var buffers = Pool<SourceBuffer>()
  /// All sources in the order in which they were opened, with their line markers.
  var texts: [MarkedText] = []
  var textNames: Set<String> = []
  let classes: UnsafeMutablePointer<CharacterClass>

  init() {
    unsafe classes = .allocate(capacity: 256)
    for byte in UInt8.min...UInt8.max {
      unsafe (classes + Int(byte)).initialize(to: CharacterClass(of: byte))
    }
    let nothing = SourceBuffer(copying: [])
    buffers.append(nothing)
    cursor = Cursor(buffer: nothing, file: 0, isWide: false)
    source = Open(cursor: cursor, name: "", index: 0)
  }

  deinit {
    for at in 0..<buffers.count { buffers[at].deallocate() }
    unsafe classes.deallocate()
  }

  // MARK: Tokens

  /// Goes to the next token.
  @inline(__always)
  mutating func advance(_ mode: LexerMode) {
    if mode == .names { advanceInNames() } else { advanceInValues() }
  }

  private mutating func advanceInNames() {
    let byte = goToToken()
    if !isAtEndOrDirective(byte) { scanInNames(self.byte(at: start)) }
  }

  private mutating func advanceInValues() {
    let byte = goToToken()
    if !isAtEndOrDirective(byte) { scanInValues(self.byte(at: start)) }
  }

  /// Goes to the first byte of the next token.
  /// - Returns: that byte; 0 also where there is something else to do than to read a token.
  @inline(__always)
  private mutating func goToToken() -> UInt8 {
    previousEnd = cursor.position
    previousLine = cursor.line
    hasPrevious = true
    skipBlanks()
    beginToken()
    return isAtDirective ? 0 : byte(at: start)
  }

  /// Whether there is no token to be read here. A source that was included is left at its end.
  @inline(__always)
  private mutating func isAtEndOrDirective(_ byte: UInt8) -> Bool { byte == 0 && takeEndOrDirective() }

  @inline(never)
  private mutating func takeEndOrDirective() -> Bool {
    while true {
      if isAtDirective {
        isAtDirective = false
        needsParser = true
        kind = .directive
        return true
      }
      guard byte(at: start) == 0, start == cursor.buffer.count else { return false }
      guard source.includedAt != nil, let next = outer.popLast() else {
        kind = .endOfFile
        return true
      }
      source = next
      cursor = next.cursor
      hasPrevious = false
      counted.lineStart = -1
      skipBlanks()
      beginToken()
    }
  }

  /// Reads the token again as the other kind of place would.
  mutating func rescan(_ mode: LexerMode) {
    guard kind != .endOfFile else { return }
    rewind()
    if mode == .names {
      scanInNames(byte(at: start))
    } else {
      scanInValues(byte(at: start))
    }
  }

  /// Back to the first character of the token.
  mutating func rewind() {
    let hasEnteredPart = cursor.line.upcomingPart != startLine.upcomingPart
    cursor.position = start
    cursor.line = startLine
    if hasEnteredPart { findNextPart() }
  }

  mutating func beginToken() {
    start = cursor.position
    startLine = cursor.line
  }

  private mutating func scanInNames(_ byte: UInt8) {
    if isClass(byte, .name) {
      scanName(from: start)
    } else if byte == UInt8(ascii: "\\"), isClass(self.byte(at: start + 1), .name) {
      scanName(from: start + 1)
    } else {
      scanPunctuation(byte)
    }
  }

  private mutating func scanName(from first: Int) {
    var at = first + 1
    while isClass(byte(at: at), .name) { at += 1 }
    kind = .name
    if byte(at: at) == UInt8(ascii: ":"), isLabel(first..<at) {
      kind = .label
      at += 1
    }
    cursor.position = at
  }

  @inline(__always)
  private func isLabel(_ range: Range<Int>) -> Bool {
    guard isClass(byte(at: range.lowerBound), .labelStart) else { return false }
    for at in range where !isClass(byte(at: at), .label) { return false }
    return true
  }

  private mutating func scanInValues(_ byte: UInt8) {
    if isClass(byte, .digit) {
      scanNumber()
    } else if isClass(byte, .labelStart) {
      var at = start + 1
      while isClass(self.byte(at: at), .label) { at += 1 }
      kind = .word
      if self.byte(at: at) == UInt8(ascii: ":") {
        kind = .label
        at += 1
      }
      cursor.position = at
    } else {
      scanPunctuation(byte)
    }
  }

  private mutating func scanPunctuation(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "{"): take(.openBrace, 1)
    case UInt8(ascii: "}"): take(.closeBrace, 1)
    case UInt8(ascii: ";"): take(.semicolon, 1)
    case UInt8(ascii: ","): take(.comma, 1)
    case UInt8(ascii: "["): take(.openBracket, 1)
    case UInt8(ascii: "]"): take(.closeBracket, 1)
    case UInt8(ascii: "("): take(.openParenthesis, 1)
    case UInt8(ascii: ")"): take(.closeParenthesis, 1)
    case UInt8(ascii: "="): take(.equals, or: .equal, before: "=")
    case UInt8(ascii: "<"):
      if next == UInt8(ascii: "<") { take(.shiftLeft, 2) } else { take(.less, or: .lessOrEqual, before: "=") }
    case UInt8(ascii: ">"):
      if next == UInt8(ascii: ">") {
        take(.shiftRight, 2)
      } else {
        take(.greater, or: .greaterOrEqual, before: "=")
      }
    case UInt8(ascii: "\""): scanString()
    case UInt8(ascii: "&"): scanAmpersand()
    case UInt8(ascii: "/"): scanSlash()
    case UInt8(ascii: "'"): scanCharacter()
    case UInt8(ascii: "?"): take(.question, 1)
    case UInt8(ascii: ":"): take(.colon, 1)
    case UInt8(ascii: "|"): take(.pipe, or: .or, before: "|")
    case UInt8(ascii: "^"): take(.caret, 1)
    case UInt8(ascii: "!"): take(.exclamation, or: .notEqual, before: "=")
    case UInt8(ascii: "+"): take(.plus, 1)
    case UInt8(ascii: "-"): take(.minus, 1)
    case UInt8(ascii: "*"): take(.star, 1)
    case UInt8(ascii: "%"): take(.percent, 1)
    case UInt8(ascii: "~"): take(.tilde, 1)
    default: scanUnexpected()
    }
  }

  var next: UInt8 { byte(at: start + 1) }

  mutating func set(_ token: Token, end: Int) {
    kind = token
    cursor.position = end
  }

  private mutating func take(_ token: Token, _ length: Int) {
    set(token, end: start + length)
  }

  private mutating func take(_ token: Token, or longer: Token, before second: Unicode.Scalar) {
    if next == UInt8(ascii: second) { take(longer, 2) } else { take(token, 1) }
  }

  /// A whole character, or a run of bytes that can begin nothing, so that one stray word is one message.
  private mutating func scanUnexpected() {
    var at = start + 1
    while byte(at: at) & 0xC0 == 0x80 { at += 1 }
    set(.unexpected, end: at)
  }

  private mutating func scanAmpersand() {
    var at = start + 1
    if isClass(next, .labelStart) {
      while isClass(byte(at: at), .label) { at += 1 }
      set(.labelReference, end: at)
    } else if next == UInt8(ascii: "{") {
      at += 1
      while isClass(byte(at: at), .name) || byte(at: at) == UInt8(ascii: "/") { at += 1 }
      guard byte(at: at) == UInt8(ascii: "}") else {
        set(.broken, end: at)
        fault(.syntax, "'}' is missing after the path of this reference")
        return
      }
      set(.pathReference, end: at + 1)
    } else {
      take(.ampersand, or: .and, before: "&")
    }
  }

  /// Reports what is wrong with the token.
  mutating func fault(_ rule: Rule, _ message: String, hint: String? = nil) {
    faults.append(Fault(rule: rule, message: message, start: startSpot(), end: endSpot(), hint: hint))
  }
}
