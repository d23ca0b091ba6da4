// SPDX-License-Identifier: Apache-2.0

/// What a person wants rules to weigh, by the rule's name. A rule that is not named keeps its own level.
public struct RuleLevels: Hashable, Sendable {
  public enum Choice: String, Hashable, Sendable, CaseIterable {
    case error, warning, note, off
  }

  public var choices: [String: Choice]

  public init(_ choices: [String: Choice] = [:]) {
    self.choices = choices
  }

  /// The diagnostic at the chosen level; nil when its rule is off.
  public func weigh(_ diagnostic: Diagnostic) -> Diagnostic? {
    guard let choice = choices[diagnostic.rule] else { return diagnostic }
    var weighed = diagnostic
    switch choice {
    case .error: weighed.level = .error
    case .warning: weighed.level = .warning
    case .note: weighed.level = .note
    case .off: return nil
    }
    return weighed
  }

  /// These choices, and in front of them those of another set.
  public func overridden(by other: RuleLevels) -> RuleLevels {
    RuleLevels(choices.merging(other.choices) { _, new in new })
  }
}
