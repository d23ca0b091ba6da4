// SPDX-License-Identifier: Apache-2.0

/// A line for the preprocessor, by the word behind its `#`.
enum Directive: String, CaseIterable {
  case include, define, undef, ifdef, ifndef, elif, `else`, endif, error, warning, pragma, line
  case condition = "if"

  init?(_ word: String) { self.init(rawValue: word) }
}
