// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

/// One thing that can be wrong with a tree for Xen: named, explained, and checked over the final bytes.
public struct Rule: Sendable {
  /// Stable, in kebab-case.
  public var name: String
  public var level: Diagnostic.Level
  /// One line for `grove check --list`.
  public var summary: String
  /// What Xen does, why, and how to mend it.
  public var explanation: String
  /// The Xens that behave so. For others the rule is silent.
  public var releases: Releases
  /// The build options that its effect depends on, such as `CONFIG_STATIC_MEMORY`.
  public var options: [String]
  /// Rules that name causes of this fault: it is silent at a node, above it and below it, where one of them has spoken.
  public var after: [String]
  /// What real Xens did with the wrong trees among the rule's fixtures.
  public var effects: [Effect]
  /// Names the faults; nil for a rule that a front end speaks, because the final tree no longer shows the fault.
  var check: (@Sendable (Subject) -> [Finding])?
  /// Names the faults of a configuration file of Xen's UEFI stub; nil for a rule that does not read one.
  var checkConfig: (@Sendable (ConfigSubject) -> [Finding])?

  init(
    _ name: String, _ summary: String, level: Diagnostic.Level = .error, releases: Releases = .all,
    options: [String] = [], after: [String] = [], effects: [Effect] = [], explanation: String,
    check: (@Sendable (Subject) -> [Finding])? = nil
  ) {
    self.name = name
    self.level = level
    self.summary = summary
    self.explanation = explanation
    self.releases = releases
    self.options = options
    self.after = after
    self.effects = effects
    self.check = check
  }

  /// A rule over configuration files of Xen's UEFI stub.
  init(
    _ name: String, _ summary: String, level: Diagnostic.Level = .error, effects: [Effect] = [], explanation: String,
    config check: @escaping @Sendable (ConfigSubject) -> [Finding]
  ) {
    self.init(name, summary, level: level, effects: effects, explanation: explanation)
    checkConfig = check
  }

  /// Whether the rule reads trees; others are spoken by a front end.
  public var readsTrees: Bool { check != nil }

  /// Every rule, by name.
  public static let all: [Rule] =
    (modules + domains + machine + staticResources + console + passthrough + guestTrees + uefi + uefiConfig
    + uBoot + descriptions + ownership + passthroughPlanning)
    .sorted { $0.name < $1.name }
}
