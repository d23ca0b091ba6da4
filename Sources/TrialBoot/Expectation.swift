// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

/// Something that a domain shall print: a regular expression that is searched in each of its lines.
public struct Expectation: Hashable, Sendable {
  /// A domain's name, or `dom0`, `xen` or `firmware`.
  public let name: String
  public let pattern: String

  /// - Parameter text: `NAME=REGEX`, as on the command line. The regex may hold further `=`.
  /// - Throws: `bad-expectation` when that is not what the text is.
  public init(_ text: String) throws(Failure) {
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
      throw Failure(
        .error(
          "bad-expectation", "'\(text)' is no expectation", at: Place(),
          hint: "write NAME=REGEX, such as domA=login:"))
    }
    try self.init(name: String(text[..<sign]), pattern: String(text[text.index(after: sign)...]))
  }

  /// - Throws: `bad-expectation` when the pattern is empty or no regular expression.
  public init(name: String, pattern: String) throws(Failure) {
    self.name = name
    self.pattern = pattern
    guard !pattern.isEmpty else {
      throw Failure(.error("bad-expectation", "the expectation for \(name) has an empty regex", at: Place()))
    }
    _ = try regex()
  }

  /// The pattern, compiled. A `Regex` cannot be kept in a value that is sent between threads, so each run makes its own.
  func regex() throws(Failure) -> Regex<AnyRegexOutput> {
    do { return try Regex(pattern) } catch {
      throw Failure(
        .error(
          "bad-expectation", "the regex '\(pattern)' for \(name) cannot be read: \(error)", at: Place(),
          hint: "put a backslash before a character that shall stand for itself"))
    }
  }

  /// `domA=login:`
  public var text: String { "\(name)=\(pattern)" }
}
