// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics

extension Parser {
  consuming func result() -> ParsedSource {
    ParsedSource(tree: tree, diagnostics: diagnostics, texts: lexer.texts)
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
