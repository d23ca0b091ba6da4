// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

// Sources with lines for the C preprocessor.
extension Parser {
  /// Preprocesses the source from where the lexer stands to its end, and goes on with what came of it.
  mutating func preprocess() {
    var preprocessor = preprocessor.take() ?? Preprocessor(readFile: readFile)
    if !hasPreprocessed {
      hasPreprocessed = true
      if case .on(let definitions) = preprocessing { preprocessor.define(definitions) } else { preprocessor.define([]) }
    }
    let source = lexer.sourceText
    let textCount = preprocessor.texts.count
    let inclusionCount = preprocessor.map.inclusions.count
    preprocessor.run(
      source, name: lexer.fileName, from: lexer.end, line: lexer.cursor.line.number, lineStart: lexer.cursor.line.start)
    for diagnostic in preprocessor.diagnostics { append(diagnostic) }
    preprocessor.diagnostics = []
    let files = preprocessor.texts[textCount...].map(\.source)
    var map = preprocessor.map
    // Macros still know the inclusions of earlier texts, the lexer need not.
    map.inclusions = Array(map.inclusions[inclusionCount...])
    map.firstInclusion = inclusionCount
    lexer.replaceRest(by: map, preprocessor.output, files)
    preprocessor.output = []
    self.preprocessor = consume preprocessor
  }

  /// What to say of a word that stands where a number should: most likely it is the name of a macro.
  mutating func macroHint(for word: String) -> String {
    guard let preprocessor = preprocessor.take() else {
      return "macros are replaced by the C preprocessor, which has not been run on the source"
    }
    let near = preprocessor.nearestMacro(to: word)
    self.preprocessor = consume preprocessor
    if near == word { return "the macro of that name takes arguments, in parentheses" }
    return "no macro of that name is defined" + (near.map { ": did you mean '\($0)'?" } ?? "")
  }

  /// The macro that the token comes from.
  func expansionNotes() -> [Diagnostic.Note] {
    guard let expansion = lexer.expansion, let definition = expansion.definition else { return [] }
    return [Diagnostic.Note("from the macro '\(expansion.macro)', which is defined here", at: Place(definition))]
  }
}
