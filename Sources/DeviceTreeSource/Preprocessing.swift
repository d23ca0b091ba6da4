// SPDX-License-Identifier: Apache-2.0

/// Whether the C preprocessor's lines in a source are followed.
public enum Preprocessing: Hashable, Sendable {
  /// They are an error: what reads the source after us does not know them either.
  case off
  /// From the first such line on. A source without one is read as it is.
  case automatic
  /// From the first byte on, with macros as a compiler takes them: `NAME` or `NAME=VALUE`.
  case on(definitions: [String])
}
