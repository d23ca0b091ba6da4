// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Testing

@testable import BootTargets
@testable import TrialBoot

@Suite struct EmulationTests {
  private func arguments(_ target: BootTarget) throws -> [String] {
    let sample = try BuiltSample(target)
    let system = try BuiltFolder(sample.folder).system(for: target)
    let command = try QEMUCommand(host: system.tree, file: "boot.dtb")
    let emulation = try Emulation(target, command, system.direct) { tool throws(Failure) in "/a,b/\(tool.package)" }
    #expect(Array(emulation.arguments.prefix(command.arguments.count)) == command.arguments)
    return Array(emulation.arguments.dropFirst(command.arguments.count))
  }

  @Test func qemuLoadsEverything() throws {
    #expect(
      try arguments(.qemu) == [
        "-kernel", "xen", "-dtb", "boot.dtb", "-device", "loader,file=Image,addr=0x40400000,force-raw=on",
      ])
  }

  @Test func ubootReadsTheFolderAsADisk() throws {
    #expect(
      try arguments(.uboot) == [
        "-bios", "/a,b/u-boot-qemu", "-drive", "if=none,id=grove,format=raw,readonly=on,file=fat:.", "-device",
        "virtio-blk-device,drive=grove",
      ])
  }

  @Test func uefiHasItsFlashToo() throws {
    #expect(
      try arguments(.uefi) == [
        "-drive", "if=pflash,format=raw,unit=0,readonly=on,file=/a,,b/qemu-efi-aarch64", "-drive",
        "if=pflash,format=raw,unit=1,snapshot=on,file=/a,,b/qemu-efi-aarch64", "-drive",
        "if=none,id=grove,format=raw,readonly=on,file=fat:.", "-device", "virtio-blk-device,drive=grove",
      ])
  }
}
