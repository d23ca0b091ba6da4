// SPDX-License-Identifier: Apache-2.0

/// A token as the preprocessor sees it: a piece of one of its buffers.
struct MacroToken {
  enum Kind: UInt8 {
    case identifier, number, string, punctuation
    /// In a macro's body: a parameter, `#` before one, `##`.
    case parameter, stringize, paste
    /// An empty argument beside `##`.
    case nothing
  }

  var kind: Kind
  /// Whether a blank stands before it.
  var hasSpace: Bool
  /// Whether the name stands for no macro any more: it came up while that macro was being replaced.
  var isFinal = false
  var buffer: Int32
  var start: Int32
  var end: Int32
  /// Index of the parameter.
  var parameter: Int32 = -1

  var range: Range<Int> { Int(start)..<Int(end) }
}

/// A `#define`. What it holds is taken apart when it is used first: most of a header's macros never are.
struct Macro {
  enum BuiltIn: UInt8 {
    case file, line, counter
  }

  /// Where the definition stands, from its name to the end of its line.
  var buffer: Int32
  var name: Range<Int32>
  var rest: Range<Int32>
  var inclusion: Int32
  var line: Int32
  /// Where the line of the name starts.
  var lineStart: Int32
  var builtIn: BuiltIn?
  var isDefined = true
  /// Whether it is being replaced, so that its own name in its body stands for itself.
  var isDisabled = false

  var isParsed = false
  var isFunction = false
  var isVariadic = false
  var parameterCount = 0
  var body: [MacroToken] = []
  /// Whether nothing in the body can stand for another macro.
  var isPlain = false
}
