// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing
import XenFacts
import XenSystem

@testable import XenRules

/// A tree with one domain that has nothing but a name.
private func subject(for version: XenVersion = XenVersion(4, 20)) -> Subject {
  var tree = DeviceTree()
  let domain = tree.addChild("domA", to: tree.addChild("chosen", to: tree.root))
  tree.set("compatible", .string("xen,domain"), on: domain)
  return Subject(tree: tree, file: "x.dtb", release: XenRelease(version: version, source: .option))
}

private func rule(
  _ name: String, at node: String, releases: Releases = .all, after: [String] = [], level: Diagnostic.Level? = nil
) -> Rule {
  Rule(name, "-", releases: releases, after: after, explanation: "-") { _ in
    [Finding("\(name) speaks", at: Place(file: "x.dtb", node: node), level: level)]
  }
}

@Suite struct EngineTests {
  @Test func aRuleIsSilentWhereItsCauseIsNamed() {
    let cause = rule("z-cause", at: "/chosen/domA/module@1")
    for (node, speaks) in [
      ("/chosen/domA/module@1", false), ("/chosen/domA", false), ("/chosen/domA/module@1/x", false),
      ("/chosen/domA/module@10", true), ("/chosen/domB", true),
    ] {
      let found = check(subject(), rules: [rule("symptom", at: node, after: ["z-cause"]), cause])
      #expect(found.map(\.rule) == (speaks ? ["symptom", "z-cause"] : ["z-cause"]), "\(node)")
    }
  }

  @Test func aCauseThatIsSwitchedOffStillSilencesItsSymptoms() {
    let rules = [rule("cause", at: "/chosen"), rule("symptom", at: "/chosen", after: ["cause"])]
    #expect(check(subject(), rules: rules, levels: RuleLevels(["cause": .off])) == [])
  }

  @Test func rulesThatWaitForEachOtherEnd() {
    let rules = [rule("a", at: "/x", after: ["b"]), rule("b", at: "/x", after: ["a"])]
    #expect(check(subject(), rules: rules).count == 1)
  }

  @Test func aRuleIsForSomeReleases() {
    let since = rule("new", at: "/", releases: .since(4, 18))
    let before = rule("old", at: "/", releases: .before(4, 18))
    #expect(check(subject(for: XenVersion(4, 17)), rules: [since, before]).map(\.rule) == ["old"])
    #expect(check(subject(for: XenVersion(4, 18)), rules: [since, before]).map(\.rule) == ["new"])
    #expect(Releases.since(4, 17).before(4, 19).text == "4.17 to before 4.19")
  }

  @Test func levelsAreTheRulesThenTheFindingsThenThePersons() {
    #expect(check(subject(), rules: [rule("r", at: "/")]).map(\.level) == [.error])
    let note = rule("r", at: "/", level: .note)
    #expect(check(subject(), rules: [note]).map(\.level) == [.note])
    #expect(check(subject(), rules: [note], levels: RuleLevels(["r": .warning])).map(\.level) == [.warning])
  }
}
