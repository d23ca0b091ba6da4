// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The probe tells what runs below it: on Xen, and on QEMU's machine without Xen.
@Suite(.enabled(if: Real.isPrepared), .serialized) struct ProbeTests {
  /// What the probe says of what is below it.
  private func calls(_ work: Workspace, _ machine: String, _ arguments: [String], within seconds: Int = 60) throws
    -> [String]
  {
    let qemu = try run(
      "qemu-system-aarch64",
      [
        "-machine", machine, "-cpu", "cortex-a57", "-m", "128", "-nodefaults", "-nographic", "-serial", "mon:stdio",
        "-no-reboot",
      ] + arguments, in: work.folder, within: seconds)
    // Powered off by the probe itself, by the call that the tree names; without one it rests until it is ended.
    let isEnded = qemu.status != 0
    let lines = qemu.output.split(whereSeparator: \.isNewline).map(String.init)
    #expect(lines.contains("PROBE-DONE"), "\(qemu.output)\(qemu.error)")
    return lines.filter { $0.hasPrefix("PROBE calls") || $0.hasPrefix("PROBE hypervisor") || $0.contains("FAULT") }
      + (isEnded ? ["ended"] : [])
  }

  @Test(arguments: [
    ("virt", "hvc"), ("virt,gic-version=3", "hvc"), ("virt,virtualization=on", "smc"), ("virt,secure=on", "hvc"),
    ("virt,secure=on,virtualization=on", "smc"),
  ])
  func withoutAHypervisorNobodyAnswers(_ machine: String, _ conduit: String) throws {
    let work = try Workspace()
    let said = try calls(work, machine, ["-kernel", Real.probe, "-append", "off"])
    #expect(said == ["PROBE calls=\(conduit) psci=1.1", "PROBE hypervisor=none"])
  }

  @Test func onOurOwnTreeNobodyAnswersEither() throws {
    let work = try Workspace()
    try work.copy(Real.probe, as: "probe.Image")
    try work.write(
      "guest.yaml", "grove: 1\nplatform: qemu-virt\nkernel: probe.Image\nbootargs: off\nmemory: 128 MiB\n")
    #expect(try grove("guest", "tree", "guest.yaml", "-o", "guest.dtb", in: work.folder).status == 0)
    let said = try calls(
      work, "virt,gic-version=3", ["-kernel", Real.probe, "-append", "off", "-dtb", "guest.dtb"])
    #expect(said == ["PROBE calls=hvc psci=1.1", "PROBE hypervisor=none"])
  }

  @Test func withoutANodeForPSCINothingIsCalled() throws {
    let work = try Workspace()
    try work.copy(Real.virtTree, as: "virt.dtb")
    let source = try grove("dts", "decompile", "virt.dtb", in: work.folder)
    let lines = source.output.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.contains("psci {") })
    let end = try #require(lines[start...].firstIndex { $0.contains("};") })
    try work.write("bare.dts", (lines[..<start] + lines[(end + 1)...]).joined(separator: "\n"))
    #expect(try grove("dts", "compile", "bare.dts", "-o", "bare.dtb", in: work.folder).status == 0)
    // QEMU's own loader would put the node back. Without it, the start of RAM has a tree of QEMU's.
    try work.write("stub", loaderStub(tree: 0x4400_0000, entry: 0x4020_0000))
    let arguments = [(Real.probe, "0x40200000"), ("bare.dtb", "0x44000000"), ("stub", "0x46000000")].flatMap {
      ["-device", "loader,file=\($0),addr=\($1),force-raw=on" + ($0 == "stub" ? ",cpu-num=0" : "")]
    }
    let said = try calls(work, "virt", arguments, within: 5)
    #expect(said == ["PROBE calls=none", "ended"])
  }
}
