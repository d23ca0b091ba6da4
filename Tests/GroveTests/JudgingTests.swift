// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What people can say about rules: levels, waivers, settings, and the files behind modules.
@Suite struct JudgingTests {
  /// A tree whose only domain has no `cpus`, with a comment on that node's line.
  private func tree(_ comment: String = "") -> String {
    """
    /dts-v1/;
    / {
      #address-cells = <2>;
      #size-cells = <2>;
      memory@40000000 { device_type = "memory"; reg = <0x0 0x40000000 0x0 0x80000000>; }; uart: serial@9000000 {};
      chosen {
        #address-cells = <2>; stdout-path = &uart;
        #size-cells = <2>;
        domA { \(comment)
          compatible = "xen,domain";
          #address-cells = <2>;
          #size-cells = <2>;
          memory = <0x0 0x20000>;
          vpl011;
          module@50000000 {
            compatible = "multiboot,kernel", "multiboot,module";
            reg = <0x0 0x50000000 0x0 0x10000>;
          };
        };
      };
    };

    """
  }

  private func workspace(_ comment: String = "") throws -> Workspace {
    let work = try Workspace()
    try work.write("a.dts", tree(comment))
    return work
  }

  private let judged = "; judged for Xen 4.20, given by --xen\n"

  private func check(_ arguments: String..., in work: Workspace) throws -> (status: Int32, output: String) {
    let run = try run(Real.grove, ["check", "a.dts", "--xen", "4.20"] + arguments, in: work.folder)
    return (run.status, run.output + run.error)
  }

  @Test func aLevelIsChosenByFlagAndBySettings() throws {
    let work = try workspace()
    #expect(try check(in: work).status == 1)
    let flagged = try check("--level", "cpus-missing=warning", in: work)
    #expect(flagged.status == 0)
    #expect(flagged.output.contains("a.dts:9:5: warning: domA has no cpus [cpus-missing]"))
    try work.write("grove-check.yaml", "levels:\n  cpus-missing: off\n")
    #expect(try check(in: work) == (0, "0 errors, 0 warnings" + judged))
    #expect(try check("--level", "cpus-missing=error", in: work).status == 1)
  }

  @Test func aFaultIsAllowedWithAReasonInAComment() throws {
    let work = try workspace("// grove: allow cpus-missing: a test of the panic")
    #expect(try check(in: work) == (0, "0 errors, 0 warnings, 1 allowed" + judged))
    let silent = try check(in: try workspace("// grove: allow cpus-missing"))
    #expect(silent.status == 1)
    #expect(silent.output.contains("error: a waiver without a reason allows nothing [waiver-reason]"))
  }

  @Test func aFaultIsAllowedWithAReasonInTheSettings() throws {
    let work = try workspace()
    try work.write(
      "own.yaml",
      "allow:\n  - {rule: cpus-missing, node: /chosen/domA, reason: a test}\n  - {rule: module-reg, reason: x}\n")
    let run = try check("--config", "own.yaml", in: work)
    #expect(run.status == 0)
    #expect(
      run.output.contains("own.yaml:3:12: note: nothing is left to allow here: module-reg says nothing [unused-waiver]")
    )
  }

  @Test func aSlipInARulesNameIsMet() throws {
    let work = try workspace()
    try work.write("own.yaml", "levels: {cpu-missing: off}\n")
    let settings = try check("--config", "own.yaml", in: work)
    #expect(settings.status == 1)
    #expect(settings.output.contains("own.yaml:1:10: error: there is no rule cpu-missing [unknown-rule]"))
    #expect(settings.output.contains("hint: did you mean cpus-missing?"))
    #expect(try check("--level", "cpu-missing=off", in: work).output.contains("there is no rule cpu-missing"))
    #expect(try run(Real.grove, ["check", "a.dts", "--level", "cpus-missing=fatal"], in: work.folder).status == 2)
  }

  @Test func anAddressThatIsNoModulesIsMet() throws {
    let work = try workspace()
    let run = try check("--module", "0x60000000=a.dts", in: work)
    #expect(run.output.contains("a.dts: error: a.dts has no boot module 0x60000000 [module-unknown]"))
    #expect(run.output.contains("hint: its modules are 0x50000000"))
  }

  @Test func evidenceIsTheSameForTheSameInputsAndNamesThemAll() throws {
    let work = try workspace("// grove: allow cpus-missing: a test of the panic")
    for folder in ["one", "two"] { #expect(try check("--evidence", folder, in: work).status == 0) }
    let text = try String(contentsOfFile: work.folder + "/one/evidence.json", encoding: .utf8)
    #expect(try text == String(contentsOfFile: work.folder + "/two/evidence.json", encoding: .utf8))
    let evidence = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let judged = (evidence?["judgements"] as? [[String: Any]])?.first
    #expect(judged?["verdict"] as? String == "passed")
    #expect(((judged?["inputs"] as? [[String: Any]])?.first)?["name"] as? String == "a.dts")
    let waived = (judged?["waived"] as? [[String: Any]])?.first
    #expect(waived?["reason"] as? String == "a test of the panic")
    #expect((evidence?["tool"] as? [String: Any])?["sha256"] is String)
    #expect(evidence?["time"] == nil)
  }

  @Test func buildPassesTheSameGate() throws {
    let work = try TwoGuests.workspace()
    func build(_ memory: String, _ arguments: String...) throws -> Run {
      try work.write("system.yaml", TwoGuests.yaml.replacing("memory: 512 MiB", with: "memory: \(memory)"))
      return try run(Real.grove, ["build", "system.yaml", "-o", "out"] + arguments, in: work.folder)
    }
    let refused = try build("64 GiB")
    #expect(refused.status == 1)
    #expect(refused.error.contains("error: domB asks for 64 GiB, but the host has"))
    #expect(!FileManager.default.fileExists(atPath: work.folder + "/out"))
    #expect(try build("64 GiB", "--level", "memory-over-ram=warning").status == 0)
    #expect(try build("64 GiB  # grove: allow memory-over-ram: the loader adds the rest").status == 0)
  }
}
