// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

/// What is wrong with overlays, collected up to a limit.
struct OverlayReport {
  private static let errorLimit = 100
  private static let warningLimit = 100
  /// How many bytes of names are compared for hints, all errors together.
  private static let hintLimit = 1 << 20

  private(set) var diagnostics: [Diagnostic] = []
  private var errors = 0
  private var warnings = 0
  private var hintsLeft = Self.hintLimit

  var hasErrors: Bool { errors > 0 }
  /// Whether there were so many errors that nothing more is looked at.
  var isFull: Bool { errors > Self.errorLimit }

  mutating func error(
    _ rule: String, _ message: String, at place: Place, hint: String? = nil, notes: [Diagnostic.Note] = []
  ) {
    errors += 1
    if errors <= Self.errorLimit {
      diagnostics.append(.error(rule, message, at: place, hint: hint, notes: notes))
    } else if errors == Self.errorLimit + 1 {
      diagnostics.append(
        .error(
          "overlay-limit", "more than \(Self.errorLimit) errors: the rest is not looked at", at: Place(file: place.file)
        ))
    }
  }

  /// Whether a warning would still be kept. Ask before its text is made.
  var takesWarnings: Bool { warnings < Self.warningLimit }

  mutating func warning(_ rule: String, _ message: String, at place: Place) {
    guard takesWarnings else { return }
    warnings += 1
    diagnostics.append(.warning(rule, message, at: place))
  }

  /// `did you mean 'name'?`, when there is a name like that.
  mutating func hint(for name: String, among names: some Sequence<String>) -> String? {
    var near: [String] = []
    for candidate in names where abs(candidate.utf8.count - name.utf8.count) <= 2 + name.utf8.count / 2 {
      hintsLeft -= candidate.utf8.count
      if hintsLeft < 0 { return nil }
      near.append(candidate)
    }
    return nearestName(to: name, among: near).map { "did you mean '\($0)'?" }
  }
}
