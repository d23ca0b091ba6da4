// SPDX-License-Identifier: Apache-2.0

/// One message to a person: what is wrong, where, and what to change.
public struct Diagnostic: Hashable, Sendable, Error {
  public enum Level: String, Hashable, Sendable, CaseIterable {
    case error, warning, note
  }

  /// The kebab-case name of the rule that speaks, such as `module-overlap`.
  public var rule: String
  public var level: Level
  public var message: String
  public var place: Place
  /// What to change, as one sentence.
  public var hint: String?
  /// Further places that belong to the message, such as the other party of an overlap.
  public var notes: [Note]

  public struct Note: Hashable, Sendable {
    public var message: String
    public var place: Place

    public init(_ message: String, at place: Place) {
      self.message = message
      self.place = place
    }
  }

  public init(
    _ level: Level, rule: String, _ message: String, at place: Place, hint: String? = nil, notes: [Note] = []
  ) {
    self.rule = rule
    self.level = level
    self.message = message
    self.place = place
    self.hint = hint
    self.notes = notes
  }

  public static func error(
    _ rule: String, _ message: String, at place: Place, hint: String? = nil, notes: [Note] = []
  ) -> Diagnostic {
    Diagnostic(.error, rule: rule, message, at: place, hint: hint, notes: notes)
  }

  public static func warning(
    _ rule: String, _ message: String, at place: Place, hint: String? = nil, notes: [Note] = []
  ) -> Diagnostic {
    Diagnostic(.warning, rule: rule, message, at: place, hint: hint, notes: notes)
  }
}

extension Sequence<Diagnostic> {
  /// Whether anything here forbids going on.
  @inlinable public var hasErrors: Bool { contains { $0.level == .error } }
}

/// Several diagnostics, at least one of them an error, thrown as one.
public struct Failure: Error, Hashable, Sendable {
  public var diagnostics: [Diagnostic]

  public init(_ diagnostics: [Diagnostic]) {
    self.diagnostics = diagnostics
  }

  public init(_ diagnostic: Diagnostic) {
    self.diagnostics = [diagnostic]
  }
}
