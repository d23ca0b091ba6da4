// SPDX-License-Identifier: Apache-2.0
import Diagnostics

/// Where a preprocessed text comes from, part by part, so that every message names the line and column that a person wrote.
struct PreprocessedText {
  /// A run of the text that comes from one place on: whole lines of a file, or what a macro stands for.
  struct Part {
    /// Where the part begins in the text.
    var start: Int32
    var line: Int32
    /// Characters before the part on its line.
    var column: Int32
    /// Index of the macro's use, -1 for text of the file.
    var expansion: Int32
    var inclusion: Int32
  }

  /// A file that was read, once for each time that it was.
  struct Inclusion {
    var name: String
    /// The file's number for the lexer.
    var file: Int32 = -1
    /// Where its `#include` stands; nil for the source itself.
    var site: SourceLocation?
    /// Index of the file around, -1 for none.
    var parent: Int
  }

  /// A use of a macro outside of all others.
  struct Expansion {
    var macro: String
    /// Where the macro is defined; nil when no file says.
    var definition: SourceLocation?
    var inclusion: Int32
    var line: Int32
    var column: Int32
    var endLine: Int32
    var endColumn: Int32
  }

  var parts: [Part] = []
  var inclusions: [Inclusion] = []
  /// The index of the first of `inclusions`: those of earlier texts are left out here.
  var firstInclusion = 0
  var expansions: [Expansion] = []

  /// The inclusion of an index, which counts from the first text on.
  subscript(inclusion index: Int) -> Inclusion { inclusions[index - firstInclusion] }
}
