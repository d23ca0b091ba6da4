// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Foundation
import SystemFiles
import Testing
import XenFacts
import XenRules
import XenSystem

/// A tree with the mistakes that people make first is reported with these and no others.
@Test func theFirstStepsAreReportedWithTheirFaults() throws {
  let file = RuleFixtureTests.folder.deletingLastPathComponent().appendingPathComponent("Trees/first-steps.dts").path
  let loaded = try loadTree(file)
  let subject = Subject(
    tree: loaded.tree, file: "first-steps.dts", release: XenRelease(version: XenVersion(4, 20), source: .option),
    provenance: loaded.source, flow: .uefi)
  let found = check(subject).map { "\($0.place.location?.line ?? 0): \($0.level.rawValue): \($0.message) [\($0.rule)]" }
  #expect(
    found == [
      "16: error: #address-cells of guest1 is 3, but Xen reads addresses and sizes of 1 or 2 cells [cell-sizes]",
      "14: note: guest1 has no console: nothing that it says is seen [console-missing]",
      "33: note: guest2 has no console: nothing that it says is seen [console-missing]",
      "18: warning: guest1 asks for 512 GiB [memory-over-ram]",
      "37: warning: guest2 asks for 512 GiB [memory-over-ram]",
      "48: warning: guest2's ramdisk is guest1-ramdisk.bin, which bears the name of guest1 [module-of-another]",
      "12: error: console=com1 is for x86: on Arm Xen has console=dtuart [xen-console]",
    ])
}
