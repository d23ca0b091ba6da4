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
    #expect(run.output.contains(/(?m)^module-overlap +error  a boot module overlaps/))
  }

  @Test func aRuleIsExplainedAndASlipIsMet() throws {
    let run = try grove("explain", "module-overlap")
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("module-overlap (error): a boot module overlaps"))
    let slip = try grove("explain", "module-overlp")
    #expect(slip.status == 1)
    #expect(
      slip.error == """
        error: there is no rule module-overlp [unknown-rule]
          hint: did you mean module-overlap?

        """)
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

  @Test func sarifAndGithubNameTheSamePlace() throws {
    let work = try Workspace()
    try work.write("bad.yaml", "grove: 1\nhots: {}\nhost: {device-tree: virt.dtb}\ndomains: []\n")
    try work.copy(Real.virtTree, as: "virt.dtb")
    let sarif = try grove("check", "bad.yaml", "--format", "sarif", in: work.folder)
    let report = try JSONSerialization.jsonObject(with: Data(sarif.output.utf8)) as? [String: Any]
    #expect(report?["version"] as? String == "2.1.0")
    let results = ((report?["runs"] as? [[String: Any]])?.first)?["results"] as? [[String: Any]]
    #expect(results?.map { $0["ruleId"] as? String } == ["unknown-key"])
    let github = try grove("check", "bad.yaml", "--format", "github", in: work.folder)
    #expect(
      github.output
        == "::error file=bad.yaml,line=2,col=1,title=unknown-key::unknown key `hots` in the description; did you mean `host`?\n"
    )
  }

  @Test func aSystemIsReadFromStandardInput() throws {
    let work = try TwoGuests.workspace()
    let run = try grove("check", "-", "--system", in: work.folder, input: Array(TwoGuests.yaml.utf8))
    #expect(run.status == 0, "\(run.output)\(run.error)")
  }
}
