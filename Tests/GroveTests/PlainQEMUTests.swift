// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Guests without Xen: Linux on plain QEMU with a tree of ours as `-dtb`, which QEMU passes on with `/memory`, `/psci` and `/chosen` said
/// again in its own words.
@Suite(.enabled(if: Real.isPrepared)) struct PlainQEMUTests {
  @Test(arguments: ["v2", "v3"], [1, 4])
  func linuxRunsOnAnArmMachineWithTheTreeOfAGuest(_ gic: String, _ cpus: Int) throws {
    let work = try Workspace()
    try work.copy(Real.linux, as: "Image")
    try work.copy(Real.guestRamdisk, as: "initramfs.gz")
    try work.write(
      "guest.yaml",
      """
      grove: 1
      platform: qemu-virt
      kernel: Image
      ramdisk: initramfs.gz
      bootargs: console=ttyAMA0 panic=-1 from-our-tree
      memory: 320 MiB
      cpus: \(cpus)
      host: {gic: \(gic)}

      """)
    let tree = try grove("guest", "tree", "guest.yaml", "-o", "guest.dtb", in: work.folder)
    #expect(tree.status == 0, "\(tree.error)")
    let said = try guest(
      [
        "qemu-system-aarch64", "-machine", "virt,gic-version=\(gic.dropFirst())", "-cpu", "cortex-a57", "-smp",
        "\(cpus)", "-m", "320", "-kernel", work.path("Image"), "-initrd", work.path("initramfs.gz"), "-dtb",
        work.path("guest.dtb"),
      ])
    #expect(said.contains("cmdline=console=ttyAMA0 panic=-1 from-our-tree"))
    #expect(said.contains("chosen/stdout-path=/pl011@9000000"))
    #expect(said.contains("cpus=\(cpus)"))
    #expect(said.contains("memory@40000000 reg=00000000400000000000000014000000"))
    // Nothing of QEMU's own tree: it has flash, PCI and virtio slots.
    #expect(
      said.filter { $0.hasPrefix("node=") }.map { $0.dropFirst(5) } == [
        "apb-pclk", "chosen", "cpus", "intc@8000000", "memory@40000000", "pl011@9000000", "psci", "timer",
      ])
    #expect(said.contains("interrupt=\(gic == "v2" ? "GIC-0" : "GICv3") 33 Level uart-pl011"))
  }

  /// QEMU's firmware, OpenSBI, reads the tree before Linux does and adds what it keeps for itself.
  @Test(arguments: [1, 4])
  func linuxRunsOnARISCVMachineWithTheTreeOfAGuest(_ cpus: Int) throws {
    let work = try Workspace()
    try work.copy(Real.riscvLinux, as: "Image")
    try work.copy(Real.riscvRamdisk, as: "initramfs.gz")
    try work.write(
      "guest.yaml",
      """
      grove: 1
      platform: qemu-virt-riscv64
      kernel: Image
      ramdisk: initramfs.gz
      bootargs: console=ttyS0 panic=-1 from-our-tree
      memory: 320 MiB
      cpus: \(cpus)

      """)
    let tree = try grove("guest", "tree", "guest.yaml", "-o", "guest.dtb", in: work.folder)
    #expect(tree.status == 0, "\(tree.error)")
    let said = try guest(
      [
        "qemu-system-riscv64", "-machine", "virt", "-smp", "\(cpus)", "-m", "320", "-kernel", work.path("Image"),
        "-initrd", work.path("initramfs.gz"), "-dtb", work.path("guest.dtb"),
      ])
    #expect(said.contains("cmdline=console=ttyS0 panic=-1 from-our-tree"))
    #expect(said.contains("chosen/stdout-path=/soc/serial@10000000"))
    #expect(said.contains("cpus=\(cpus)"))
    // Of what QEMU's CPU has more, our tree says nothing. What Linux adds follows from the rest.
    #expect(said.contains("isa:rv64imafdc_zicsr_zifencei_zca_zcd"))
    #expect(said.contains("memory=80000000-93ffffff System RAM"))
    // Nothing of QEMU's own tree: it has flash and a PMU.
    #expect(
      said.filter { $0.hasPrefix("node=") }.map { $0.dropFirst(5) } == [
        "chosen", "cpus", "memory@80000000", "poweroff", "reboot", "reserved-memory", "soc",
      ])
    #expect(said.contains("interrupt=SiFive PLIC 10 Edge ttyS0"))
  }

  /// A bundle's loads and two of its registers; the firmware has set the third, the number of the CPU that it chose.
  @Test func aLoaderBehindTheFirmwareStartsLinuxFromABundle() throws {
    let work = try Workspace()
    try work.copy(Real.riscvLinux, as: "Image")
    try work.copy(Real.riscvRamdisk, as: "initramfs.gz")
    // Where the kernel would lie otherwise, QEMU's firmware looks for what it starts.
    try work.write(
      "guest.yaml",
      """
      grove: 1
      platform: qemu-virt-riscv64
      kernel: {file: Image, address: 0x80400000}
      ramdisk: initramfs.gz
      bootargs: console=ttyS0 panic=-1 from-our-bundle
      memory: 320 MiB
      cpus: 2

      """)
    let bundle = try grove("guest", "bundle", "guest.yaml", "-o", "out", in: work.folder)
    #expect(bundle.status == 0, "\(bundle.error)")
    let json = try JSONSerialization.jsonObject(with: Data(work.read("out/bundle.json"))) as? [String: Any]
    let registers = try #require(json?["registers"] as? [String: String])

    // Four instructions read a1 and the address to go to from the two numbers behind them.
    var stub: [UInt8] = []
    for word in [0x0000_0297, 0x0102_b583, 0x0182_b303, 0x0003_0067] as [UInt32] {
      stub += (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
    for name in ["a1", "pc"] {
      let value = try #require(UInt64((registers[name] ?? "").dropFirst(2), radix: 16))
      stub += (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
    try work.write("stub", stub)
    var machine = ["qemu-system-riscv64", "-machine", "virt", "-smp", "2", "-m", "320", "-kernel", work.path("stub")]
    machine += try bundleLoaders(json, in: work.path("out"))
    let said = try guest(machine)
    #expect(said.contains("cmdline=console=ttyS0 panic=-1 from-our-bundle"))
    #expect(said.contains("cpus=2"))
    #expect(said.contains("interrupt=SiFive PLIC 10 Edge ttyS0"))
    // The firmware's memory is known to Linux although the firmware had no word in the tree.
    #expect(!said.contains("node=reserved-memory"))
    #expect(said.contains("memory=80000000-801fffff Reserved"))
  }

  /// Runs a machine until its guest powers it off, and returns what Tests/Guest/init said in it.
  ///
  /// On a busy machine, one start of QEMU's riscv64 in about a hundred ends between the firmware's last line and Linux's first, and the
  /// same files start when they are tried again. So a machine without any line of Linux gets a second try; a tree that is wrong fails twice.
  private func guest(_ machine: [String]) throws -> [String] {
    func start() throws -> Run {
      try run(
        "/usr/bin/env",
        machine + ["-nodefaults", "-nographic", "-serial", "stdio", "-no-reboot"], within: 120)
    }
    var qemu = try start()
    if machine.first == "qemu-system-riscv64", !qemu.output.contains("Linux version") { qemu = try start() }
    let lines = qemu.output.replacing("\r\n", with: "\n").split(separator: "\n").map(String.init)
    let said = lines.filter { $0.hasPrefix("GUEST") }
    #expect(said.last == "GUEST-DONE", "\(qemu.error)\n\(qemu.output.suffix(3000))")
    return said.map { $0.hasPrefix("GUEST ") ? String($0.dropFirst(6)) : $0 }
  }
}
