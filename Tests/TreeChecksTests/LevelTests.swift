// SPDX-License-Identifier: Apache-2.0
import Testing
import TreeChecks

/// `-W` and `-E` as dtc takes them.
@Suite struct LevelTests {
  @Test func checksBeginAtTheirOwnLevel() {
    let levels = CheckLevels()
    #expect(levels["phandle_references"] == .error)
    #expect(levels["reg_format"] == .warning)
    #expect(levels["always_fail"] == .off)
    #expect(levels["no_such_check"] == nil)
    #expect(TreeCheck.all.count { $0.level == .error } == 13)
    #expect(TreeCheck.all.count { $0.level == .off } == 5)
  }

  @Test func aNameThatNoCheckHasIsRefused() {
    var levels = CheckLevels()
    #expect(throws: CheckLevels.UnknownCheck(name: "nothing")) { try levels.warn("nothing") }
    #expect(throws: CheckLevels.UnknownCheck(name: "nothing")) { try levels.fail("no-nothing") }
  }

  @Test func aCheckIsTurnedOnAndOffWithEitherPrefix() throws {
    var levels = CheckLevels()
    try levels.warn("always_fail")
    #expect(levels["always_fail"] == .warning)
    try levels.warn("no-always_fail")
    #expect(levels["always_fail"] == .off)
    try levels.warn("no_pci_bridge")
    #expect(levels["pci_bridge"] == .off)
  }

  @Test func raisingACheckRaisesWhatItNeeds() throws {
    var levels = CheckLevels()
    try levels.fail("simple_bus_reg")
    for check in ["simple_bus_bridge", "compatible_is_string_list", "reg_format", "address_cells_is_cell"] {
      #expect(levels[check] == .error)
    }
    #expect(levels["ranges_format"] == .warning)
  }

  @Test func turningACheckOffTurnsOffWhatNeedsIt() throws {
    var levels = CheckLevels()
    try levels.warn("no-compatible_is_string_list")
    for check in ["compatible_is_string_list", "simple_bus_bridge", "simple_bus_reg", "unit_address_format"] {
      #expect(levels[check] == .off)
    }
    #expect(levels["reg_format"] == .warning)
  }

  @Test func takingAwayAWarningThatIsNoneChangesNothing() throws {
    var levels = CheckLevels()
    try levels.warn("no-phandle_references")
    #expect(levels == CheckLevels())
    #expect(levels["clocks_property"] == .warning)
  }

  @Test func underAnErrorTheWarningIsStillThere() throws {
    var levels = CheckLevels()
    try levels.fail("reg_format")
    #expect(levels["reg_format"] == .error)
    try levels.fail("no-reg_format")
    #expect(levels["reg_format"] == .warning)
  }

  @Test func aPrerequisiteThatIsOffRunsInSilence() throws {
    let sample = try Sample.root("a { clocks = <&nothing>; };") { try $0.levels.fail("no-phandle_references") }
    let clocks = sample.result.findings.filter { $0.check == "clocks_property" }
    #expect(clocks.map(\.kind) == [.failedPrerequisite("phandle_references")])
    #expect(
      clocks.map { $0.dtcText(output: "out.dtb") } == [
        "out.dtb: Warning (clocks_property): Failed prerequisite 'phandle_references'\n"
      ])
    #expect(!sample.result.findings.contains { $0.check == "phandle_references" })
    #expect(!sample.result.hasErrors)
  }
}
