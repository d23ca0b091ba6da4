// SPDX-License-Identifier: Apache-2.0
import DeviceTreeSource
import Foundation
import Testing
import TreeChecks

/// Every check has a wrong source `Fixtures/<check>.dts`, and beside it what dtc 1.8.1 says of it, to the letter. A
/// few more show what belongs to no single check. A source may name options in its second line: `// options: -W
/// NAME`.
@Suite struct FixtureTests {
  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: Sample.fixtures.path)) ?? []
    return files.filter { $0.hasSuffix(".dts") }.map { String($0.dropLast(4)) }.sorted()
  }()

  @Test(arguments: names)
  func aWrongSourceIsJudgedAsByDtc(_ name: String) throws {
    let expected = try String(contentsOf: Sample.fixtures.appendingPathComponent(name + ".txt"), encoding: .utf8)
    let result = try Sample.fixture(name).result
    #expect(result.dtcText() + result.dtcVerdict(force: false).text == expected)
  }

  /// What nobody wants to hear of need not be looked for; the tree and the errors are the same.
  @Test(arguments: names)
  func aQuietRunComesToTheSame(_ name: String) throws {
    let (loud, quiet) = (try Sample.fixture(name), try Sample.fixture(name, keepsWarnings: false))
    #expect(quiet.result.hasErrors == loud.result.hasErrors)
    #expect(quiet.result.findings.map(\.text) == loud.result.findings.filter { $0.level == .error }.map(\.text))
    #expect(quiet.tree.sourceText() == loud.tree.sourceText())
  }

  @Test func everyCheckHasAFixture() {
    #expect(Set(TreeCheck.all.map(\.name)).subtracting(Self.names) == [])
    #expect(TreeCheck.all.count == 89)
  }

  /// What a check only puts in order is nothing to speak of.
  @Test(arguments: TreeCheck.all.map(\.name).filter { $0 != "omit_unused_nodes" })
  func theFixtureOfACheckMakesItSpeak(_ check: String) throws {
    let findings = try Sample.fixture(check).result.findings
    #expect(findings.contains { $0.check == check })
  }
}
