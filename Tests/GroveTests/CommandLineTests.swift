// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What a new user tries first: wrong flags, no flags, help.
@Suite(.enabled(if: Real.isPrepared)) struct CommandLineTests {
  @Test(arguments: [
    [], ["--help"], ["build", "--help"], ["check", "--help"], ["boot", "--help"], ["map", "--help"],
  ])
  func helpIsPrintedOnStandardOutput(_ arguments: [String]) throws {
    let run = try run(Real.grove, arguments)
    #expect(run.status == 0)
    #expect(run.output.contains("USAGE: grove"))
    #expect(run.error == "")
  }

  @Test(arguments: [
    ["bild", "x.yaml"], ["build"], ["build", "x.yaml"], ["build", "x.yaml", "-o", "out", "--target", "grub"],
    ["build", "x.yaml", "-o", "out", "--xen", "four"], ["check"], ["check", "--format", "xml", "x"],
    ["boot", "x.yaml", "--expect", "no-pattern"], ["boot", "x.yaml", "--timeout", "-1"], ["map"],
  ])
  func wrongUsageLeavesWithTwo(_ arguments: [String]) throws {
    let run = try run(Real.grove, arguments)
    #expect(run.status == 2)
    #expect(run.output == "")
    #expect(run.error.contains("Error: "))
  }

  @Test func rulesAreListed() throws {
    let run = try grove("check", "--list")
    #expect(run.status == 0)
    #expect(run.output.contains("module-overlap         error  a boot module overlaps"))
  }

  @Test func aPlainHostTreeIsFine() throws {
    let run = try grove("check", Real.virtTree)
    #expect(run.status == 0)
    #expect(run.output == "0 errors, 0 warnings\n")
  }

  @Test func jsonNamesEveryFieldAndLeavesAbsentOnesNull() throws {
    let work = try Workspace()
    try work.write("bad.yaml", "grove: 1\nhots: {}\n")
    let run = try grove("check", "bad.yaml", "--format", "json", in: work.folder)
    #expect(run.status == 1)
    let report = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: [[String: Any]]]
    let first = try #require(report?["diagnostics"]?.first { $0["rule"] as? String == "unknown-key" })
    #expect(Set(first.keys) == ["rule", "level", "message", "file", "line", "column", "node", "property", "hint"])
    #expect(first["line"] as? Int == 2)
    #expect(first["node"] is NSNull)
    #expect(first["hint"] as? String == "did you mean `host`?")
  }

  @Test func aSystemIsReadFromStandardInput() throws {
    let work = try TwoGuests.workspace()
    let run = try grove("check", "-", "--system", in: work.folder, input: Array(TwoGuests.yaml.utf8))
    #expect(run.status == 0, "\(run.output)\(run.error)")
  }
}
