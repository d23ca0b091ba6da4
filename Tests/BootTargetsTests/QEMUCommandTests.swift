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
      failure { _ = try command(Sample.host(compatible: ["xlnx,zynqmp-zcu102", "xlnx,zynqmp"])) } == """
        virt.dtb:/:compatible: error: QEMU cannot be this host: it is compatible with xlnx,zynqmp-zcu102, xlnx,zynqmp, and \
        only QEMU's virt machine (linux,dummy-virt) is known here [host-not-qemu]
          hint: the targets uboot and uefi do not need QEMU

        """)
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
