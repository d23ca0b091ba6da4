// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Foundation
import Testing
import XenSystem

@testable import BootTargets

@Suite struct BuiltFolderTests {
  private func built(_ system: XenSystem = Sample.twoGuests(), _ targets: [BootTarget] = BootTarget.allCases) throws
    -> Scratch
  {
    let scratch = try Scratch()
    try OutputFolder.write(try targets.map { try system.plan(for: $0) }, to: "\(scratch.path)/out")
    return scratch
  }

  @Test func itKnowsItsTargets() throws {
    let all = try built()
    #expect(try BuiltFolder(all.path + "/out").targets == [.qemu, .uboot, .uefi])
    let one = try built(Sample.twoGuests(), [.uefi])
    #expect(try BuiltFolder(one.path + "/out").targets == [.uefi])
  }

  @Test func itKnowsWhatQEMULoads() throws {
    let scratch = try built()
    let system = try BuiltFolder(scratch.path + "/out").system(for: .qemu)
    #expect(
      system.direct
        == DirectBoot(
          xen: "xen-4.20", tree: "boot.dtb",
          modules: [
            DirectBoot.Module(file: "Image", address: 0x4040_0000),
            DirectBoot.Module(file: "a.img", address: 0x4060_0000),
            DirectBoot.Module(file: "b.img", address: 0x4080_0000),
          ]))
    #expect(system.started.domains.map(\.name) == ["domA", "domB"])
  }

  /// What is read from the folder is what was planned.
  @Test func itStartsWhatTheRunScriptStarts() throws {
    let plan = try Sample.twoGuests(kernel: Sample.gzip(Sample.image())).plan(for: .qemu)
    let scratch = try Scratch()
    try OutputFolder.write([plan], to: "\(scratch.path)/out")
    let system = try BuiltFolder("\(scratch.path)/out").system(for: .qemu)
    let command = try QEMUCommand(host: system.tree, file: "boot.dtb")
    let script = try #require(plan.files.first { $0.path == "run.sh" })
    #expect(RunScript.arguments(of: script.bytes) == command.arguments + (system.direct?.arguments ?? []))
  }

  @Test(arguments: [BootTarget.uboot, .uefi])
  func firmwareLoadsTheRest(target: BootTarget) throws {
    let scratch = try built()
    let system = try BuiltFolder(scratch.path + "/out").system(for: target)
    #expect(system.direct == nil)
    #expect(system.started.modules.count == 4)
    #expect(system.size > 8192 + 4096)
  }

  // MARK: What is refused

  private func message(_ scratch: Scratch, _ target: BootTarget = .qemu, folder: String = "/out") -> String {
    failure { _ = try BuiltFolder(scratch.path + folder).system(for: target) }
      .replacingOccurrences(of: scratch.path, with: "")
  }

  @Test func aFolderOfOthersIsNone() throws {
    let scratch = try Scratch()
    try scratch.write("other/file", "mine")
    for folder in ["/other", "/other/file", "/nowhere"] {
      #expect(
        message(scratch, folder: folder) == """
          \(folder): error: \(folder) is no folder that grove build wrote: it has no manifest.json of ours [no-boot-folder]

          """)
    }
  }

  @Test func aTargetThatWasNotBuiltIsTold() throws {
    #expect(
      message(try built(Sample.twoGuests(), [.uboot, .uefi])) == """
        /out: error: /out holds nothing for the target qemu, only uboot, uefi [no-boot-folder]
          hint: build it again

        """)
  }

  @Test func aLostOrChangedFileIsTold() throws {
    let scratch = try built()
    try scratch.write("out/uboot/a.img", "other")
    #expect(
      message(scratch, .uboot) == """
        /out: error: uboot/a.img has 5 bytes, but 9 were built [no-boot-folder]
          hint: build it again

        """)
    try FileManager.default.removeItem(atPath: "\(scratch.path)/out/qemu/a.img")
    #expect(message(scratch, .qemu).hasPrefix("/out: error: qemu/a.img is missing [no-boot-folder]"))
    #expect(message(scratch, .uefi) == "nothing was thrown")
  }

  @Test func aBrokenTreeIsTold() throws {
    let scratch = try built()
    let path = "\(scratch.path)/out/qemu/boot.dtb"
    let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
    try Data(repeating: 0, count: size).write(to: URL(fileURLWithPath: path))
    #expect(message(scratch).hasPrefix("/out: error: /out/qemu/boot.dtb is no device tree: "))
  }
}
