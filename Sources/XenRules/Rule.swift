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
  /// Names the faults; nil for a rule that a front end speaks, because the final tree no longer shows the fault.
  var check: (@Sendable (Subject) -> [Finding])?

  init(
    _ name: String, _ summary: String, level: Diagnostic.Level = .error, explanation: String,
    check: (@Sendable (Subject) -> [Finding])? = nil
  ) {
    self.name = name
    self.level = level
    self.summary = summary
    self.explanation = explanation
    self.check = check
  }

  /// Every rule, by name.
  public static let all: [Rule] = [
    .cpusMissing, .domainCompatible, .duplicateDomainName, .fileMissing, .kernelMissing, .memoryMissing,
    .memoryOverRAM, .memoryUnit, .moduleOutsideRAM, .moduleOverlap, .moduleReg, .tooManyModules, .uefiBinaryName,
    .unknownKey,
  ]
}

/// A fault that a rule found, before it is given the rule's name and level.
struct Finding {
  var message: String
  var place: Place
  var hint: String?
  var notes: [Diagnostic.Note] = []

  init(_ message: String, at place: Place, hint: String? = nil, notes: [Diagnostic.Note] = []) {
    self.message = message
    self.place = place
    self.hint = hint
    self.notes = notes
  }
}

/// Judges a tree by every rule.
///
/// - Returns: what was found, in the order of the rules.
public func check(_ subject: Subject, rules: [Rule] = Rule.all) -> [Diagnostic] {
  guard subject.isXen else { return [] }
  var result: [Diagnostic] = []
  for rule in rules {
    for finding in rule.check?(subject) ?? [] {
      result.append(
        Diagnostic(
          rule.level, rule: rule.name, finding.message, at: finding.place, hint: finding.hint, notes: finding.notes))
    }
  }
  return result
}
