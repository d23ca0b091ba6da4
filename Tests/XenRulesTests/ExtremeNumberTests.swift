// SPDX-License-Identifier: Apache-2.0
import Foundation
import SystemFiles
import Testing
import XenFacts
import XenRules
import XenSystem

/// Every number of every fixture in turn becomes the smallest and the largest there is: the rules judge all, and none traps.
@Test(
  arguments: RuleFixtureTests.files.filter {
    $0.contains("/bad") && !$0.contains("too-many") && !$0.contains("no-domains")
  })
func noNumberIsTooLargeForTheRules(_ file: String) throws {
  let source = try String(contentsOf: RuleFixtureTests.folder.appendingPathComponent(file), encoding: .utf8)
  // The changed copy lies elsewhere and includes the same machine.
  let machine = RuleFixtureTests.folder.appendingPathComponent("virt.dtsi").path
  let changed = FileManager.default.temporaryDirectory.appendingPathComponent("grove-\(UUID().uuidString).dts")
  defer { try? FileManager.default.removeItem(at: changed) }
  let release = XenRelease(version: XenVersion(4, 20), source: .option)
  var judged = 0
  for match in source.matches(of: /0x[0-9a-f]+|<[0-9]+>/) {
    for extreme in ["0x0", "0xffffffff", "0x80000000"] {
      let text = match.output.hasPrefix("<") ? "<\(extreme)>" : extreme
      try Data(source.replacingCharacters(in: match.range, with: text).replacing("../virt.dtsi", with: machine).utf8)
        .write(to: changed)
      guard let loaded = try? loadTree(changed.path, allowsOutside: true) else { continue }
      _ = check(Subject(tree: loaded.tree, file: file, release: release, provenance: loaded.source))
      judged += 1
    }
  }
  // A system for UEFI may hold hardly a number.
  #expect(judged > 10 || file.hasPrefix("uefi-"))
}
