// SPDX-License-Identifier: Apache-2.0
import Diagnostics

// What is said about directives and macros.
extension Preprocessor {
  /// A line and a column of the file, the column from 0.
  typealias Point = (line: Int32, column: Int32)

  mutating func report(
    _ rule: Rule, _ message: String, from start: Point, to end: Point, hint: String? = nil,
    notes: [Diagnostic.Note] = [], level: Diagnostic.Level = .error
  ) {
    guard diagnostics.count < Parser.errorLimit else { return }
    let place = Place(location(start, end))
    diagnostics.append(
      Diagnostic(level, rule: rule.rawValue, message, at: place, hint: hint, notes: notes + includeNotes()))
  }

  func location(_ start: Point, _ end: Point) -> SourceLocation {
    let name = file.inclusion >= 0 ? map.inclusions[Int(file.inclusion)].name : "command line"
    return SourceLocation(
      file: name, line: Int(start.line), column: Int(start.column) + 1, endLine: Int(end.line),
      endColumn: Int(end.column) + 1)
  }

  private func includeNotes() -> [Diagnostic.Note] {
    var sites: [SourceLocation] = []
    var inclusion = Int(file.inclusion)
    while inclusion >= 0 {
      if let site = map.inclusions[inclusion].site { sites.append(site) }
      inclusion = map.inclusions[inclusion].parent
    }
    return Parser.includeNotes(sites)
  }

  func name(of macro: Macro) -> String {
    buffers[Int(macro.buffer)].string(Int(macro.name.lowerBound)..<Int(macro.name.upperBound))
  }

  /// Where a macro is defined, when a file says so.
  func definition(of macro: Macro) -> SourceLocation? {
    guard macro.inclusion >= 0, map.inclusions.indices.contains(Int(macro.inclusion)) else { return nil }
    let column = Int(macro.name.lowerBound - macro.lineStart) + 1
    return SourceLocation(
      file: map.inclusions[Int(macro.inclusion)].name, line: Int(macro.line), column: column,
      endColumn: column + macro.name.count - 1)
  }

  /// The macro whose name a person most likely meant.
  func nearestMacro(to name: String) -> String? {
    var known: [String] = []
    for macro in macros where macro.isDefined { known.append(self.name(of: macro)) }
    return nearestName(to: name, among: known)
  }
}
