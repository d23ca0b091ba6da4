// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Devices that are given away for real: a Linux guest finds the clock of QEMU's machine, with its interrupt, by one line of the description.
@Suite(.enabled(if: Real.isPrepared), .serialized) struct PassthroughTests {
  private func workspace(_ xen: String, _ passthrough: String) throws -> Workspace {
    let work = try Workspace.withImages(xen: xen)
    try work.write(
      "system.yaml",
      """
      grove: 1
      xen:
        image: xen
        bootargs: console=dtuart dtuart=/pl011@9000000 bootscrub=0
      host:
        device-tree: virt.dtb
      domains:
        - name: domA
          kernel: vmlinuz
          ramdisk: initramfs.gz
          bootargs: console=ttyAMA0 earlycon=pl011,0x22000000
          memory: 256 MiB
          passthrough: \(passthrough)

      """)
    return work
  }

  @Test(arguments: ["4.17", "4.20"])
  func aClockGivenByItsPathAloneWorksInALinuxGuest(_ xen: String) throws {
    let work = try workspace(xen, "[/pl031@9010000]")
    let built = try grove("build", "system.yaml", "-o", "out", "--target", "qemu", in: work.folder)
    #expect(built.status == 0, "\(built.error)")
    let boot = try grove(
      "boot", "out", "--target", "qemu", "--timeout", "180", "--expect", "domA=rtc-pl031 9010000.*registered as rtc0",
      "--expect", "domA=DOM0-DONE", in: work.folder)
    #expect(boot.status == 0, "\(boot.error)\n\(boot.output)")
    // The interrupt came along: without it the driver would not have bound.
    let fragment = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: work.path("out")).first { $0.hasSuffix("passthrough.dtb") })
    #expect(try grove("check", "out/" + fragment, in: work.folder).status == 0)
  }

  @Test func aFinishedTreeAndItsFilesPredictWhatTheDescriptionDoes() throws {
    let work = try workspace("4.20", "[/pl031@9010000]")
    #expect(try grove("build", "system.yaml", "-o", "out", "--target", "qemu", in: work.folder).status == 0)
    let expected = try grove("tree", "system.yaml", in: work.folder)
    #expect(expected.output.contains("rtc@9010000") || expected.output.contains("pl031@9010000"))
    let finished = try grove(
      "tree", "out/qemu/boot.dtb", "--xen", "4.20", "--module", "domA/kernel=vmlinuz", "--module",
      "domA/ramdisk=initramfs.gz", "--module", "domA/device-tree=out/qemu/domA-passthrough.dtb", in: work.folder)
    #expect(finished.output == expected.output)
    let alone = try grove("tree", "out/qemu/boot.dtb", "--xen", "4.20", in: work.folder)
    #expect(alone.status == 0)
    #expect(
      alone.error.hasPrefix(
        """
        out/qemu/boot.dtb: warning: domA finds the nodes of its partial device tree too, which are not shown: nobody said \
        what it holds [no-prediction]
          hint: give --module 0x
        """), "\(alone.error)")
    let unknown = try grove("tree", "out/qemu/boot.dtb", "--module", "domB/kernel=vmlinuz", in: work.folder)
    #expect(unknown.status == 1)
    #expect(
      unknown.error.hasPrefix(
        "out/qemu/boot.dtb: error: out/qemu/boot.dtb has no boot module domB/kernel [module-unknown]"))
  }

  @Test func aMasterWithoutIOMMUIsRefused() throws {
    let work = try workspace("4.20", "[/virtio_mmio@a000000]")
    let built = try grove("build", "system.yaml", "-o", "out", in: work.folder)
    #expect(built.status == 1)
    #expect(built.error.contains("[passthrough-dma]"))
    #expect(built.error.contains("domA is to have it"))
    #expect(!work.exists("out"))
  }

  /// A real board's tree, from the kernel's package, on the board that QEMU can be.
  @Test(arguments: ["4.17", "4.20"])
  func aLinuxGuestTalksOnASerialPortOfAZCU102(_ xen: String) throws {
    let work = try Workspace.withImages(xen: xen)
    let board = "zynqmp-zcu102-rev1.0.dtb"
    try work.copy(Real.boards + "/xilinx/" + board, as: board)
    for file in ["system.yaml", "qemu.dts"] { try work.copy(Real.example("zcu102/" + file), as: file) }
    let built = try grove("build", "system.yaml", "-o", "out", "--target", "qemu", in: work.folder)
    #expect(built.status == 0, "\(built.error)")

    // The guest's init never ends, and only QEMU knows of the second port.
    for name in ["first-port", "second-port"] { try work.write(name, "") }
    let qemu = Process()
    qemu.executableURL = URL(fileURLWithPath: work.path("out/qemu/run.sh"))
    qemu.arguments = ["-serial", "file:" + work.path("second-port")]
    qemu.standardInput = FileHandle.nullDevice
    qemu.standardOutput = FileHandle(forWritingAtPath: work.path("first-port"))
    qemu.standardError = FileHandle.nullDevice
    try qemu.run()
    // Not by `terminate`: QEMU inherits that this program's threads take no signals.
    defer {
      kill(qemu.processIdentifier, SIGKILL)
      qemu.waitUntilExit()
    }
    let end = Date(timeIntervalSinceNow: 180)
    // A program's text is more than the port's buffer holds: it comes through when the interrupt does.
    while try !work.text("second-port").contains("DOM0-DONE"), Date() < end, qemu.isRunning {
      Thread.sleep(forTimeInterval: 0.2)
    }
    let log = try work.text("first-port")
    #expect(try work.text("second-port").contains("DOM0-DONE"), "\(log.suffix(3000))")
    #expect(log.contains("ff010000.serial: ttyPS1 at MMIO 0xff010000 (irq = "), "\(log.suffix(3000))")
  }
}
