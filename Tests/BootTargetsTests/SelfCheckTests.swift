// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing
import XenFacts
import XenSystem

@testable import BootTargets

/// A plan with one file changed is noticed, whatever the change is.
@Suite struct SelfCheckTests {
  private func problems(
    _ target: BootTarget, of system: XenSystem = Sample.twoGuests(), _ change: (inout [PlannedFile]) throws -> Void
  ) throws -> [String] {
    let plan = try system.plan(for: target)
    var files = plan.files
    try change(&files)
    return problems(plan, files, system)
  }

  private func problems(_ plan: BootPlan, _ files: [PlannedFile], _ system: XenSystem) -> [String] {
    let changed = BootPlan(
      target: plan.target, tree: plan.tree, blob: plan.blob, files: files, placement: plan.placement,
      loads: plan.loads, warnings: [])
    do throws(Failure) {
      try SelfCheck.verify(changed, of: system)
      return []
    } catch {
      #expect(error.diagnostics.allSatisfy { $0.rule == "self-check" })
      let opening = "the \(plan.target.rawValue) files do not say what the description says: "
      return error.diagnostics.map { String($0.message.dropFirst(opening.count)) }
    }
  }

  private func replace(_ path: String, in files: inout [PlannedFile], _ bytes: ([UInt8]) -> [UInt8]) throws {
    let index = try #require(files.firstIndex { $0.path == path })
    files[index] = PlannedFile(path, bytes(files[index].bytes), address: files[index].address)
  }

  private func text(_ bytes: [UInt8], _ old: String, _ new: String) -> [UInt8] {
    Array(String(decoding: bytes, as: UTF8.self).replacing(old, with: new).utf8)
  }

  @Test(arguments: BootTarget.allCases)
  func whatWasBuiltPasses(target: BootTarget) throws {
    #expect(try problems(target) { _ in } == [])
  }

  @Test func anotherFileOfTheSameSizeIsNoticed() throws {
    #expect(
      try problems(.qemu) { try replace("a.img", in: &$0) { $0.reversed() } } == ["a.img is not domA's ramdisk"])
    #expect(
      try problems(.uefi) { try replace("EFI/BOOT/a.img", in: &$0) { $0.reversed() } } == [
        "a.img is not domA's ramdisk"
      ])
  }

  @Test func aGrownFileIsNoticed() throws {
    let found = try problems(.uboot) { try replace("b.img", in: &$0) { $0 + [0] } }
    #expect(
      found == [
        "the size of domB's ramdisk differs", "b.img is not domB's ramdisk", "boot.cmd loads something else as b.img",
      ])
  }

  @Test func aMovedFileIsNoticed() throws {
    let found = try problems(.uboot) { files in
      let index = try #require(files.firstIndex { $0.path == "a.img" })
      files[index] = PlannedFile("a.img", files[index].bytes, address: 0x4200_0000)
    }
    #expect(found == ["nothing is loaded to 0x41600000 for domA's ramdisk", "boot.cmd loads something else as a.img"])
  }

  @Test func anotherRunScriptIsNoticed() throws {
    #expect(
      try problems(.qemu) { try replace("run.sh", in: &$0) { text($0, "addr=0x40600000", "addr=0x40700000") } }
        == ["run.sh starts something else"])
    #expect(
      try problems(.qemu) { try replace("run.sh", in: &$0) { text($0, "exec", "eval") } }
        == ["run.sh is missing or cannot be read"])
  }

  @Test func aScriptThatIsNotItsImageIsNoticed() throws {
    #expect(
      try problems(.uboot) { try replace("boot.cmd", in: &$0) { $0 + [0x0A] } } == [
        "boot.scr is missing or cannot be read"
      ])
  }

  @Test func anotherConfigurationIsNoticed() throws {
    #expect(
      try problems(.uefi) { try replace("EFI/BOOT/BOOTAA64.cfg", in: &$0) { text($0, "dtb=", "dtb=other-") } }
        == ["BOOTAA64.cfg names another tree"])
    #expect(
      try problems(.uefi) { try replace("EFI/BOOT/BOOTAA64.EFI", in: &$0) { $0 + [0] } } == ["BOOTAA64.EFI is not Xen"])
  }

  @Test func filesThatFATCannotTellApartAreNoticed() throws {
    #expect(try problems(.uefi) { $0.append(PlannedFile("EFI/BOOT/A.IMG", [])) } == ["two files have one name"])
  }

  @Test func aBrokenTreeIsNoticed() throws {
    #expect(
      try problems(.qemu) { try replace("boot.dtb", in: &$0) { Array($0.prefix(40)) } }
        == ["boot.dtb is missing or cannot be read"])
  }

  /// Each change of the tree that Xen would act on, and what is found besides the difference from the live tree.
  @Test(arguments: [
    ("/chosen/domA", "memory", PropertyValue.u64(1), "memory of domA differs"),
    ("/chosen/domA", "cpus", .cell(3), "cpus of domA differs"),
    ("/chosen/domA", "compatible", .string("xen,domu"), "the domains are domB"),
    ("/chosen", "xen,xen-bootargs", .string("console=none"), "Xen's options differ"),
    ("/chosen/domA/module@40400000", "bootargs", .string("name=other"), "the bootargs of domA differ"),
    (
      "/chosen/domA/module@40600000", "compatible", .strings(["multiboot,kernel", "multiboot,module"]),
      "the modules of domA are kernel, kernel"
    ),
    ("/chosen/domA/module@40600000", "reg", .cells([0, 0x4060_0000, 0, 8]), "the size of domA's ramdisk differs"),
    ("/chosen/domA/module@40600000", "reg", .cells([0, 0x4080_0000, 0, 9]), "the size of domA's ramdisk differs"),
  ])
  func aChangedTreeIsNoticed(path: String, property: String, value: PropertyValue, problem: String) throws {
    let found = try problems(.qemu) { files in
      try replace("boot.dtb", in: &files) { bytes in
        var tree = (try? DeviceTree(blob: bytes)) ?? DeviceTree()
        if let node = tree.node(at: path) { tree.set(property, value, on: node) }
        return (try? tree.blob()) ?? []
      }
    }
    #expect(found.contains("the properties of \(path) differ"))
    #expect(found.contains(problem), "\(found)")
  }

  @Test func aMissingNodeIsNoticed() throws {
    let found = try problems(.qemu) { files in
      try replace("boot.dtb", in: &files) { bytes in
        var tree = (try? DeviceTree(blob: bytes)) ?? DeviceTree()
        if let node = tree.node(at: "/chosen/domB") { tree.remove(node) }
        return (try? tree.blob()) ?? []
      }
    }
    #expect(found.contains("the domains are domA"))
    #expect(found.contains("nodes are missing at the end"))
  }
}
