// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import GuestTree
import Testing
import XenFacts

@Suite struct PlanTests {
  static let host = HostFacts(gic: .v3, cpuCompatible: Array("arm,cortex-a57\0".utf8))
  static let payload = GuestLayout.Kernel.image(textOffset: 0, size: 7424)

  static func plan(
    _ kernel: GuestLayout.Kernel = payload, host: HostFacts = host,
    platform: GuestPlatform = .xenArm(XenVersion(4, 20)),
    _ change: (inout Guest) -> Void = { _ in }
  ) throws(GuestPlan.Failure) -> GuestPlan {
    var guest = Guest(cpuCount: 1, memory: 64 << 20)
    change(&guest)
    return try GuestPlan(guest, kernel: kernel, host: host, platform: platform)
  }

  static func refusals(
    _ kernel: GuestLayout.Kernel = payload, host: HostFacts = host,
    platform: GuestPlatform = .xenArm(XenVersion(4, 20)),
    _ change: (inout Guest) -> Void = { _ in }
  ) -> [PlanRefusal] {
    do throws(GuestPlan.Failure) {
      _ = try plan(kernel, host: host, platform: platform, change)
    } catch {
      if case .refused(let refusals) = error { return refusals }
    }
    return []
  }

  // MARK: What Xen takes without a word

  @Test func ramOverTheInterruptControllerIsRefused() {
    // Xen populates it and starts the guest.
    let refusals = Self.refusals { $0.ramBanks = [0x200_0000..<0x600_0000] }
    #expect(
      refusals.first?.description
        == "RAM at 0x2000000 to 0x6000000 (0x4000000 bytes) lies over the interrupt controller at 0x3001000 to 0x3011000 (0x10000 bytes); the hypervisor takes that without a word"
    )
  }

  @Test func anEntryOutsideOfRAMIsRefused() {
    let program = GuestLayout.Program(
      segments: [.init(file: 0..<64, memory: 0x4000_0000..<0x4000_0040)], entry: 0x1000)
    #expect(
      Self.refusals(.program(program)) == [.entryOutsideKernel(0x1000, 0x4000_0000..<0x4000_0040)])
    // A zImage that names an address is loaded elsewhere by the toolstack, and started there all the same.
    #expect(
      Self.refusals(.anywhere(size: 0x70, entry: 0x8000)) {
        $0.width = .arm32
      } == [.entryOutsideKernel(0x8000, 0x4000_8000..<0x4000_8070)])
  }

  @Test func aTreeAtNoAddressIsRefused() {
    #expect(Self.refusals { $0.pins.tree = 0 } == [.outsideRAM(.tree, 0..<0x1000)])
  }

  @Test func aTreeThatIsNotAlignedIsRefused() {
    #expect(
      Self.refusals { $0.pins.tree = 0x4200_0004 } == [
        .misaligned(.tree, address: 0x4200_0004, unit: 8, offset: 0)
      ])
  }

  @Test func aKernelThatIsNotAlignedIsRefused() {
    #expect(
      Self.refusals { $0.pins.kernel = 0x4010_0000 } == [
        .misaligned(.kernel, address: 0x4010_0000, unit: 2 << 20, offset: 0)
      ])
  }

  @Test func aRamdiskInTheRoomOfARunningKernelIsRefused() {
    // The file ends before the ramdisk; the kernel clears memory behind its end.
    let kernel = GuestLayout.Kernel.image(textOffset: 0, size: 1 << 20, memory: 65 << 20)
    let refusals = Self.refusals(kernel) {
      $0.memory = 80 << 20
      $0.ramdiskSize = 20 << 20
    }
    #expect(
      refusals == [
        .overlap(.kernel, 0x4000_0000..<0x4410_0000, .ramdisk, 0x43bf_f000..<0x44ff_f000)
      ])
  }

  @Test func aPhandleThatDangledInThePartialTreeIsRefused() {
    let refusals = Self.refusals { $0.fragment = ToolstackGoldenTests.bytes("pt-rtc.dtb", in: GoldenTests.folder) }
    #expect(refusals == [.danglingController(1, expected: 65000)])
    #expect(
      refusals.first?.description
        == "the partial tree calls the interrupt controller by phandle 0x1, and this platform's is always 0xfde8; the device would be there without its interrupt"
    )
    #expect(Self.refusals { $0.fragment = ToolstackGoldenTests.bytes("pt-rtc-fde8.dtb") }.isEmpty)
    // Xen itself follows the partial tree.
    #expect(
      Self.refusals(platform: .dom0less(XenVersion(4, 20))) {
        $0.fragment = ToolstackGoldenTests.bytes("pt-rtc.dtb", in: GoldenTests.folder)
      }.isEmpty)
  }

  // MARK: What Xen refuses with a number

  @Test func limitsAreKnownBeforeXenSaysEINVAL() {
    let gicV2 = HostFacts(gic: .v2, cpuCompatible: [])
    #expect(Self.refusals { $0.cpuCount = 0 } == [.noCPUs])
    #expect(Self.refusals { $0.cpuCount = 999 } == [.tooManyCPUs(999, limit: 128)])
    #expect(Self.refusals(host: gicV2) { $0.cpuCount = 20 } == [.tooManyCPUs(20, limit: 8)])
    #expect(Self.refusals { $0.gic = .v2 } == [.otherController(.v2)])
    #expect(Self.refusals { $0.sharedInterruptCount = 9999 } == [.tooManyInterrupts(9999, limit: 960)])
    #expect(
      Self.refusals {
        $0.hasVPL011 = true
        $0.sharedInterruptCount = 0
      } == [.tooFewInterrupts(0, needed: 1)])
    #expect(
      Self.refusals {
        $0.hasVPL011 = true
        $0.interrupts = [32, 31, 40, 40]
      } == [.interruptTaken(32), .interruptNotShared(31), .interruptTaken(40)])
    #expect(
      Self.refusals { $0.devices = Array(repeating: .init(.disk), count: 12) } == [.tooManyDevices(12, limit: 11)])
    #expect(
      Self.refusals { $0.ramBanks = [0x4000_0000..<0x4400_0800] }.first
        == .notInPages(.ram, 0x4000_0000..<0x4400_0800))
    #expect(
      Self.refusals { $0.ramBanks = [0x4000_0000..<0x4400_0000, 0xff_ff00_0000..<0x100_0100_0000] } == [
        .beyondAddresses(.ram, 0xff_ff00_0000..<0x100_0100_0000, bits: 40)
      ])
  }

  @Test func aNumberOfCPUsThatNobodyHasMakesNoTree() {
    #expect(Self.refusals { $0.cpuCount = .max } == [.tooManyCPUs(.max, limit: 128)])
    #expect(throws: GuestTree.Failure.tooManyCPUs(4097)) {
      try GuestTree(
        Guest(cpuCount: 4097, memory: 64 << 20), kernel: Self.payload, host: Self.host,
        platform: .dom0less(XenVersion(4, 20)))
    }
  }

  // MARK: What a loader needs

  @Test func aPlanTellsALoaderEverything() throws {
    let plan = try Self.plan(.image(textOffset: 0, size: 27_236_288, memory: 28_770_304)) {
      $0.memory = 256 << 20
      $0.cpuCount = 4
      $0.startingCPUs = 2
      $0.ramdiskSize = 1_032_432
      $0.hasVPL011 = true
      $0.devices = [.init(.disk)]
    }
    let size = UInt64(plan.tree.blob.count)
    let loads: [GuestPlan.Load] = [
      .init(input: .kernel, source: 0..<27_236_288, memory: 0x4000_0000..<0x419f_97c0),
      .init(input: .ramdisk, source: 0..<1_032_432, memory: 0x4800_0000..<0x480f_d000),
      .init(input: .tree, source: 0..<size, memory: 0x480f_d000..<(0x480f_d000 + size)),
    ]
    #expect(plan.loads == loads)
    #expect(
      plan.entry.registers.map { "\($0.name)=\(String($0.value, radix: 16))" } == [
        "pc=40000000", "x0=480fd000", "x1=0", "x2=0", "x3=0", "cpsr=1c5", "sctlr=c50078",
      ])
    #expect(plan.domain.cpuLimit == 4 && plan.domain.startingCPUs == 2 && plan.domain.sharedInterrupts == 2)
    #expect(plan.layout.address(of: .vuart) == 0x3900_3000)
    #expect(plan.lateSlots.filter { !$0.isKnown }.map(\.name) == [.randomSeed])
  }

  @Test func aSmallPlanReadsLikeThis() throws {
    let plan = try Self.plan { $0.bootargs = Array("quiet".utf8) }
    let offset = try #require(plan.lateSlots.first { $0.name == .randomSeed }?.offset)
    #expect(
      plan.text == """
        xen-arm64, 1 CPU, 64 MiB, GICv3, 64-bit, 0 shared interrupts

        map
           0x3001000 to  0x3011000  the interrupt controller
           0x3020000 to  0x4020000  the interrupt controller
          0x38000000 to 0x39000000  the grant table
          0x39000000 to 0x3a000000  the magic pages
          0x40000000 to 0x44000000  RAM
          0x40000000 to 0x40001d00    kernel
          0x43fff000 to 0x43fff527    tree

        from the host
          interrupt-controller = v3, given
          timer-frequency is not told
          address-bits = 40, assumed

        pages
          0x39000000  console
          0x39001000  store
          0x39002000  memory-access
          0x39003000  vuart

        loads
          0x40000000  kernel, 7424 bytes from 0
          0x43fff000  tree, 1319 bytes from 0

        registers of the first CPU
          pc = 0x40000000
          x0 = 0x43fff000
          x1 = 0x0
          x2 = 0x0
          x3 = 0x0
          cpsr = 0x1c5
          sctlr = 0xc50078

        still to be written into the tree
          random-seed, 128 bytes at \(offset)

        """)
  }

  @Test func ramMayBeAnywhereElse() throws {
    for banks in [
      [0x8000_0000..<0x8400_0000], [0..<0x200_0000], [0x6000_0000..<0x6400_0000, 0x3_0000_0000..<0x3_0400_0000],
    ]
      as [[Range<UInt64>]]
    {
      let plan = try Self.plan { $0.ramBanks = banks }
      #expect(plan.layout.ram == banks)
      #expect(plan.layout.kernel.lowerBound == banks[0].lowerBound)
      let names = try listing(plan.tree.blob).filter { $0.hasPrefix("/memory@") && $0.hasSuffix("/") }
      #expect(names == banks.map { "/memory@\(String($0.lowerBound, radix: 16))/" })
    }
  }

  @Test func foreignMappingsHaveRoomWhereRAMIsNot() throws {
    let plan = try Self.plan {
      $0.ramBanks = [0x8000_0000..<0x8400_0000]
      $0.mappings = [.init(0x7000_0000..<0x7000_1000, machine: 0x0901_0000)]
    }
    // The grant table, below RAM up to the registers, between these and RAM, behind RAM, the upper bank.
    #expect(
      try listing(plan.tree.blob).first { $0.hasPrefix("/hypervisor: reg") } == "/hypervisor: reg = "
        + "00000000380000000000000001000000" + "00000000400000000000000030000000"
        + "0000000070200000000000000fe00000" + "0000000084000000000000007c000000"
        + "0000000200000000000000fe00000000")
  }

  @Test func banksAtTheEndOfAllAddressesAreRefused() {
    let refusals = Self.refusals { $0.ramBanks = [0xffff_ffff_fe00_0000..<0xffff_ffff_ffff_f000] }
    #expect(refusals.first == .beyondAddresses(.ram, 0xffff_ffff_fe00_0000..<0xffff_ffff_ffff_f000, bits: 40))
  }

  @Test func whatAnOldToolstackPassesOverIsSaid() throws {
    let plan = try Self.plan(platform: .xenArm(XenVersion(4, 17))) {
      $0.devices = [.init(.virtio(0x22)), .init(.disk, grants: true)]
      $0.sharedInterruptCount = 64
    }
    #expect(plan.notes == [.passesOverDevices(1), .passesOverGrants, .passesOverInterruptCount(64)])
    #expect(plan.domain.sharedInterrupts == 2)
  }

  // MARK: ACPI

  @Test(arguments: ["4.17", "4.20"])
  func theACPITreeIsMendedAndTheFaultsAreSaid(_ version: String) throws {
    let golden = ToolstackGoldenTests.bytes("41-acpi-xen-\(version).dtb")
    // Readers refuse the toolstack's tree; read with tolerance, it is ours but for what is said.
    #expect(throws: (any Error).self) { try listing(golden) }
    let seed = try ToolstackGoldenTests.seed(in: golden)
    let plan = try Self.plan(platform: .xenArm(try #require(XenVersion(version)))) {
      $0.acpiTables = 0x2000_0000..<0x2000_1430
      $0.lateValues = [seed]
    }
    #expect(plan.notes == [.seedBeforeACPINode, .cellsForACPINode])
    let ours = try listing(plan.tree.blob)
    let theirs = try listing(golden, tolerating: .propertiesAfterSubnodes)
    #expect(Set(theirs).subtracting(ours).isEmpty)
    #expect(
      Set(ours).subtracting(theirs) == [
        "/chosen: #address-cells = 00000002", "/chosen: #size-cells = 00000002",
      ])
  }
}
