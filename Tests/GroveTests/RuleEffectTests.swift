// SPDX-License-Identifier: Apache-2.0
import Foundation
import RuleFixtures
import Testing
import TrialBoot
import XenFacts
import XenRules

/// What the pages of the rules say that Xen does is what Xen does: every fixture with an effect is booted on real Xens.
@Suite(.enabled(if: Real.isPrepared)) struct RuleEffectTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var rule: String
    var fixture: String
    var version: String
    var outcome: Effect.Outcome
    var testDescription: String { "\(rule)/\(fixture) on Xen \(version)" }
  }

  static let cases = Rule.all.flatMap { rule in
    rule.effects.flatMap { effect in
      effect.outcomes.compactMap { seen -> Case? in
        if case .unbooted = seen.outcome { return nil }
        return Case(rule: rule.name, fixture: effect.file, version: seen.version.text, outcome: seen.outcome)
      }
    }
  }

  @Test(arguments: cases)
  func xenDoesWhatThePageSays(_ item: Case) throws {
    let path = RuleFixture.folder + "/\(item.rule)/\(item.fixture)"
    let run = try RuleFixture(path).boot(xen: item.version)
    #expect(
      agrees(run, with: item.outcome),
      "the page: \(item.outcome.text); Xen: \(run.verdict.text)\n\(run.lines.suffix(12).map { "\($0.name)| \($0.text)\n" }.joined())"
    )
  }

  private func agrees(_ run: RuleFixture.Run, with outcome: Effect.Outcome) -> Bool {
    func holds(_ text: String) -> Bool { run.lines.contains { $0.text.contains(text) } }
    switch (outcome, run.verdict) {
    case (.panics(let text), .panics): return holds(text)
    case (.silent, .silent): return true
    case (.hangs(let text), .hangs(let last)): return text.map { last.contains($0) } ?? true
    case (.boots, .boots): return true
    case (.wrong(let text), .boots): return run.lines.contains { $0.text == text }
    case (.guestFails(let text), .guestFails): return holds(text)
    // The firmware then tries what else it could start, or asks what to do.
    case (.refused(let text), .ends), (.refused(let text), .hangs):
      return holds(text) && !run.lines.contains { $0.text.hasPrefix("Xen version") }
    default: return false
    }
  }
}
