// SPDX-License-Identifier: Apache-2.0
import BootImages
import DeviceTree
import Diagnostics
import Foundation
import RuleFixtures
import SystemFiles
import Testing
import TrialBoot
import XenFacts
import XenRules
import XenSystem

/// Every rule that reads trees has a folder `Fixtures/<rule>` with `good.dts`, `bad.dts` and more `bad-….dts`, and beside each
/// bad one a `.txt` with the exact message.
@Suite struct RuleFixtureTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

  static let files: [String] = {
    let rules = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return rules.sorted().flatMap { rule in
      let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(rule).path)) ?? []
      return files.filter { $0.hasSuffix(".dts") && !$0.hasSuffix(".partial.dts") }.sorted().map { "\(rule)/\($0)" }
    }
  }()

  /// What the rules say of a fixture; its path is shown relative to the folder.
  private func judge(_ file: String, for version: XenVersion? = nil) throws -> (diagnostics: [Diagnostic], text: String)
  {
    let path = Self.folder.appendingPathComponent(file).path
    let loaded = try loadTree(path, allowsOutside: true)
    // The files behind modules are those that the fixture is booted with, where it says which.
    let stem = String(path.dropLast(4))
    let saysFiles = ["\(stem).files", "\(stem).partial.dts"].contains { FileManager.default.fileExists(atPath: $0) }
    let loads = saysFiles ? try RuleFixture(path).loads : []
    let subject = Subject(
      tree: loaded.tree, file: path, release: try release(of: path, version), provenance: loaded.source,
      flow: try flow(of: path)
    ) { module in
      loads.first { $0.address == module.range?.lowerBound }.map {
        ModuleFile(
          name: module.kind == .deviceTree ? "partial.dtb" : "module.bin", bytes: $0.bytes, kind: module.kind)
      }
    }
    let diagnostics = check(subject)
    let text = DiagnosticPrinter(sources: loaded.sources).text(diagnostics)
    return (diagnostics, text.replacing(Self.folder.path + "/", with: ""))
  }

  /// A fixture's first line may name the Xen that it is for: `// xen: 4.17`, `// xen: 4.20+static-memory`, or
  /// `// xen: 4.20-debian`, which has the options that Debian builds with. Otherwise it is 4.20 with unknown options. Behind it
  /// may stand the flow: `// xen: 4.20 by uefi`.
  private func release(of path: String, _ version: XenVersion?) throws -> XenRelease {
    let first = try String(contentsOfFile: path, encoding: .utf8).prefix { $0 != "\n" }
    let words = first.wholeMatch(of: /\/\/ xen: ([0-9.]+)([-+a-z0-9]*)(?: by [-a-z]+)?/)
    let named = words.flatMap { XenVersion(String($0.1)) } ?? XenVersion(4, 20)
    var config = words.map { String($0.2) }.flatMap { options in
      options.split(separator: "+").map { "CONFIG_\($0.uppercased().replacing("-", with: "_"))=y\n" }.joined()
    }
    if words?.2 == "-debian" { config = "CONFIG_ARM_64=y\nCONFIG_DOM0LESS_BOOT=y\n" }
    return XenRelease(
      version: version ?? named, config: try config.flatMap { $0.isEmpty ? nil : try XenConfig(Array($0.utf8)) },
      source: .option)
  }

  private func flow(of path: String) throws -> Flow? {
    let first = try String(contentsOfFile: path, encoding: .utf8).prefix { $0 != "\n" }
    return first.firstMatch(of: /^\/\/ xen: .* by ([-a-z]+)$/).flatMap { Flow(rawValue: String($0.1)) }
  }

  @Test(arguments: files.filter { $0.contains("/bad") })
  func aBadTreeFiresItsRuleAndNoOther(_ file: String) throws {
    let rule = String(file.prefix { $0 != "/" })
    let (diagnostics, text) = try judge(file)
    #expect(diagnostics.contains { $0.rule == rule })
    #expect(Set(diagnostics.filter { $0.level == .error }.map(\.rule)).subtracting([rule]).isEmpty)
    let expected = Self.folder.appendingPathComponent(file.replacing(".dts", with: ".txt"))
    #expect(try text == String(contentsOf: expected, encoding: .utf8))
  }

  @Test(arguments: files.filter { $0.hasSuffix("/good.dts") })
  func aGoodTreeIsSilent(_ file: String) throws {
    #expect(try judge(file).text == "")
  }

  /// A rule that says what a Xen does wrong with a tree names the fault when the tree is judged for that Xen.
  @Test(arguments: Rule.all.filter { !$0.effects.isEmpty }.map(\.name))
  func aRuleSpeaksForEveryXenThatFails(_ name: String) throws {
    let rule = try #require(Rule.all.first { $0.name == name })
    for effect in rule.effects where rule.readsTrees {
      for observation in effect.outcomes {
        if case .boots = observation.outcome { continue }
        if case .unbooted = observation.outcome { continue }
        let found = try judge("\(name)/\(effect.fixture).dts", for: observation.version).diagnostics
        #expect(
          found.contains { $0.rule == name }, "\(effect.fixture) on \(observation.version.text)")
      }
    }
  }

  @Test func everyRuleOverTreesHasFixtures() {
    // Two nodes of one name are merged in a source; only a blob can have them.
    let rules = Set(Rule.all.filter(\.readsTrees).map(\.name)).subtracting(["duplicate-domain-name"])
    #expect(Set(Self.files.filter { $0.hasSuffix("/bad.dts") }.map { String($0.prefix { $0 != "/" }) }) == rules)
    #expect(Set(Self.files.filter { $0.hasSuffix("/good.dts") }.map { String($0.prefix { $0 != "/" }) }) == rules)
  }

  @Test func rulesAreListedByNameAndKnowTheirPrerequisites() {
    let names = Rule.all.map(\.name)
    #expect(names == names.sorted())
    #expect(Set(names).count == names.count)
    for rule in Rule.all { #expect(Set(rule.after).isSubset(of: names), "\(rule.name)") }
  }
}
