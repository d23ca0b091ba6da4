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

  @Test func aMasterWithoutIOMMUIsRefused() throws {
    let work = try workspace("4.20", "[/virtio_mmio@a000000]")
    let built = try grove("build", "system.yaml", "-o", "out", in: work.folder)
    #expect(built.status == 1)
    #expect(built.error.contains("[passthrough-dma]"))
    #expect(built.error.contains("domA is to have it"))
    #expect(!work.exists("out"))
  }
}
