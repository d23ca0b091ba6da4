// SPDX-License-Identifier: Apache-2.0
import Foundation
import RuleFixtures
import Testing

/// `grove boot` of a final tree, and what it says when a boot fails.
@Suite(.enabled(if: Real.isPrepared), .serialized) struct FinalTreeTests {
  /// A workspace with a tree for one guest; `change` makes it wrong.
  private func workspace(_ change: (String) -> String = { $0 }) throws -> Workspace {
    let work = try Workspace()
    try work.copy(RuleFixture.folder + "/virt.dtsi", as: "virt.dtsi")
    try work.copy(Real.probe, as: "kernel")
    try work.copy(Real.xen("4.20"), as: "xen")
    let text = """
      /dts-v1/;
      /include/ "virt.dtsi"
      / { chosen { domA { compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>;
        memory = <0x0 0x10000>; cpus = <1>; vpl011;
        module@50000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0x0 0x50000000 0x0 0x40000>; };
      }; }; };

      """
    try work.write("tree.dts", change(text))
    return work
  }

  private let kernel = "0x50000000=kernel"

  @Test func aFinalTreeBootsAsItStands() throws {
    let work = try workspace()
    let boot = try grove(
      "boot", "tree.dts", "--xen-image", "xen", "--module", kernel, "--expect", "domA=PROBE-DONE", "--serial", "log",
      in: work.folder)
    #expect(boot.status == 0, "\(boot.error)\(boot.output)")
    let explained = try grove("explain", "--log", "log", "--tree", "tree.dts", "--module", kernel, in: work.folder)
    #expect(explained.status == 0)
    #expect(explained.output.contains("note: Xen 4.20"))
    #expect(explained.output.contains("started every domain, and each has printed something"))
  }

  @Test func aFileIsAskedForByName() throws {
    let work = try workspace()
    let boot = try grove("boot", "tree.dts", "--xen-image", "xen", in: work.folder)
    #expect(boot.status == 1)
    #expect(boot.error.contains("error: /chosen/domA/module@50000000 has no file to boot with [module-without-file]"))
    #expect(boot.error.contains("hint: give --module /chosen/domA/module@50000000=FILE"))
  }

  @Test func aFailedBootIsExplained() throws {
    let work = try workspace { $0.replacing("cpus = <1>; ", with: "") }
    let boot = try grove(
      "boot", "tree.dts", "--xen-image", "xen", "--module", kernel, "--serial", "log", in: work.folder)
    #expect(boot.status == 1)
    #expect(boot.error.contains("stopped: domA has no `cpus` [cpus-missing]\n"), "\(boot.error)")
    let explained = try grove("explain", "--log", "log", "--tree", "tree.dts", in: work.folder)
    #expect(explained.status == 0)
    #expect(explained.output.contains("tree.dts:3:"), "\(explained.output)")
    #expect(explained.output.contains("note: in the tree: domA has no cpus [cpus-missing]"))
    let json = try grove("explain", "--log", "log", "--format", "json", in: work.folder)
    #expect(json.output.contains("\"rule\" : \"cpus-missing\""))
  }

  @Test func silenceIsExplainedByTheTree() throws {
    let work = try workspace { $0.replacing(" reg = <0x0 0x50000000 0x0 0x40000>;", with: "") }
    let boot = try grove("boot", "tree.dts", "--as-is", "--xen-image", "xen", in: work.folder)
    #expect(boot.status == 1)
    #expect(
      boot.error.contains("not one line was printed: Xen stops so before its console works [module-reg]"),
      "\(boot.error)")
  }

  @Test func anInterruptedBootLeavesNothingBehind() throws {
    let work = try workspace()
    let temporary = work.path("tmp")
    try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Real.grove)
    process.arguments = [
      "boot", "tree.dts", "--xen-image", "xen", "--module", kernel, "--expect", "domA=never", "--timeout", "60",
    ]
    process.currentDirectoryURL = URL(fileURLWithPath: work.folder)
    process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": temporary]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // The first line shows that the folder is there and QEMU runs.
    let first = output.fileHandleForReading.availableData
    #expect(!first.isEmpty)
    let during = try FileManager.default.contentsOfDirectory(atPath: temporary)
    #expect(during.count == 1)
    kill(process.processIdentifier, SIGTERM)
    _ = try output.fileHandleForReading.readToEnd()
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(process.terminationStatus == SIGTERM)
    let after = try FileManager.default.contentsOfDirectory(atPath: temporary)
    #expect(after.isEmpty)
  }
}
