// SPDX-License-Identifier: Apache-2.0
import BootImages
import GuestTree
import Testing
import XenFacts

/// The mistakes that were made on purpose on a real Xen, where most of them started a guest that stayed silent: each is refused
/// before anything is made, with these words.
@Suite struct WrongLayoutTests {
  /// What is said of a guest of 64 MiB with one CPU and one mistake.
  private static func said(
    _ kernel: GuestLayout.Kernel = PlanTests.payload, host: HostFacts = PlanTests.host,
    _ mistake: (inout Guest) -> Void = { _ in }
  ) -> [String] {
    PlanTests.refusals(kernel, host: host, mistake).map(\.description)
  }

  // MARK: Xen took it without a word, and the guest stayed silent

  @Test func ramOverAGICv3() {
    #expect(
      Self.said { $0.ramBanks = [0x200_0000..<0x600_0000] } == [
        "RAM at 0x2000000 to 0x6000000 (0x4000000 bytes) lies over the interrupt controller at 0x3001000 to 0x3011000 (0x10000 bytes); the hypervisor takes that without a word",
        "RAM at 0x2000000 to 0x6000000 (0x4000000 bytes) lies over the interrupt controller at 0x3020000 to 0x4020000 (0x1000000 bytes); the hypervisor takes that without a word",
      ])
  }

  @Test func ramOverAGICv2() {
    #expect(
      Self.said(host: HostFacts(gic: .v2, cpuCompatible: [])) { $0.ramBanks = [0x200_0000..<0x300_2000] } == [
        "RAM at 0x2000000 to 0x3002000 (0x1002000 bytes) lies over the interrupt controller at 0x3001000 to 0x3002000 (0x1000 bytes); the hypervisor takes that without a word"
      ])
  }

  @Test func ramOverTheConsole() {
    #expect(
      Self.said {
        $0.hasVPL011 = true
        $0.ramBanks = [0x2000_0000..<0x2400_0000]
      } == [
        "RAM at 0x20000000 to 0x24000000 (0x4000000 bytes) lies over the emulated console at 0x22000000 to 0x22001000 (0x1000 bytes); the hypervisor takes that without a word"
      ])
  }

  @Test func ramOverThePagesThatAreShared() {
    #expect(
      Self.said { $0.ramBanks = [0x3800_0000..<0x3c00_0000] } == [
        "RAM at 0x38000000 to 0x3c000000 (0x4000000 bytes) lies over the grant table at 0x38000000 to 0x39000000 (0x1000000 bytes); the hypervisor takes that without a word",
        "RAM at 0x38000000 to 0x3c000000 (0x4000000 bytes) lies over the magic pages at 0x39000000 to 0x3a000000 (0x1000000 bytes); the hypervisor takes that without a word",
      ])
  }

  @Test func ramInTwoBanksThatLieOverEachOther() {
    #expect(
      Self.said { $0.ramBanks = [0x4000_0000..<0x4400_0000, 0x4300_0000..<0x4700_0000] } == [
        "RAM at 0x40000000 to 0x44000000 (0x4000000 bytes) lies over RAM at 0x43000000 to 0x47000000 (0x4000000 bytes); the hypervisor takes that without a word"
      ])
  }

  @Test func registersOfTheMachineOverRAM() {
    #expect(
      Self.said { $0.mappings = [.init(0x4100_0000..<0x4100_1000, machine: 0x901_0000)] } == [
        "RAM at 0x40000000 to 0x44000000 (0x4000000 bytes) lies over registers of the machine at 0x41000000 to 0x41001000 (0x1000 bytes); the hypervisor takes that without a word"
      ])
  }

  @Test func anEntryOutsideOfRAM() {
    let program = GuestLayout.Program(
      segments: [.init(file: 0..<64, memory: 0x4000_0000..<0x4000_0040)], entry: 0x1000)
    #expect(
      Self.said(.program(program)) == [
        "the first CPU would start at 0x1000, outside of the kernel at 0x40000000 to 0x40000040 (0x40 bytes); the guest would stay silent"
      ])
  }

  @Test func aKernelOutsideOfRAM() {
    #expect(
      Self.said { $0.pins.kernel = 0x8000_0000 } == [
        "the kernel at 0x80000000 to 0x80001d00 (0x1d00 bytes) is not in one bank of RAM; the guest would start and stay silent",
        "the tree at 0x7ffff000 to 0x80000000 (0x1000 bytes) is not in one bank of RAM; the guest would start and stay silent",
      ])
  }

  @Test func noTreeAddress() {
    #expect(
      Self.said { $0.pins.tree = 0 } == [
        "the tree at 0x0 to 0x1000 (0x1000 bytes) is not in one bank of RAM; the guest would start and stay silent"
      ])
  }

  @Test func aTreeOutsideOfRAM() {
    #expect(
      Self.said { $0.pins.tree = 0x4400_0000 } == [
        "the tree at 0x44000000 to 0x44001000 (0x1000 bytes) is not in one bank of RAM; the guest would start and stay silent"
      ])
  }

  @Test func aTreeThatEndsBehindRAM() {
    #expect(
      Self.said { $0.pins.tree = 0x43ff_f800 } == [
        "the tree at 0x43fff800 to 0x44000800 (0x1000 bytes) is not in one bank of RAM; the guest would start and stay silent"
      ])
  }

  @Test func aTreeThatIsNotAligned() {
    #expect(Self.said { $0.pins.tree = 0x4200_0004 } == ["the tree is at 0x42000004, which is no multiple of 0x8"])
  }

  @Test func aTreeOverTheKernel() {
    #expect(
      Self.said { $0.pins.tree = 0x4000_1000 } == [
        "the kernel at 0x40000000 to 0x40001d00 (0x1d00 bytes) lies over the tree at 0x40001000 to 0x40002000 (0x1000 bytes); the hypervisor takes that without a word"
      ])
  }

  @Test func aTreeThatIsTooLarge() {
    // libxl's room for it is 1 MiB.
    #expect(
      Self.said { $0.bootargs = Array(repeating: 0x61, count: 1 << 20) } == [
        "the tree has 1049891 bytes, and more than 1048576 are not taken"
      ])
  }

  @Test func aRamdiskOutsideOfRAM() {
    #expect(
      Self.said {
        $0.ramdiskSize = 0x2000
        $0.pins.ramdisk = 0x3fff_f000
      } == [
        "the ramdisk at 0x3ffff000 to 0x40001000 (0x2000 bytes) is not in one bank of RAM; the guest would start and stay silent",
        "the ramdisk at 0x3ffff000 to 0x40001000 (0x2000 bytes) lies over the kernel at 0x40000000 to 0x40001d00 (0x1d00 bytes); the hypervisor takes that without a word",
      ])
  }

  @Test func aKernelThatIsNotAligned() {
    #expect(
      Self.said { $0.pins.kernel = 0x4010_0000 } == [
        "the kernel is at 0x40100000, which is no multiple of 0x200000"
      ])
    #expect(
      Self.said(.image(textOffset: 0x8_0000, size: 7424)) { $0.pins.kernel = 0x4020_0000 } == [
        "the kernel is at 0x40200000, which is not 0x80000 above a multiple of 0x200000"
      ])
  }

  // MARK: Xen said EINVAL, ENODEV or ENOMEM

  @Test func noCPUs() {
    #expect(Self.said { $0.cpuCount = 0 } == ["the guest has no CPU"])
    #expect(Self.said { $0.startingCPUs = 0 } == ["the guest has no CPU"])
    #expect(Self.said { $0.startingCPUs = 2 } == ["the guest starts with 2 CPUs and may have 1"])
  }

  @Test func tooManyCPUs() {
    #expect(Self.said { $0.cpuCount = 999 } == ["the guest has 999 CPUs, and its interrupt controller serves 128"])
  }

  @Test func twentyCPUsOnAGICv2() {
    #expect(
      Self.said(host: HostFacts(gic: .v2, cpuCompatible: [])) { $0.cpuCount = 20 } == [
        "the guest has 20 CPUs, and its interrupt controller serves 8"
      ])
  }

  @Test func tooManySharedInterrupts() {
    #expect(
      Self.said { $0.sharedInterruptCount = 9999 } == [
        "the guest asks for 9999 shared interrupts, and 960 are the most"
      ])
  }

  @Test func aConsoleWithoutAnInterrupt() {
    #expect(
      Self.said {
        $0.hasVPL011 = true
        $0.sharedInterruptCount = 0
      } == ["the guest asks for 0 shared interrupts, and its devices need 1"])
  }

  @Test func anotherInterruptControllerThanTheHosts() {
    #expect(
      Self.said { $0.gic = .v2 } == ["the guest asks for a GICv2, and the host gives its own kind only"])
    #expect(
      Self.said(host: HostFacts(gic: .v2, cpuCompatible: [])) { $0.gic = .v3 } == [
        "the guest asks for a GICv3, and the host gives its own kind only"
      ])
  }

  @Test func moreAddressesThanTheHostGives() {
    #expect(
      Self.said { $0.ramBanks = [0x4000_0000..<0x4400_0000, 0xff_ff00_0000..<0x100_0100_0000] } == [
        "RAM at 0xffff000000 to 0x10001000000 (0x2000000 bytes) goes beyond the 40 bits of address that a guest has on this host"
      ])
  }

  @Test func ramThatBeginsInsideAPage() {
    #expect(
      Self.said { $0.ramBanks = [0x4000_0000..<0x4400_0800] } == [
        "RAM at 0x40000000 to 0x44000800 (0x4000800 bytes) begins or ends inside a page of 4 KiB"
      ])
  }

  @Test func moreMemoryThanTheMapHas() {
    #expect(throws: GuestPlan.Failure.tree(.layout(.memoryOverBanks))) {
      try PlanTests.plan { $0.memory = 0x100_0000_0000 }
    }
  }

  @Test func noMemory() {
    #expect(throws: GuestPlan.Failure.tree(.layout(.noMemory))) { try PlanTests.plan { $0.memory = 0 } }
  }

  @Test func aKernelThatIsLargerThanRAM() {
    #expect(throws: GuestPlan.Failure.tree(.layout(.kernelOutsideRAM))) {
      try PlanTests.plan(.image(textOffset: 0, size: 65 << 20))
    }
  }

  @Test func aKernelThatIsNoImage() {
    let failure = #expect(throws: KernelFile.Failure.self) {
      try KernelFile(Array(repeating: 0x5a, count: 4096), for: .xenArm(XenVersion(4, 20)))
    }
    guard case .unreadable(let fault)? = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(
      fault.description
        == "this is no kernel that Xen on Arm starts: neither an arm64 Image, an arm32 zImage, a uImage nor gzip of one of them (it starts with the bytes 5a 5a 5a 5a)"
    )
  }
}
