// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import SystemFiles
internal import XenRules

/// What every diagnostic passes before a person sees it: levels, and what is allowed with a reason.
struct CheckGate {
  let settings: CheckSettings
  let levels: RuleLevels

  /// The names that levels and waivers may use.
  static let ruleNames = Rule.all.map(\.name) + ["host-leftover"]

  /// The texts of the settings, for showing their lines.
  var sources: [SourceText] { settings.source.map { [$0] } ?? [] }

  /// - Parameter sources: the texts whose comments may hold waivers.
  func pass(_ diagnostics: [Diagnostic], sources: [SourceText]) -> WaivedDiagnostics {
    var faults: [Diagnostic] = []
    let comments = sources.flatMap { $0.waivers(&faults) }
    // The rules have been weighed already. What stops a front end cannot be made to weigh less: nothing would be left to judge.
    let weighed = diagnostics.compactMap { $0.level == .error ? $0 : levels.weigh($0) }
    var result = WaivedDiagnostics(weighed, waivers: comments + settings.waivers)
    result.diagnostics = (result.diagnostics + faults).map { diagnostic in
      guard diagnostic.rule == "unused-waiver", let name = diagnostic.unusedRule, !Self.ruleNames.contains(name),
        let near = nearestName(to: name, among: Self.ruleNames)
      else { return diagnostic }
      var better = diagnostic
      better.hint = "there is no rule \(name); did you mean \(near)?"
      return better
    }
    return result
  }

  static func unknownRule(_ name: String) -> Diagnostic {
    let near = nearestName(to: name, among: ruleNames)
    let hint = near.map { "did you mean \($0)?" } ?? "grove check --list shows all"
    return .error("unknown-rule", "there is no rule \(name)", at: Place(), hint: hint)
  }
}

extension Diagnostic {
  /// The rule that a note about an unused waiver speaks of.
  fileprivate var unusedRule: String? {
    guard let colon = message.firstIndex(of: ":") else { return nil }
    return message[colon...].dropFirst(2).split(separator: " ").first.map(String.init)
  }
}
