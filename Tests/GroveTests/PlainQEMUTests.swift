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

  /// Runs a machine until its guest powers it off, and returns what Tests/Guest/init said in it.
  private func guest(_ machine: [String]) throws -> [String] {
    let qemu = try run(
      "/usr/bin/env", ["timeout", "300"] + machine + ["-nodefaults", "-nographic", "-serial", "stdio", "-no-reboot"])
    let lines = qemu.output.replacing("\r\n", with: "\n").split(separator: "\n").map(String.init)
    let said = lines.filter { $0.hasPrefix("GUEST") }
    #expect(said.last == "GUEST-DONE", "\(qemu.error)\n\(qemu.output.suffix(3000))")
    return said.map { $0.hasPrefix("GUEST ") ? String($0.dropFirst(6)) : $0 }
  }
}
