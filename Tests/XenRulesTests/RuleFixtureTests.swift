// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Foundation
import SystemFiles
import Testing
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
      return files.filter { $0.hasSuffix(".dts") }.sorted().map { "\(rule)/\($0)" }
    }
  }()

  /// What the rules say of a fixture; its path is shown relative to the folder.
  private func judge(_ file: String) throws -> (diagnostics: [Diagnostic], text: String) {
    let path = Self.folder.appendingPathComponent(file).path
    let loaded = try loadTree(path, allowsOutside: true)
    let release = XenRelease(version: XenVersion(4, 20), source: .option)
    let subject = Subject(tree: loaded.tree, file: path, release: release, provenance: loaded.source)
    let diagnostics = check(subject)
    let text = DiagnosticPrinter(sources: loaded.sources).text(diagnostics)
    return (diagnostics, text.replacing(Self.folder.path + "/", with: ""))
  }

  @Test(arguments: files.filter { $0.contains("/bad") })
  func aBadTreeFiresItsRuleAndNoOther(_ file: String) throws {
    let rule = String(file.prefix { $0 != "/" })
    let (diagnostics, text) = try judge(file)
    #expect(Set(diagnostics.map(\.rule)) == [rule])
    let expected = Self.folder.appendingPathComponent(file.replacing(".dts", with: ".txt"))
    #expect(try text == String(contentsOf: expected, encoding: .utf8))
  }

  @Test(arguments: files.filter { $0.hasSuffix("/good.dts") })
  func aGoodTreeIsSilent(_ file: String) throws {
    #expect(try judge(file).text == "")
  }

  @Test func everyRuleOverTreesHasFixtures() {
    let spokenByFrontEnds: Set = ["memory-unit", "file-missing", "unknown-key", "duplicate-domain-name"]
    let rules = Set(Rule.all.map(\.name)).subtracting(spokenByFrontEnds)
    #expect(Set(Self.files.filter { $0.hasSuffix("/bad.dts") }.map { String($0.prefix { $0 != "/" }) }) == rules)
    #expect(Set(Self.files.filter { $0.hasSuffix("/good.dts") }.map { String($0.prefix { $0 != "/" }) }) == rules)
  }

  @Test func rulesAreListedByName() {
    let names = Rule.all.map(\.name)
    #expect(names == names.sorted())
    #expect(Set(names).count == names.count)
  }
}
