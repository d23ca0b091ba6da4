// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

extension XLConfig {
  /// A configuration is written by hand; what is larger is none.
  static let sizeLimit = 1 << 20
  /// How deep lists may stand in lists. libxlutil's limit is the stack of its parser, which 2000 to 4996 of them fill.
  static let depthLimit = 1000
  /// After so many errors the rest of a file is left.
  static let errorLimit = 20
  /// More warnings than these are not kept.
  static let warningLimit = 100

  /// Reads a configuration. What libxlutil reads is read and gives the same values; what it refuses is refused.
  ///
  /// After an error the reader goes on behind the end of the line, so that one run shows all that is wrong.
  ///
  /// - Throws: every error found, at most twenty of them, and the first hundred warnings up to there.
  public init(reading source: SourceText) throws(Failure) {
    guard source.bytes.count <= Self.sizeLimit else {
      let message = "the configuration is larger than \(Self.sizeLimit >> 20) MiB"
      throw Failure(.error("xl-limit", message, at: Place(file: source.name)))
    }
    var parser = Parser(source)
    parser.parse()
    guard parser.errorCount == 0 else { throw Failure(parser.diagnostics) }
    self = parser.config
    warnings = parser.diagnostics
  }
}
