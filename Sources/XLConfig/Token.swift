// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

/// A word of the language.
struct Token {
  enum Kind: Hashable {
    case name, number, text
    case equals, plusEquals, comma, semicolon, open, close
    /// The end of a line, with the comment before it.
    case newline
    case end
    /// What is no word of the language, up to the end of its line. An error has been reported.
    case fault
  }

  var kind: Kind
  var range: Range<Int>
  var location: SourceLocation
  /// What a text holds, and a name or a number.
  var bytes: [UInt8] = []
}
