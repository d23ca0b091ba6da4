// SPDX-License-Identifier: Apache-2.0
import KernelHandover
import Testing

/// What is refused or warned of, and in which words.
struct RefusalTests {
  private static let ram = "  hint: the tree has RAM at [0x40000000, 0x80000000), 1 GiB"

  @Test func aRamdiskOutsideOfRAM() throws {
    #expect(
      try Sample().said { $0.ramdisk = 0x7ff0_0000..<0x8000_1000 }.prefix(2) == [
        "fdt:/chosen: error: the ramdisk at [0x7ff00000, 0x80001000), 1028 KiB is not in RAM, and the next kernel would do without it [kexec-ramdisk]",
        Self.ram,
      ])
  }

  @Test func aRamdiskOfNoBytes() throws {
    #expect(
      try Sample().said { $0.ramdisk = 0x4800_0000..<0x4800_0000 } == [
        "fdt:/chosen: error: the ramdisk at 0x48000000 has no bytes [kexec-ramdisk]"
      ])
  }

  @Test func aRamdiskOverTheFirmware() throws {
    #expect(
      try Sample().said { $0.ramdisk = 0x7fe0_0000..<0x7ff0_0001 } == [
        "fdt:/chosen: error: the ramdisk at [0x7fe00000, 0x7ff00001), 1048577 bytes lies over /reserved-memory/firmware@7ff00000 at [0x7ff00000, 0x80000000), 1 MiB [kexec-ramdisk]",
        "  hint: load the ramdisk elsewhere",
      ])
  }

  @Test func aRamdiskOverAReservation() throws {
    let sample = try Sample(reservations: "/memreserve/ 0x48000000 0x1000;")
    #expect(
      sample.said { $0.ramdisk = 0x4800_0000..<0x4810_0000 } == [
        "fdt:/chosen: error: the ramdisk at [0x48000000, 0x48100000), 1 MiB lies over /memreserve/ at [0x48000000, 0x48001000), 4 KiB [kexec-ramdisk]",
        "  hint: load the ramdisk elsewhere, or remove the reservation if it was for the old kernel",
      ])
    // The ramdisk's own reservation is none over it.
    #expect(sample.said { $0.ramdisk = 0x4800_0000..<0x4800_1000 } == [])
  }

  @Test func aReservationThatIsAskedForOverTheRamdisk() throws {
    #expect(
      try Sample().said {
        $0.ramdisk = 0x4800_0000..<0x4810_0000
        $0.reservations = [0x480f_f000..<0x4820_0000]
      } == [
        "fdt:/chosen: error: the ramdisk at [0x48000000, 0x48100000), 1 MiB lies over /memreserve/ at [0x480ff000, 0x48200000), 1028 KiB [kexec-ramdisk]",
        "  hint: reserve other memory, or load the ramdisk elsewhere",
      ])
  }

  @Test func aReservationOfNothing() throws {
    #expect(
      try Sample().said { $0.reservations = [0x1000..<0x1000] } == [
        "fdt: error: the reservation at 0x1000 has no bytes [kexec-reservation]"
      ])
  }

  @Test func aReservationToRemoveThatIsNotThere() throws {
    #expect(
      try Sample(reservations: "/memreserve/ 0x48000000 0x1000;").said { $0.releases = [0x4800_0000..<0x4800_2000] }
        == [
          "fdt: error: no memory reservation is [0x48000000, 0x48002000), 8 KiB [kexec-reservation]",
          "  hint: the tree has [0x48000000, 0x48001000), 4 KiB",
        ])
    #expect(
      try Sample().said { $0.releases = [0x1000..<0x2000] }.last == "  hint: the tree has none")
  }

  @Test func aMachineWithoutRAM() throws {
    #expect(
      try Sample(memory: "").said { _ in } == [
        "fdt: error: the tree tells of no RAM, and the next kernel would have none [kexec-memory]"
      ])
    #expect(
      try Sample(chosen: "linux,uefi-mmap-start = <0 2>;", memory: "").said { $0.forgetsFirmware = true } == [
        "fdt: error: the tree tells of no RAM, and the next kernel would have none [kexec-memory]",
        "  hint: leave it to the firmware's memory map",
      ])
  }

  @Test func aCPUThatIsNotThere() throws {
    #expect(
      try Sample().said { $0.bootCPU = 1 } == [
        "fdt:/cpus: error: no CPU that is enabled has the reg 0x1 [kexec-boot-cpu]"
      ])
  }

  @Test func aCommandLineThatEndsEarly() throws {
    #expect(
      try Sample().said { $0.bootargs = "a\0b" } == [
        "fdt:/chosen:bootargs: error: the command line has a zero byte in it, where it would end [kexec-chosen]"
      ])
  }

  // MARK: Crash kernels

  @Test func aCrashKernelsMemory() throws {
    let sample = try Sample()
    #expect(
      sample.said { $0.crash = NextKernel.Crash(memory: [0x5000_0000..<0x57ff_ffff]) } == [
        "fdt:/chosen: error: the crash kernel's memory at [0x50000000, 0x57ffffff), 134217727 bytes is no number of whole pages of 4 KiB [kexec-crash]",
        "  hint: the end is the first address behind it; /proc/iomem names the last one in it",
      ])
    #expect(
      sample.said { $0.crash = NextKernel.Crash(memory: [0x9000_0000..<0x9800_0000]) } == [
        "fdt:/chosen: error: the crash kernel's memory at [0x90000000, 0x98000000), 128 MiB is not in RAM [kexec-crash]",
        Self.ram,
      ])
    #expect(
      sample.said { $0.crash = NextKernel.Crash(memory: []) } == [
        "fdt:/chosen: error: the crash kernel has no memory [kexec-crash]"
      ])
    #expect(
      sample.said {
        $0.crash = NextKernel.Crash(memory: (0..<3).map { 0x5000_0000 + $0 * 0x2000..<0x5000_1000 + $0 * 0x2000 })
      } == ["fdt:/chosen: error: the crash kernel has 3 ranges of memory, and Linux takes 2 at most [kexec-crash]"])
  }

  @Test func aRamdiskThatTheCrashKernelMayNotUse() throws {
    #expect(
      try Sample().said {
        $0.crash = NextKernel.Crash(memory: [0x5000_0000..<0x5800_0000])
        $0.ramdisk = 0x57f0_0000..<0x5800_1000
      } == [
        "fdt:/chosen: error: the ramdisk at [0x57f00000, 0x58001000), 1028 KiB is outside of the memory that the crash kernel may use [kexec-ramdisk]",
        "  hint: load it into [0x50000000, 0x58000000), 128 MiB",
      ])
  }

  @Test func aCoreHeaderOverTheRamdiskOrOutsideOfRAM() throws {
    let sample = try Sample()
    func said(_ header: Range<UInt64>) -> [String] {
      sample.said {
        $0.crash = NextKernel.Crash(memory: [0x5000_0000..<0x5800_0000], coreHeader: header)
        $0.ramdisk = 0x5400_0000..<0x5500_0000
      }
    }
    #expect(
      said(0x54ff_f000..<0x5500_1000) == [
        "fdt:/chosen: error: the ELF core header at [0x54fff000, 0x55001000), 8 KiB lies over the ramdisk at [0x54000000, 0x55000000), 16 MiB [kexec-crash]"
      ])
    #expect(
      said(0..<0x1000) == [
        "fdt:/chosen: error: the ELF core header at [0x0, 0x1000), 4 KiB is not in RAM [kexec-crash]"
      ])
    #expect(
      said(0x5600_0000..<0x5600_0000) == [
        "fdt:/chosen: error: the ELF core header at 0x56000000 has no bytes [kexec-crash]"
      ])
  }

  @Test func memoryThatTheRootsCellsCannotSay() throws {
    let tree = """
      memory@80000000 { device_type = "memory"; reg = <0x80000000 0x80000000>; };
      """
    let sample = try Sample(memory: tree).withCells(address: 1, size: 1)
    #expect(
      sample.said { $0.crash = NextKernel.Crash(memory: [0x1_0000_0000..<0x1_1000_0000]) }.last
        == "fdt:/: error: the crash kernel's memory at [0x100000000, 0x110000000), 256 MiB does not fit into the root's #address-cells 1 and #size-cells 1 [kexec-crash]"
    )
    #expect(
      try Sample().withCells(address: 3, size: 2).said {
        $0.crash = NextKernel.Crash(memory: [0x5000_0000..<0x5800_0000])
      }.last
        == "fdt:/: error: the crash kernel's memory cannot be said: the root has #address-cells 3 and #size-cells 2 [kexec-crash]"
    )
  }

  // MARK: Warnings

  /// Seen on a real Linux: the interrupt controller's table is written over the next kernel's code.
  @Test func tablesOfMessageInterruptsThatNobodyKeeps() throws {
    let its = "intc { its@8080000 { compatible = \"arm,gic-v3-its\"; }; };"
    let warning = [
      "fdt:/intc/its@8080000: warning: a GICv3 goes on using the tables of message interrupts that the running kernel gave it, "
        + "and without UEFI the next one does not know which memory they are in [kexec-lpi-tables]",
      "  hint: start the running kernel with irqchip.gicv3_nolpi=1, or reserve the tables where its log says that they are",
    ]
    #expect(try Sample(more: its).said { _ in } == warning)
    #expect(try Sample(chosen: "bootargs = \"irqchip.gicv3_nolpi=1 quiet\";", more: its).said { _ in } == [])
    #expect(try Sample(chosen: "linux,uefi-mmap-start = <0 2>;", more: its).said { _ in } == [])
    #expect(
      try Sample(more: "intc { status = \"disabled\"; its { compatible = \"arm,gic-v3-its\"; }; };").said { _ in } == []
    )
  }

  @Test func cpusThatCannotBeGivenBack() throws {
    let sample = try Sample().withSpinTable()
    #expect(
      sample.said { _ in } == [
        "fdt:/cpus/cpu@100: warning: CPUs that wait in a spin table cannot be given back, and Linux refuses to leave more than one of them behind [kexec-spin-table]",
        "  hint: start the running kernel with maxcpus=1 or nosmp",
      ])
  }
}
