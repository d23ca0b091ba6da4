// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics

// What stands between a property's `=` and `;`.
extension Parser {
  mutating func beginValue() {
    lineOfLongString = nil
    // Cheaper than `removeAll(keepingCapacity:)`, and done for every property.
    bytes.removeLast(bytes.count)
    marks.removeLast(marks.count)
    if !valueReferences.isEmpty { valueReferences.removeAll(keepingCapacity: true) }
  }

  /// Reads the elements of a value, up to the token behind them.
  mutating func parseElements() throws(Stop) {
    while true {
      takeValueLabels()
      try parseElement()
      takeValueLabels()
      guard lexer.kind == .comma else { return }
      advance(.values)
    }
  }

  private mutating func parseElement() throws(Stop) {
    switch lexer.kind {
    case .less:
      try parseCells(bits: 32)
    case .string:
      mark(.form(.string))
      if lexer.startSpot().line != lexer.endSpot().line { lineOfLongString = lexer.startSpot().line }
      lexer.appendString(to: &bytes)
      bytes.append(0)
      if !lexer.faults.isEmpty { reportFaults() }
      advance(.values)
    case .openBracket:
      try parseBytes()
    case .labelReference, .pathReference:
      let reference = reference()
      addReferenceSite()
      mark(.path(reference))
      advance(.values)
    case .bits:
      try parseSizedCells()
    case .incbin:
      try parseIncludedBytes()
    case .number, .word, .openParenthesis:
      report(
        .syntax, "expected a value, found \(describeToken())",
        hint: "numbers stand in '< … >', strings in quotes")
      throw Stop()
    default:
      throw unexpected("expected a value")
    }
  }

  private mutating func takeValueLabels() {
    while lexer.kind == .label {
      record(LabelSite(label: symbol(), start: lexer.startSpot(), end: lexer.endSpot()))
      hasPropertyLabels = true
      mark(.label(lexer.text))
      advance(.values)
    }
  }

  private mutating func mark(_ kind: PropertyValue.Kind) {
    marks.append(PropertyValue.Mark(offset: bytes.count, kind))
  }

  /// The node that the reference token names.
  private mutating func reference() -> Reference {
    lexer.kind == .labelReference ? .label(symbols[symbol()]) : .path(lexer.text)
  }

  private mutating func addReferenceSite() {
    valueReferences.append((Int32(truncatingIfNeeded: bytes.count), lexer.startSpot(), lexer.endSpot()))
  }

  // MARK: Cells

  private mutating func parseSizedCells() throws(Stop) {
    advance(.values)
    guard lexer.kind == .number else {
      throw unexpected("expected the width of the elements, 8, 16, 32 or 64, after '/bits/'")
    }
    let width = lexer.number
    if ![8, 16, 32, 64].contains(width) {
      report(.numberRange, "elements are 8, 16, 32 or 64 bits wide, not \(lexer.text)")
    }
    advance(.values)
    guard lexer.kind == .less else { throw unexpected("expected '<' after '/bits/ \(width)'") }
    try parseCells(bits: [8, 16, 64].contains(width) ? Int(width) : 32)
  }

  private mutating func parseCells(bits: Int) throws(Stop) {
    let opening = (lexer.startSpot(), lexer.endSpot())
    mark(.form(Self.form(bits)))
    advance(.values)
    while lexer.kind != .greater {
      switch lexer.kind {
      case .number:
        append(lexer.number, bits: bits, from: nil)
        advance(.values)
      case .openParenthesis:
        let start = lexer.startSpot()
        let value = try parseExpression()
        append(value, bits: bits, from: start)
        advance(.values)
      case .labelReference, .pathReference:
        appendReference(bits: bits)
        advance(.values)
      case .label:
        takeValueLabels()
      default:
        guard try reportInCells(opening) else { return }
      }
    }
    advance(.values)
  }

  private static func form(_ bits: Int) -> PropertyValue.Form {
    switch bits {
    case 8: .cells8
    case 16: .cells16
    case 64: .cells64
    default: .cells32
    }
  }

  private mutating func append(_ value: UInt64, bits: Int, from start: Spot?) {
    if bits < 64 {
      let mask = (UInt64(1) << UInt64(bits)) - 1
      // A negative number fits when only its sign is cut off.
      if value > mask, value | mask != .max {
        report(
          .numberRange, "\(start == nil ? lexer.text : "this number") does not fit in \(bits) bits",
          from: start ?? lexer.startSpot(), to: lexer.endSpot())
      }
    }
    switch bits {
    case 8:
      bytes.append(UInt8(truncatingIfNeeded: value))
    case 32:
      let cell = UInt32(truncatingIfNeeded: value)
      bytes.append(UInt8(truncatingIfNeeded: cell >> 24))
      bytes.append(UInt8(truncatingIfNeeded: cell >> 16))
      bytes.append(UInt8(truncatingIfNeeded: cell >> 8))
      bytes.append(UInt8(truncatingIfNeeded: cell))
    default:
      var shift = bits
      while shift > 0 {
        shift -= 8
        bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
      }
    }
  }

  private mutating func appendReference(bits: Int) {
    if bits != 32 {
      report(
        .syntax, "a reference stands only among 32-bit elements, these are \(bits) bits wide")
    } else {
      addReferenceSite()
      mark(.phandle(reference()))
    }
    append(.max, bits: bits, from: nil)
  }

  /// Reports what cannot stand in `< … >` and goes on to its `>`.
  /// - Returns: false when the statement's `;` comes first.
  private mutating func reportInCells(_ opening: (Spot, Spot)) throws(Stop) -> Bool {
    switch lexer.kind {
    case .broken:
      break
    case .minus:
      report(
        .syntax, "expected a number, found '-'", hint: "a negative number stands in parentheses: '(-1)'")
    case .word:
      report(
        .syntax, "expected a number, a reference or '>', found '\(lexer.text)'",
        hint: macroHint(for: lexer.text))
    case .semicolon, .closeBrace, .openBrace, .equals, .endOfFile:
      report(
        .syntax, "'>' is missing: these cells are not closed", from: opening.0, to: opening.1)
      guard lexer.kind == .semicolon else { throw Stop() }
      return false
    default:
      _ = unexpected("expected a number, a reference or '>'")
    }
    isSkipping = true
    defer { isSkipping = false }
    while true {
      switch lexer.kind {
      case .greater: return true
      case .semicolon, .openBrace, .closeBrace, .endOfFile: throw Stop()
      default: advance(.values)
      }
    }
  }

  // MARK: Bytes

  /// `[00 11 22]`
  private mutating func parseBytes() throws(Stop) {
    mark(.form(.bytes))
    while true {
      let isSingle = lexer.scanBytePairs(into: &bytes)
      if !lexer.faults.isEmpty { reportFaults() }
      if isSingle {
        lexer.takeWord()
        report(.badNumber, "'\(lexer.text)' is no byte: in '[ … ]' each has two hexadecimal digits")
        continue
      }
      advance(.values)
      switch lexer.kind {
      case .label:
        record(LabelSite(label: symbol(), start: lexer.startSpot(), end: lexer.endSpot()))
        hasPropertyLabels = true
        mark(.label(lexer.text))
      case .closeBracket:
        advance(.values)
        return
      default:
        throw unexpected("expected bytes such as '0f' or ']'")
      }
    }
  }

  /// `/incbin/("file")` or `/incbin/("file", offset, length)`
  private mutating func parseIncludedBytes() throws(Stop) {
    let start = lexer.startSpot()
    advance(.values)
    try expect(.openParenthesis, "expected '(' after '/incbin/'", then: .values)
    guard lexer.kind == .string else { throw unexpected("expected the name of a file in quotes") }
    let name = takeFileName()
    advance(.values)
    var offset: UInt64 = 0
    var length: UInt64?
    if lexer.kind == .comma {
      advance(.values)
      offset = try parseNumber("expected the offset in the file")
      try expect(.comma, "expected ',' and the number of bytes", then: .values)
      length = try parseNumber("expected the number of bytes")
    }
    guard lexer.kind == .closeParenthesis else { throw unexpected("expected ')'") }
    let end = lexer.endSpot()
    advance(.values)
    do throws(FileRefusal) {
      let request = FileRequest(
        name: name, from: lexer.source.name, kind: .binary(offset: offset, length: length))
      mark(.form(.bytes))
      bytes += try readFile(request).bytes
    } catch {
      report(.file, error.message, from: start, to: end, hint: error.hint)
    }
  }

  /// The string token as the name of a file.
  mutating func takeFileName() -> String {
    var name: [UInt8] = []
    lexer.appendString(to: &name)
    return String(decoding: name, as: UTF8.self)
  }

  /// A number, a character or an expression in parentheses.
  mutating func parseNumber(_ expected: String) throws(Stop) -> UInt64 {
    var value = lexer.number
    if lexer.kind == .openParenthesis {
      value = try parseExpression()
    } else if lexer.kind != .number {
      throw unexpected(expected)
    }
    advance(.values)
    return value
  }

  // MARK: The value as a whole

  /// The value that has been read, in memory of its own: the parser's is used again.
  func takeValue() -> PropertyValue {
    PropertyValue(bytes: Self.copy(bytes), marks: takeMarks())
  }

  /// Most values are of one form; all of these share their marks.
  private func takeMarks() -> [PropertyValue.Mark] {
    if marks.count == 1, marks[0].offset == 0, case .form(let form) = marks[0].kind {
      return Self.marks(for: form)
    }
    return Self.copy(marks)
  }

  /// A copy that shares no memory, which a plain copy would do.
  private static func copy<Element>(_ array: [Element]) -> [Element] {
    unsafe array.withUnsafeBufferPointer { unsafe Array($0) }
  }

  private static func marks(for form: PropertyValue.Form) -> [PropertyValue.Mark] {
    switch form {
    case .string: strings
    case .bytes: bytesAlone
    case .cells8: cells8
    case .cells16: cells16
    case .cells32: cells32
    case .cells64: cells64
    }
  }

  private static let strings = [PropertyValue.Mark(offset: 0, .form(.string))]
  private static let bytesAlone = [PropertyValue.Mark(offset: 0, .form(.bytes))]
  private static let cells8 = [PropertyValue.Mark(offset: 0, .form(.cells8))]
  private static let cells16 = [PropertyValue.Mark(offset: 0, .form(.cells16))]
  private static let cells32 = [PropertyValue.Mark(offset: 0, .form(.cells32))]
  private static let cells64 = [PropertyValue.Mark(offset: 0, .form(.cells64))]
}
