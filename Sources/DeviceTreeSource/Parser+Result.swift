// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics

extension Parser {
  consuming func result() -> ParsedSource {
    var wanted: [String: Set<Int32>] = [:]
    for diagnostic in diagnostics {
      for place in [diagnostic.place] + diagnostic.notes.map(\.place) {
        if let location = place.location { wanted[location.file, default: []].insert(location.line) }
      }
    }
    return ParsedSource(
      tree: tree, diagnostics: diagnostics, sources: lexer.texts.flatMap { $0.texts(for: wanted) })
  }

  /// Reads a value alone.
  mutating func readValue(_ text: SourceText) -> PropertyValue {
    lexer.open(text)
    advance(.values)
    guard lexer.kind != .endOfFile else { return .empty }
    do {
      try parseElements()
      if lexer.kind != .endOfFile { _ = unexpected("expected ',' or the end of the value") }
    } catch {}
    return takeValue()
  }
}
