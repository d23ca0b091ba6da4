// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

extension Parser {
  consuming func result() -> ParsedSource {
    if leavesChecks { whole = DeviceTree(tree) }
    let whole = whole
    return ParsedSource(tree: whole, diagnostics: diagnostics, texts: lexer.texts)
  }

  /// Reads a value alone.
  mutating func readValue(_ text: SourceText) -> PropertyValue {
    lexer.open(text)
    advance(.values)
    guard lexer.kind != .endOfFile else { return .empty }
    beginValue()
    do {
      try parseElements()
      if lexer.kind != .endOfFile { _ = unexpected("expected ',' or the end of the value") }
    } catch {}
    _ = append(symbol(for: "value"), to: tree.root, location: nil)
    return DeviceTree(tree)[tree.root].properties.last?.value ?? .empty
  }
}
