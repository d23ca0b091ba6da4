// SPDX-License-Identifier: Apache-2.0

/// What the lexer can find.
enum Token: UInt8 {
  case endOfFile
  /// A node or property name. Found only where names may stand.
  case name
  /// A label with its colon.
  case label
  case labelReference
  case pathReference
  case number
  case string
  /// A word that stands where a value is expected: mostly a macro that no preprocessor has replaced.
  case word
  /// Something that is no token, already reported.
  case broken
  /// The start of a line for the preprocessor.
  case directive
  /// A byte that begins no token.
  case unexpected

  // Directives
  case version, plugin, memreserve, bits, deleteNode, deleteProperty, omitIfNoRef, include, incbin

  // Punctuation
  case openBrace, closeBrace, semicolon, equals, comma, less, greater, openBracket, closeBracket
  case openParenthesis, closeParenthesis, slash

  // Operators of expressions only
  case question, colon, or, and, pipe, caret, ampersand, equal, notEqual, lessOrEqual, greaterOrEqual
  case shiftLeft, shiftRight, plus, minus, star, percent, tilde, exclamation
}

/// Which words a place in the grammar takes: a name such as `1,2#x` is a number, a comma and dirt in a value.
enum LexerMode {
  case names, values
}

/// A place in a source, as small as it can be kept for every token; columns count bytes.
struct Spot: Equatable, BitwiseCopyable {
  /// Index into the lexer's list of file names.
  var file: Int32
  var line: Int32
  var column: Int32
}
