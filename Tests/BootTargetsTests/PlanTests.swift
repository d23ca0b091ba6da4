// SPDX-License-Identifier: Apache-2.0
import BootImages
import DeviceTree
import Diagnostics
import Machine
import Testing
import XenFacts
import XenSystem

@testable import BootTargets

@Suite struct PlanTests {
  private func files(_ plan: BootPlan) -> [String] {
    plan.files.map { $0.path + ($0.address.map { " " + hex($0) } ?? "") + ($0.isExecutable ? " x" : "") }
  }

  // MARK: Each target

  @Test func qemuLoadsAroundWhatItUsesItself() throws {
    let plan = try Sample.twoGuests().plan(for: .qemu)
    #expect(
      files(plan) == [
        "boot.dtb 0x48000000", "run.sh x", "xen-4.20 0x40200000", "Image 0x40400000", "a.img 0x40600000",
        "b.img 0x40800000",
      ])
    #expect(
      plan.placement?.spots.map { "\($0.name) \(describe($0.range))" } == [
        "QEMU's start-up stub [0x40000000, 0x40001000), 4 KiB",
        "Xen, images/xen-4.20 [0x40200000, 0x40344000), 1296 KiB",
        "the device tree [0x48000000, 0x48200000), 2 MiB",
      ])
  }

  /// Seen in QEMU 7.2 (`info roms`) with these sizes of RAM.
  @Test(
    arguments: [
      (128, 0x4400_0000), (192, 0x4600_0000), (256, 0x4800_0000), (300, 0x4800_0000), (512, 0x4800_0000),
      (4096, 0x4800_0000),
    ] as [(UInt64, UInt64)])
  func qemuPutsTheTreeInTheMiddleOfRAMOr128MiBUp(ram: UInt64, address: UInt64) throws {
    let plan = try Sample.twoGuests(host: Sample.host(ram: ram << 20)).plan(for: .qemu)
    #expect(plan.files[0].path == "boot.dtb")
    #expect(plan.files[0].address == address)
  }

  @Test func ubootLoadsXenAndTheTreeAsWell() throws {
    let plan = try Sample.twoGuests().plan(for: .uboot)
    #expect(
      files(plan) == [
        "boot.dtb 0x41200000", "boot.cmd", "boot.scr", "xen-4.20 0x41000000", "Image 0x41400000", "a.img 0x41600000",
        "b.img 0x41800000",
      ])
    #expect(
      plan.placement?.spots.map { "\($0.name) \(describe($0.range))" } == [
        "U-Boot's scratch memory [0x40000000, 0x41000000), 16 MiB", "U-Boot itself [0xbc000000, 0xc0000000), 64 MiB",
        "Xen, images/xen-4.20 [0x41000000, 0x41144000), 1296 KiB", "the device tree [0x41200000, 0x41400000), 2 MiB",
      ])
  }

  @Test func ubootMayHaveMovedBelow4GiBOrToTheEnd() throws {
    let plan = try Sample.twoGuests(host: Sample.host(ram: 4 << 30)).plan(for: .uboot)
    let kept = plan.placement?.spots.filter { $0.name == "U-Boot itself" }.map { describe($0.range) }
    #expect(kept == ["[0x13c000000, 0x140000000), 64 MiB", "[0xfc000000, 0x100000000), 64 MiB"])
  }

  @Test func uefiNamesFilesAndPlacesNothing() throws {
    let plan = try Sample.twoGuests().plan(for: .uefi)
    #expect(
      files(plan) == [
        "EFI/BOOT/BOOTAA64.EFI", "EFI/BOOT/BOOTAA64.cfg", "EFI/BOOT/boot.dtb", "EFI/BOOT/Image", "EFI/BOOT/a.img",
        "EFI/BOOT/b.img",
      ])
    #expect(plan.placement == nil)
    let tree = try DeviceTree(blob: plan.blob)
    let chosen = try #require(tree.node(at: "/chosen"))
    #expect(tree[chosen, "xen,uefi-cfg-load"] == .empty)
    #expect(tree[chosen, "xen,xen-bootargs"]?.string == "console=dtuart")
    let modules = StartedSystem(tree).modules.map(\.reference)
    #expect(modules == [.uefiBinary("Image"), .uefiBinary("a.img"), .uefiBinary("Image"), .uefiBinary("b.img")])
  }

  @Test(arguments: BootTarget.allCases)
  func theTreeSaysWhatTheSystemIs(target: BootTarget) throws {
    let plan = try Sample.twoGuests().plan(for: target)
    let tree = try DeviceTree(blob: plan.blob)
    let started = StartedSystem(tree)
    #expect(started.domains.map(\.name) == ["domA", "domB"])
    #expect(!started.hasDom0)
    for domain in started.domains {
      #expect(tree[domain.node, "memory"]?.cells == [0, 128 << 10])
      #expect(tree[domain.node, "cpus"]?.cell == 2)
      #expect(domain.modules.map(\.bootargs) == ["name=\(domain.name)", nil])
    }
  }

  @Test(arguments: BootTarget.allCases)
  func theSameSystemGivesTheSameBytes(target: BootTarget) throws {
    #expect(try Sample.twoGuests().plan(for: target).files == Sample.twoGuests().plan(for: target).files)
  }

  // MARK: Copies and names

  @Test(arguments: BootTarget.allCases)
  func aGzipKernelOfTwoGuestsIsThereTwice(target: BootTarget) throws {
    let system = Sample.twoGuests(kernel: Sample.gzip(Sample.image()))
    let paths = try system.plan(for: target).files.map { $0.path.split(separator: "/").last.map(String.init) ?? "" }
    #expect(paths.suffix(4) == ["Image", "a.img", "domB-kernel-Image", "b.img"])
  }

  @Test func dom0HasItsOwnCopyOfWhatAGuestUses() throws {
    let kernel = Sample.module(.kernel, "Image", Sample.image())
    var dom0 = Domain(name: Sourced("dom0"), isDom0: true)
    dom0.kernel = kernel
    dom0.bootargs = Sourced("console=hvc0")
    let plan = try Sample.system([dom0, Sample.guest("domA", kernel: kernel)]).plan(for: .uefi)
    let started = StartedSystem(plan.tree)
    #expect(started.hasDom0)
    #expect(started.modules.map(\.reference) == [.uefiBinary("Image"), .uefiBinary("domA-kernel-Image")])
    #expect(started.modules.map(\.bootargs) == ["console=hvc0", "name=domA"])
  }

  @Test func differentFilesOfOneNameAreKeptApart() throws {
    let system = Sample.system([
      Sample.guest("domA", kernel: Sample.module(.kernel, "a/Image", Sample.image())),
      Sample.guest("domB", kernel: Sample.module(.kernel, "b/IMAGE", Sample.image(fill: 1))),
    ])
    #expect(try system.plan(for: .uboot).files.map(\.path).suffix(2) == ["Image", "domB-kernel-IMAGE"])
  }

  @Test func thePolicyIsLoadedToo() throws {
    var system = Sample.twoGuests()
    system.hypervisor.policy = Sample.module(.xsmPolicy, "xenpolicy", Array("policy".utf8))
    for target in BootTarget.allCases {
      let plan = try system.plan(for: target)
      #expect(StartedSystem(plan.tree).chosenModules.map(\.kind) == [.xsmPolicy])
      #expect(plan.files.contains { $0.path.hasSuffix("xenpolicy") })
    }
  }

  @Test func thirtyModulesPlace() throws {
    let guests = (1...15).map { number in
      Sample.guest(
        "dom\(number)", kernel: Sample.module(.kernel, "k\(number)", Sample.image(size: 3 << 20, fill: UInt8(number))),
        ramdisk: Sample.module(.ramdisk, "r\(number)", [UInt8](repeating: UInt8(number), count: 5 << 20)))
    }
    for target in [BootTarget.qemu, .uboot] {
      let plan = try Sample.system(guests).plan(for: target)
      let ranges = try #require(plan.placement).ranges
      #expect(ranges.count == 30)
      #expect(AddressSet(ranges).size == 15 * (8 << 20))
    }
  }

  // MARK: Pinned addresses

  @Test func aPinnedAddressIsKeptAndXenGivesWay() throws {
    let kernel = Sample.module(.kernel, "Image", Sample.image(), at: 0x4100_0000)
    let plan = try Sample.system([Sample.guest("domA", kernel: kernel)]).plan(for: .uboot)
    #expect(
      files(plan) == [
        "boot.dtb 0x41400000", "boot.cmd", "boot.scr", "xen-4.20 0x41200000", "Image 0x41000000",
      ])
  }

  @Test func aPinnedAddressMayNotBeQEMUs() throws {
    let kernel = Sample.module(.kernel, "Image", Sample.image(), at: 0x4810_0000)
    let system = Sample.system([Sample.guest("domA", kernel: kernel)])
    #expect(
      failure { _ = try system.plan(for: .qemu) } == """
        virt.dtb: error: domA's kernel Image at [0x48100000, 0x48101000), 4 KiB overlaps the device tree at \
        [0x48000000, 0x48200000), 2 MiB [module-overlap]

        """)
  }

  @Test func staticMemoryMayNotLieWhereQEMUPutsTheTree() throws {
    var guest = Sample.guest("domA", kernel: Sample.module(.kernel, "Image", Sample.image()))
    guest.properties = [DeviceTree.Property("xen,static-mem", .cells([0, 0x4400_0000, 0, 0x800_0000]))]
    let system = Sample.system([guest])
    #expect(
      failure { _ = try system.plan(for: .qemu) } == """
        virt.dtb: error: static memory of domA at [0x44000000, 0x4c000000), 128 MiB overlaps the device tree at \
        [0x48000000, 0x48200000), 2 MiB, where QEMU puts it [module-overlap]
          hint: set other memory aside; U-Boot and UEFI leave this one free

        """)
    #expect(try system.plan(for: .uboot).files.count == 5)
  }

  @Test func firmwareDoesNotHonourAPinnedAddress() throws {
    let kernel = Sample.module(.kernel, "Image", Sample.image(), at: 0x5000_0000)
    let plan = try Sample.system([Sample.guest("domA", kernel: kernel)]).plan(for: .uefi)
    #expect(
      DiagnosticPrinter().text(plan.warnings) == """
        warning: domA's kernel Image is pinned to 0x50000000, but UEFI firmware chooses the address itself \
        [pinned-address-uefi]

        """)
  }

  // MARK: What cannot be built

  @Test func withoutXenNothingIsBuilt() {
    let system = Sample.system([], xen: nil)
    #expect(
      failure { _ = try system.plan(for: .qemu) } == """
        virt.dtb: error: no Xen image is named, and nothing boots without one [xen-image-missing]
          hint: name it in the description, or give --xen-image FILE

        """)
  }

  @Test func whatIsNoXenIsRefused() {
    var system = Sample.twoGuests()
    system.hypervisor.image = BootFile(name: "xen.txt", bytes: Array("not a Xen".utf8))
    system.hypervisor.facts = nil
    #expect(failure { _ = try system.plan(for: .qemu) }.hasPrefix("xen.txt: error: xen.txt is no Xen image: "))
  }

  @Test func uefiWantsAPE() {
    let system = Sample.system([], xen: Sample.xen(isPE: false))
    #expect(
      failure { _ = try system.plan(for: .uefi) } == """
        images/xen-4.20: error: images/xen-4.20 is no PE program, so UEFI firmware cannot start it [xen-image-not-pe]
          hint: take the xen.efi of the same build

        """)
  }

  @Test(arguments: BootTarget.allCases)
  func everyModuleWithoutAFileIsTold(target: BootTarget) {
    let kernel = Module(kind: .kernel, loadedAt: Sourced(0x5000_0000), size: 4096)
    let ramdisk = Module(kind: .ramdisk, loadedAt: Sourced(0x5800_0000), size: 4096)
    let system = Sample.system([Sample.guest("domA", kernel: kernel, ramdisk: ramdisk)])
    #expect(
      failure { _ = try system.plan(for: target) } == """
        virt.dtb: error: domA's kernel has no file, only the address 0x50000000 [module-without-file]
          hint: name the module's file in the description
        virt.dtb: error: domA's ramdisk has no file, only the address 0x58000000 [module-without-file]
          hint: name the module's file in the description

        """)
  }

  @Test func onlyTheTargetQemuNeedsQEMU() throws {
    let system = Sample.twoGuests(host: Sample.host(ramStart: 0, compatible: ["fsl,imx8mp"]))
    #expect(failure { _ = try system.plan(for: .qemu) }.contains("[host-not-qemu]"))
    #expect(try system.plan(for: .uboot).files[3].address == 0x100_0000)
    #expect(try system.plan(for: .uefi).files.count == 6)
  }

  @Test func aTreeThatXenWouldNotTakeIsRefused() throws {
    var host = Sample.host()
    host.set("large", PropertyValue(bytes: [UInt8](repeating: 0, count: 1_050_000)), on: host.root)
    let system = Sample.twoGuests(host: host)
    #expect(
      failure { _ = try system.plan(for: .qemu) }.hasSuffix(
        "bytes, and QEMU doubles it, while Xen takes no more than 2 MiB [tree-too-large]\n"))
    #expect(try system.plan(for: .uboot).blob.count > 1_050_000)
  }

  @Test func aHostWithoutMemoryIsToldSoUnlessFirmwareKnowsIt() throws {
    let system = Sample.twoGuests(host: Sample.host(ram: 0, compatible: ["acme,board"]))
    #expect(
      failure { _ = try system.plan(for: .uboot) } == """
        virt.dtb: error: the host tree names no memory, so nothing can be given an address [host-without-memory]
          hint: U-Boot fills /memory in on many boards: take the tree of the running board; the target uefi needs none

        """)
    #expect(try system.plan(for: .uefi).placement == nil)
  }

  @Test func tooLittleMemoryIsTold() {
    let system = Sample.twoGuests(host: Sample.host(ram: 64 << 20))
    #expect(
      failure { _ = try system.plan(for: .uboot) } == """
        virt.dtb: error: no room for Xen, images/xen-4.20, 1296 KiB: no RAM is free [no-room]

        """)
  }
}
