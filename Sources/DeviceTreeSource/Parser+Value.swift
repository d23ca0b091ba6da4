// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

// What stands between a property's `=` and `;`.
extension Parser {
  mutating func beginValue() {
    lineOfLongString = nil
    valueStart = tree.values.count
    firstMark = tree.marks.count
    firstReference = referenceSites.count
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
      mark(.string)
      if lexer.isOnSeveralLines { lineOfLongString = lexer.startSpot().line }
      lexer.appendString(to: &tree.values)
      tree.values.append(0)
      if !lexer.faults.isEmpty { reportFaults() }
      advance(.values)
    case .openBracket:
      try parseBytes()
    case .labelReference, .pathReference:
      addReferenceSite()
      mark(lexer.kind == .labelReference ? .pathToLabel : .pathToPath, symbol())
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
      takeValueLabel()
      advance(.values)
    }
  }

  private mutating func takeValueLabel() {
    let label = symbol()
    record(LabelSite(label: label, start: lexer.startSpot(), end: lexer.endSpot()))
    hasPropertyLabels = true
    mark(.label, label)
  }

  mutating func mark(_ form: PropertyValue.Form) {
    tree.marks.append(CompactTree.Mark(form, offset: tree.values.count - valueStart))
  }

  mutating func mark(_ kind: CompactTree.Mark.Kind, _ name: Symbol) {
    tree.marks.append(CompactTree.Mark(kind, name, offset: tree.values.count - valueStart))
  }

  /// Keeps where the reference is written; the node and the property are put in when they are known.
  private mutating func addReferenceSite() {
    guard !leavesChecks else { return }
    referenceSites.append(
      ReferenceSite(
        node: tree.root, property: .none, offset: Int32(truncatingIfNeeded: tree.values.count - valueStart),
        start: lexer.startSpot(), end: lexer.endSpot()))
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
    let opening = lexer.spots()
    mark(Self.form(bits))
    advanceInCells(bits: bits)
    while lexer.kind != .greater {
      switch lexer.kind {
      case .number:
        append(lexer.number, bits: bits, from: nil)
        advanceInCells(bits: bits)
      case .openParenthesis:
        let start = lexer.startSpot()
        let value = try parseExpression()
        append(value, bits: bits, from: start)
        advanceInCells(bits: bits)
      case .labelReference, .pathReference:
        appendReference(bits: bits)
        advanceInCells(bits: bits)
      case .label:
        takeValueLabels()
      default:
        guard try reportInCells(opening) else { return }
      }
    }
    advance(.values)
  }

  /// Goes to the next element that is more than a plain number: those before it are taken into the value right away.
  @inline(__always)
  private mutating func advanceInCells(bits: Int) {
    if bits == 32 { lexer.scanCells(into: &tree.values) }
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
      tree.values.append(UInt8(truncatingIfNeeded: value))
    case 32:
      tree.values.append(bigEndian: UInt32(truncatingIfNeeded: value))
    default:
      var shift = bits
      while shift > 0 {
        shift -= 8
        tree.values.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
      }
    }
  }

  private mutating func appendReference(bits: Int) {
    if bits != 32 {
      report(
        .syntax, "a reference stands only among 32-bit elements, these are \(bits) bits wide")
    } else {
      addReferenceSite()
      mark(lexer.kind == .labelReference ? .phandleToLabel : .phandleToPath, symbol())
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
    mark(.bytes)
    while true {
      let isSingle = lexer.scanBytePairs(into: &tree.values)
      if !lexer.faults.isEmpty { reportFaults() }
      if isSingle {
        lexer.takeWord()
        report(.badNumber, "'\(lexer.text)' is no byte: in '[ … ]' each has two hexadecimal digits")
        continue
      }
      advance(.values)
      switch lexer.kind {
      case .label:
        takeValueLabel()
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
      mark(.bytes)
      let file = try readFile(request).bytes
      unsafe file.withUnsafeBufferPointer { unsafe tree.values.append(contentsOf: $0) }
    } catch {
      report(.file, error.message, from: start, to: end, hint: error.hint)
    }
  }

  /// The string token as the name of a file.
  mutating func takeFileName() -> String {
    var name = Pool<UInt8>()
    lexer.appendString(to: &name)
    return unsafe name.withElements { unsafe String(decoding: $0, as: UTF8.self) }
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

  /// The value that has been read, as a property of a node.
  mutating func takeValue(_ name: Symbol, of node: NodeID, location: SourceLocation?) -> CompactTree.Property {
    var property = CompactTree.Property(
      name: name, node: node.index, start: valueStart, count: tree.values.count - valueStart)
    let count = tree.marks.count - firstMark
    // Most values are of one form, which needs no mark.
    if count == 1, tree.marks[firstMark].kind == .form, tree.marks[firstMark].offset == 0 {
      property.form = tree.marks[firstMark].form
      tree.marks.truncate(to: firstMark)
    } else {
      property.firstMark = Int32(truncatingIfNeeded: firstMark)
      property.markCount = Int32(truncatingIfNeeded: count)
    }
    if let location {
      property.location = location
      property.hasLocation = true
    }
    return property
  }

  /// Adds a property with the value that has been read to a node.
  mutating func append(_ name: Symbol, to node: NodeID, location: SourceLocation?) -> Int32 {
    let property = takeValue(name, of: node, location: location)
    return tree.append(property)
  }
}
