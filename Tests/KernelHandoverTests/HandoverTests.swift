// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import KernelHandover
import Testing

/// What the next kernel finds.
struct HandoverTests {
  @Test func theCommandLineStaysUnlessAnotherIsGiven() throws {
    let sample = try Sample(chosen: "bootargs = \"quiet\"; stdout-path = \"/serial\";")
    var next = NextKernel()
    #expect(try sample.chosen(next)["bootargs"]?.string == "quiet")
    next.bootargs = "debug"
    let chosen = try sample.chosen(next)
    #expect(chosen["bootargs"]?.string == "debug")
    #expect(chosen["stdout-path"]?.string == "/serial")
    #expect(chosen["linux,booted-from-kexec"]?.bytes == [])
  }

  @Test func aTreeWithoutChosenGetsOne() throws {
    var tree = try Sample().tree
    tree.remove(try #require(tree.node(at: "/chosen")))
    let handover = try Handover(from: tree, to: NextKernel(), file: "fdt")
    #expect(handover.tree.node(at: "/chosen") != nil)
  }

  @Test func whatWasForTheRunningKernelAloneGoesAndIsSaid() throws {
    let sample = try Sample(
      chosen: """
        rng-seed = <1 2>; kaslr-seed = <0x1234 0x5678>; linux,initrd-start = <0x44000000>; linux,initrd-end = <0x44001000>;
        linux,elfcorehdr = <0 1 0 2>; linux,usable-memory-range = <0 1 0 2>; linux,ima-kexec-buffer = <0 1 0 2>;
        linux,tpm-kexec-buffer = <1>; linux,kho-fdt = <1>; linux,kho-scratch = <1>; linux,pci-probe-only = <1>;
        """)
    let chosen = try sample.chosen(NextKernel())
    #expect(Set(chosen.keys) == ["kaslr-seed", "linux,pci-probe-only", "linux,booted-from-kexec"])
    #expect(chosen["kaslr-seed"]?.bytes == Array(repeating: 0, count: 8))
    #expect(
      sample.said { _ in } == [
        "fdt:/chosen:rng-seed: note: rng-seed is left out: the running kernel has used it, and a seed serves once [kexec-chosen]",
        "fdt:/chosen:kaslr-seed: note: kaslr-seed is made zero: the running kernel has used it, and kexec-tools puts a new one in the place of zeros only [kexec-chosen]",
        "fdt:/chosen:linux,initrd-start: note: linux,initrd-start is left out: the memory of the running kernel's ramdisk has long been put to other use [kexec-chosen]",
        "fdt:/chosen:linux,initrd-end: note: linux,initrd-end is left out: the memory of the running kernel's ramdisk has long been put to other use [kexec-chosen]",
        "fdt:/chosen:linux,elfcorehdr: note: linux,elfcorehdr is left out: it made the running kernel one that looks at a crash [kexec-chosen]",
        "fdt:/chosen:linux,usable-memory-range: note: linux,usable-memory-range is left out: it made the running kernel one that looks at a crash [kexec-chosen]",
        "fdt:/chosen:linux,ima-kexec-buffer: note: linux,ima-kexec-buffer is left out: it is what the kernel before handed to the running one [kexec-chosen]",
        "fdt:/chosen:linux,tpm-kexec-buffer: note: linux,tpm-kexec-buffer is left out: it is what the kernel before handed to the running one [kexec-chosen]",
        "fdt:/chosen:linux,kho-fdt: note: linux,kho-fdt is left out: it is what the kernel before handed to the running one [kexec-chosen]",
        "fdt:/chosen:linux,kho-scratch: note: linux,kho-scratch is left out: it is what the kernel before handed to the running one [kexec-chosen]",
      ])
  }

  /// As a running kernel leaves it behind, and as kexec-tools wants it.
  @Test func aSeedThatIsWipedAlreadyIsNoNews() throws {
    let sample = try Sample(chosen: "kaslr-seed = <0 0>;")
    #expect(sample.said { _ in } == [])
    #expect(try sample.chosen(NextKernel())["kaslr-seed"]?.bytes == Array(repeating: 0, count: 8))
  }

  @Test func theRamdiskIsToldInTwoCellsEach() throws {
    let sample = try Sample(chosen: "linux,initrd-start = <0x44000000>; linux,initrd-end = <0x44001000>;")
    var next = NextKernel()
    next.ramdisk = 0x4800_0000..<0x4810_0001
    let chosen = try sample.chosen(next)
    #expect(chosen["linux,initrd-start"]?.cells == [0, 0x4800_0000])
    #expect(chosen["linux,initrd-end"]?.cells == [0, 0x4810_0001])
    #expect(sample.said { $0.ramdisk = next.ramdisk } == [])
  }

  @Test func aRamdiskMayLieAcrossBanksThatTouch() throws {
    #expect(try Sample().said { $0.ramdisk = 0x5ff0_0000..<0x6010_0000 } == [])
  }

  @Test func aCrashKernelIsToldItsMemoryInTheRootsCells() throws {
    let sample = try Sample(chosen: "linux,usable-memory-range = <0 1 0 2>;")
    var next = NextKernel()
    next.crash = NextKernel.Crash(
      memory: [0x5000_0000..<0x5800_0000, 0x4000_0000..<0x4010_0000], coreHeader: 0x57ff_0000..<0x57ff_1000)
    next.ramdisk = 0x5400_0000..<0x5500_0000
    let chosen = try sample.chosen(next)
    #expect(
      chosen["linux,usable-memory-range"]?.cells == [0, 0x5000_0000, 0, 0x0800_0000, 0, 0x4000_0000, 0, 0x10_0000])
    #expect(chosen["linux,elfcorehdr"]?.cells == [0, 0x57ff_0000, 0, 0x1000])
    #expect(sample.said { $0 = next } == [])
  }

  @Test func theCPUThatGoesOnIsInTheHeader() throws {
    var next = NextKernel()
    next.bootCPU = 0x100
    #expect(try Handover(from: Sample().tree, to: next, file: "fdt").tree.bootCPU == 0x100)
  }

  @Test func theRestOfTheTreeStaysAsItIs() throws {
    let before = try Sample(chosen: "bootargs = \"quiet\";", more: "soc { dev@1 { status = \"okay\"; }; };").tree
    var after = try Handover(from: before, to: NextKernel(), file: "fdt").tree
    after.removeProperty("linux,booted-from-kexec", from: try #require(after.node(at: "/chosen")))
    #expect(try after.blob() == before.blob())
  }

  /// `/proc/device-tree` says each node's name once more.
  @Test func propertiesThatOnlyRepeatTheNameGo() throws {
    let tree = try Sample(more: "soc { name = \"soc\"; dev@1 { name = \"dev\"; label = \"dev\"; }; };").tree
    let next = try Handover(from: tree, to: NextKernel(), file: "fdt").tree
    #expect(next[try #require(next.node(at: "/soc")), "name"] == nil)
    #expect(next[try #require(next.node(at: "/soc/dev@1"))].properties.map(\.name) == ["label"])
  }

  // MARK: Reservations

  private static let reservations = """
    /memreserve/ 0x7fe00000 0x1000;
    /memreserve/ 0x44000000 0x2000;
    /memreserve/ 0x48000000 0x1000;
    """

  @Test func reservationsComeAndGo() throws {
    let sample = try Sample(reservations: Self.reservations)
    var next = NextKernel()
    next.releases = [0x7fe0_0000..<0x7fe0_1000]
    next.reservations = [0x5000_0000..<0x5010_0000, 0x4800_0000..<0x4800_1000]
    let after = try Handover(from: sample.tree, to: next, file: "fdt").tree
    #expect(
      after.reservations.map { [$0.address, $0.size] } == [
        [0x4400_0000, 0x2000], [0x4800_0000, 0x1000], [0x5000_0000, 0x10_0000],
      ])
  }

  /// Loaders reserve the ramdisk to the byte or to the page.
  @Test(arguments: ["0x44002000", "0x44001234"])
  func theOldRamdisksReservationGoesWithIt(_ end: String) throws {
    let sample = try Sample(
      chosen: "linux,initrd-start = <0 0x44000000>; linux,initrd-end = <0 \(end)>;", reservations: Self.reservations)
    var next = NextKernel()
    next.ramdisk = 0x4400_0000..<0x4500_0000
    let handover = try Handover(from: sample.tree, to: next, file: "fdt")
    #expect(handover.tree.reservations.map(\.address) == [0x7fe0_0000, 0x4800_0000])
    #expect(
      handover.diagnostics.map(\.message) == [
        "the memory reservation of the running kernel's ramdisk at [0x44000000, \(end)), "
          + (end == "0x44002000" ? "8 KiB" : "4660 bytes") + " is left out"
      ])
  }

  @Test func aRamdiskAtTheLastAddressesIsNoTrap() throws {
    let sample = try Sample(
      chosen: "linux,initrd-start = <0 1>; linux,initrd-end = <0xffffffff 0xffffffff>;",
      reservations: "/memreserve/ 0xffffffffffffff00 0xffffffffffffff00;")
    #expect(try Handover(from: sample.tree, to: NextKernel(), file: "fdt").tree.reservations.count == 1)
  }

  // MARK: Firmware

  private static let uefi = """
    linux,uefi-system-table = <0 1>; linux,uefi-mmap-start = <0 2>; linux,uefi-mmap-size = <3>;
    linux,uefi-mmap-desc-size = <4>; linux,uefi-mmap-desc-ver = <1>;
    """

  @Test func theFirmwareIsStillThereAndStaysInTheTree() throws {
    let sample = try Sample(chosen: Self.uefi, memory: "")
    #expect(try sample.chosen(NextKernel()).count == 6)
    #expect(
      sample.said { $0.ramdisk = 0x1000..<0x2000 } == [
        "fdt:/chosen: note: RAM is in the firmware's memory map, which is not part of the tree: where the next kernel's memory lies was not checked [kexec-memory]"
      ])
  }

  @Test func theFirmwareCanBeForgotten() throws {
    let sample = try Sample(chosen: Self.uefi)
    var next = NextKernel()
    next.forgetsFirmware = true
    #expect(try sample.chosen(next).keys.sorted() == ["linux,booted-from-kexec"])
    #expect(
      sample.said { $0.forgetsFirmware = true } == [
        "fdt:/chosen: note: linux,uefi-system-table, linux,uefi-mmap-start, linux,uefi-mmap-size, linux,uefi-mmap-desc-size, "
          + "linux,uefi-mmap-desc-ver are left out: the next kernel finds neither the firmware's memory map nor its services and tables [kexec-chosen]"
      ])
  }
}
