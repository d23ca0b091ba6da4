// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import Diagnostics

// Where tokens stand.
extension Lexer {
  func byte(at position: Int) -> UInt8 {
    cursor.buffer[position]
  }

  func isClass(_ byte: UInt8, _ wanted: CharacterClass) -> Bool {
    unsafe classes[Int(byte)].rawValue & wanted.rawValue != 0
  }

  var end: Int { cursor.position }

  /// The first character of the token.
  mutating func startSpot() -> Spot {
    guard startLine.expansion < 0 else { return spot(of: startLine.expansion, isEnd: false) }
    return spot(start, startLine)
  }

  /// The last character of the token.
  mutating func endSpot() -> Spot {
    guard cursor.line.expansion < 0 else { return spot(of: cursor.line.expansion, isEnd: true) }
    return spot(max(cursor.position - 1, start), cursor.line)
  }

  /// The first and the last character of the token.
  mutating func spots() -> (start: Spot, end: Spot) {
    let start = startSpot()
    let isPlain = startLine.expansion < 0 && cursor.line.expansion < 0 && startLine.start == cursor.line.start
    guard isPlain, !cursor.isWide else { return (start, endSpot()) }
    var end = start
    end.column = Int32(clamping: Int(start.column) + max(cursor.position - self.start - 1, 0))
    return (start, end)
  }

  /// The character after the token before, where something is missing that should have followed it.
  mutating func spotAfterPrevious() -> Spot {
    guard hasPrevious else { return startSpot() }
    guard previousLine.expansion < 0 else {
      var spot = spot(of: previousLine.expansion, isEnd: true)
      spot.column += 1
      return spot
    }
    return spot(previousEnd, previousLine)
  }

  /// Whether the token ends on another line than it begins.
  var isOnSeveralLines: Bool {
    let (first, last) = (startLine, cursor.line)
    let firstNumber = first.expansion < 0 ? first.number : source.map.expansions[Int(first.expansion)].line
    let lastNumber = last.expansion < 0 ? last.number : source.map.expansions[Int(last.expansion)].endLine
    return firstNumber != lastNumber
  }

  /// Whether the token begins on another line than the one before ended.
  var isOnNewLine: Bool { !hasPrevious || previousLine.number != startLine.number }

  /// Whether a token stands before the position on its line.
  var hasTokenOnLine: Bool {
    hasPrevious && previousLine.start == cursor.line.start && previousEnd > previousLine.start
  }

  /// The first or last character of a macro's use.
  private func spot(of expansion: Int32, isEnd: Bool) -> Spot {
    let use = source.map.expansions[Int(expansion)]
    let file = source.map[inclusion: Int(use.inclusion)].file
    return isEnd
      ? Spot(file: file, line: use.endLine, column: use.endColumn)
      : Spot(file: file, line: use.line, column: use.column)
  }

  @inline(__always)
  private mutating func spot(_ position: Int, _ line: Line) -> Spot {
    var column = position - line.start
    if cursor.isWide { column = countedColumn(position, line.start) }
    return Spot(file: cursor.file, line: line.number, column: Int32(clamping: column + Int(line.columnBase) + 1))
  }

  /// How many characters stand in front of a position on its line.
  private mutating func countedColumn(_ position: Int, _ lineStart: Int) -> Int {
    if counted.lineStart != lineStart || counted.position > position { counted = (lineStart, lineStart, 0) }
    for at in counted.position..<max(position, counted.position) where byte(at: at) & 0xC0 != 0x80 {
      counted.column += 1
    }
    counted.position = position
    return counted.column
  }

  func location(_ start: Spot, _ end: Spot) -> SourceLocation {
    let end = end.file == start.file ? end : start
    return SourceLocation(
      fileName: fileNames[start.file], line: start.line, column: start.column, endLine: end.line,
      endColumn: end.column)
  }

  /// A span that may end in another file than it begins in: it bears the name of the one it ends in.
  func span(_ start: Spot, _ end: Spot) -> SourceLocation {
    SourceLocation(
      fileName: fileNames[end.file], line: start.line, column: start.column, endLine: end.line,
      endColumn: end.column)
  }

  /// The text of the token, without quotes, braces, colon or ampersand.
  var text: String { cursor.buffer.string(contents) }

  /// The token as it is written, shortened when it is long and cut at its first line end.
  func wholeText(limit: Int) -> String {
    var range = start..<max(end, start)
    if let lineEnd = range.first(where: { byte(at: $0) == 0x0A }) { range = start..<lineEnd }
    let text = cursor.buffer.string(range.prefix(limit * 4))
    return text.count > limit || range.upperBound < end ? text.prefix(limit) + "…" : text
  }

  /// The bytes of the token that matter.
  @inline(__always)
  var contents: Range<Int> {
    switch kind {
    case .label: start..<end - 1
    case .labelReference: start + 1..<end
    case .pathReference: start + 2..<end - 1
    case .string: start + 1..<end - 1
    case .name where byte(at: start) == UInt8(ascii: "\\"): start + 1..<end
    default: start..<end
    }
  }
}
