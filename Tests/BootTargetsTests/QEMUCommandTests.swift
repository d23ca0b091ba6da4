// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing

@testable import BootTargets

@Suite struct QEMUCommandTests {
  private func command(_ tree: DeviceTree) throws -> QEMUCommand {
    try QEMUCommand(host: tree, file: "virt.dtb")
  }

  @Test func theTreeSaysWhichMachineItIs() throws {
    #expect(
      try command(Sample.host()).arguments == [
        "-machine", "virt,acpi=off,virtualization=on,gic-version=3", "-cpu", "cortex-a57", "-smp", "4", "-m", "2048M",
        "-nic", "none", "-display", "none", "-no-reboot", "-serial", "stdio", "-monitor", "none",
      ])
  }

  @Test func aGICv2IsOne() throws {
    let command = try command(Sample.host(gic: "arm,cortex-a15-gic"))
    #expect(command.machine == "virt,acpi=off,virtualization=on,gic-version=2")
  }

  @Test(arguments: [
    ("arm,cortex-a72", "cortex-a72"), ("arm,neoverse-n1", "neoverse-n1"), ("arm,a64fx", "a64fx"), ("arm,armv8", "max"),
    ("acme,fast", "max"), ("plain", "max"),
  ])
  func theCPUIsTakenByItsName(compatible: String, cpu: String) throws {
    #expect(try command(Sample.host(cpu: compatible)).cpu == cpu)
  }

  @Test func processorsAndMemoryAreCounted() throws {
    let command = try command(Sample.host(ram: 5 << 30, cpus: 7))
    #expect(command.processors == 7)
    #expect(command.memory == 5 << 30)
  }

  @Test func anotherBoardIsRefused() {
    #expect(
      failure { _ = try command(Sample.host(compatible: ["fsl,imx8mp-evk", "fsl,imx8mp"])) } == """
        virt.dtb:/:compatible: error: QEMU cannot be this host: it is compatible with fsl,imx8mp-evk, fsl,imx8mp, and only \
        QEMU's machines virt (linux,dummy-virt) and xlnx-zcu102 (xlnx,zynqmp) are known here [host-not-qemu]
          hint: the targets uboot and uefi do not need QEMU

        """)
  }

  private func zcu102(ram: UInt64 = 2 << 30, cpus: Int = 4, window: UInt32 = 0x2000) -> DeviceTree {
    var tree = Sample.host(
      ram: ram, ramStart: 0, compatible: ["xlnx,zynqmp-zcu102", "xlnx,zynqmp"], cpu: "arm,cortex-a53", cpus: cpus,
      gic: "arm,gic-400")
    for id in tree.walk() where tree[id, "interrupt-controller"] != nil {
      tree.set(
        "reg",
        .cells([
          0, 0xf901_0000, 0, 0x10000, 0, 0xf902_0000, 0, window, 0, 0xf904_0000, 0, 0x20000, 0, 0xf906_0000, 0, window,
        ]),
        on: id)
    }
    return tree
  }

  @Test func aBoardThatQEMUHasIsThatBoard() throws {
    #expect(
      try command(zcu102()).arguments == [
        "-machine", "xlnx-zcu102,virtualization=on", "-smp", "4", "-m", "2048M", "-nic", "none", "-display", "none",
        "-audiodev", "none,id=silent", "-no-reboot", "-serial", "stdio", "-monitor", "none",
      ])
  }

  @Test func aBoardHasWhatTheBoardHas() {
    #expect(
      failure { _ = try command(zcu102(ram: 4 << 30)) } == """
        virt.dtb:/memory: error: QEMU cannot be this host: the xlnx-zcu102 machine has its RAM in one piece from 0x0 and at \
        most 2 GiB, this host has [0x0, 0x100000000), 4 GiB [host-not-qemu]
          hint: the targets uboot and uefi do not need QEMU

        """)
    #expect(
      failure { _ = try command(zcu102(cpus: 5)) } == """
        virt.dtb:/cpus: error: QEMU cannot be this host: the xlnx-zcu102 machine has 4 CPUs, its tree has 5 [host-not-qemu]
          hint: the targets uboot and uefi do not need QEMU

        """)
  }

  @Test func repeatedPagesOfTheGICAreToldWithTheWayOut() {
    let text = failure { _ = try command(zcu102(window: 0x20000)) }
    #expect(
      text.contains(
        """
        :reg: error: QEMU cannot be this host: it repeats the pages of the GIC's CPU interface over [0xf9020000, 0xf9040000), \
        128 KiB, which Xen does not see on QEMU's GIC, so no interrupt would ever end [host-not-qemu]
          hint: for QEMU give that window as [0xf902f000, 0xf9031000), 8 KiB, by an overlay; the board takes it as well
        """), "\(text)")
  }

  @Test func ramElsewhereIsRefused() {
    #expect(
      failure { _ = try command(Sample.host(ramStart: 0x8000_0000)) } == """
        virt.dtb:/memory: error: QEMU cannot be this host: the virt machine has its RAM in one piece from 0x40000000, this \
        host has [0x80000000, 0x100000000), 2 GiB [host-not-qemu]
          hint: the targets uboot and uefi do not need QEMU

        """)
  }

  @Test(arguments: [
    (Sample.host(cpu: "arm,cortex-a15"), "its CPU, arm,cortex-a15, has 32 bits"),
    (Sample.host(cpus: 0), "its tree has no CPU"),
    (Sample.host(gic: nil), "its tree has neither a GICv2 nor a GICv3"),
    (Sample.host(ram: (256 << 20) + 4096), "its RAM, [0x40000000, 0x50001000), 262148 KiB, is no whole number of MiB"),
  ])
  func otherMachinesAreRefused(tree: DeviceTree, reason: String) {
    #expect(failure { _ = try command(tree) }.contains("QEMU cannot be this host: \(reason) [host-not-qemu]"))
  }
}
