// SPDX-License-Identifier: Apache-2.0
internal import XenFacts

extension GuestPlatform {
  /// QEMU's machine `virt` with a riscv64 processor, started with `-dtb`.
  ///
  /// The tree tells of what is on the machine in any case: processors, RAM, the PLIC, timers, the serial port, the device that turns the
  /// machine off. The firmware (OpenSBI) reads it first and adds what it keeps for itself; for loaders that do not pass it through the
  /// firmware, that is reserved already.
  public static let qemuVirtRISCV64: GuestPlatform = {
    var platform = GuestPlatform(
      name: "qemu-virt-riscv64", map: riscvMap,
      root: NodeTemplate(
        "",
        [
          .cells("#address-cells", 2), .cells("#size-cells", 2), .strings("compatible", "riscv-virtio"),
          .strings("model", "riscv-virtio,qemu"),
        ],
        children: [
          .node(riscvChosen), .node(riscvCPUs),
          .node(
            NodeTemplate(
              NodeName("memory", at: .fact(.bank)), each: .ramBanks,
              [.strings("device_type", "memory"), .fact("reg", .bank)])),
          .node(
            NodeTemplate(
              "soc",
              [
                .cells("#address-cells", 2), .cells("#size-cells", 2), .strings("compatible", "simple-bus"),
                .flag("ranges"),
              ],
              children: [
                .node(riscvTimers), .node(riscvPLIC), .node(riscvSwitch), .node(riscvClock), .node(riscvSerial),
              ] + riscvSlots)),
          .node(riscvPowerOff), .node(riscvReboot),
        ]),
      placement: PlacementRules(.middle, unit: 4096, loaderRoom: 2 << 20), pages: .none, entry: .riscv64,
      hostFacts: [HostFactRule(.addressBits, at: nil, .preset)],
      announcements: .qemuRISCV)
    platform.architecture = .riscv64
    platform.controllerPhandle = riscvPLICPhandle
    platform.firstCPUControllerPhandle = 0x1000
    platform.isBoundToHostGIC = false
    platform.takesInterruptCount = false
    platform.deviceLimit = 0
    platform.cpuLimit = 512
    platform.cpuLimitGICv2 = 512
    platform.alwaysHasConsole = true
    platform.hasDeviceSlots = true
    platform.fixedRegisters = [timers, plic]
    platform.reservations = [.firmware(0x8000_0000..<0x8020_0000)]
    return platform
  }()

  // What lies where is the same in every version of QEMU's machine.
  private static let timers: Range<UInt64> = 0x0200_0000..<0x0201_0000
  private static let plic: Range<UInt64> = 0x0c00_0000..<0x0c60_0000

  private static let riscvMap: GuestMap = {
    var map = GuestMap.none
    // Far less than a kernel can map with three levels of page tables, and no machine's memory here.
    map.ramBanks = [0x8000_0000..<0x10_8000_0000]
    map.vpl011 = 0x1000_0000..<0x1000_1000
    map.virtioMMIO = 0x1000_1000..<0x1000_9000
    return map
  }()

  private static let riscvPLICPhandle: UInt32 = 1
  private static let riscvSwitchPhandle: UInt32 = 2

  private static let riscvChosen = NodeTemplate(
    "chosen",
    [
      .fact("bootargs", .bootargs, when: [.has(.bootargs)]), .strings("stdout-path", "/soc/serial@10000000"),
      .late("linux,initrd-start", .ramdiskStart, when: [.has(.ramdisk)]),
      .late("linux,initrd-end", .ramdiskEnd, when: [.has(.ramdisk)]),
    ])

  /// The extensions are those that Linux distributions ask for, which every CPU model of QEMU with 64 bits and an operating system has;
  /// some have more. Said in the older way as well, for firmware.
  private static let riscvCPUs = NodeTemplate(
    "cpus",
    [.cells("#address-cells", 1), .cells("#size-cells", 0), .cells("timebase-frequency", 10_000_000)],
    children: [
      .node(
        NodeTemplate(
          NodeName("cpu", at: .fact(.hartNumber)), each: .cpus,
          [
            .strings("device_type", "cpu"), .fact("reg", .hartNumber), .strings("status", "okay"),
            .strings("compatible", "riscv"), .strings("riscv,isa-base", "rv64i"),
            .strings("riscv,isa-extensions", "i", "m", "a", "f", "d", "c", "zicsr", "zifencei"),
            .strings("riscv,isa", "rv64imafdc_zicsr_zifencei"), .strings("mmu-type", "riscv,sv39"),
          ],
          children: [
            .node(
              NodeTemplate(
                "interrupt-controller",
                [
                  .strings("compatible", "riscv,cpu-intc"), .cells("#interrupt-cells", 1),
                  .flag("interrupt-controller"), .fact("phandle", .hartControllerPhandle),
                ]))
          ]))
    ])

  /// Software interrupts and timers of machine mode: numbers 3 and 7 of each CPU.
  private static let riscvTimers = NodeTemplate(
    NodeName("clint", at: .number(timers.lowerBound)),
    [
      .strings("compatible", "sifive,clint0", "riscv,clint0"), registers(timers),
      .fact("interrupts-extended", .hartInterrupts(3, 7)),
    ])

  /// External interrupts: 11 of each CPU in machine mode, 9 in supervisor mode. Which is which shows from their places.
  private static let riscvPLIC = NodeTemplate(
    NodeName("plic", at: .number(plic.lowerBound)),
    [
      .strings("compatible", "sifive,plic-1.0.0", "riscv,plic0"), .cells("#interrupt-cells", 1),
      .cells("#address-cells", 0), .flag("interrupt-controller"), registers(plic), .cells("riscv,ndev", 96),
      .fact("interrupts-extended", .hartInterrupts(11, 9)), .fact("phandle", .controllerPhandle),
    ])

  private static let riscvSwitch = NodeTemplate(
    NodeName("test", at: .number(0x10_0000)),
    [
      .strings("compatible", "sifive,test1", "sifive,test0", "syscon"), registers(0x10_0000..<0x10_1000),
      .cells("phandle", riscvSwitchPhandle),
    ])

  private static let riscvPowerOff = NodeTemplate(
    "poweroff",
    [
      .strings("compatible", "syscon-poweroff"), .cells("regmap", riscvSwitchPhandle), .cells("offset", 0),
      .cells("value", 0x5555),
    ])

  private static let riscvReboot = NodeTemplate(
    "reboot",
    [
      .strings("compatible", "syscon-reboot"), .cells("regmap", riscvSwitchPhandle), .cells("offset", 0),
      .cells("value", 0x7777),
    ])

  private static let riscvClock = NodeTemplate(
    NodeName("rtc", at: .number(0x10_1000)),
    [
      .strings("compatible", "google,goldfish-rtc"), registers(0x10_1000..<0x10_2000), .cells("interrupts", 11),
      .fact("interrupt-parent", .controllerPhandle),
    ])

  private static let riscvSerial = NodeTemplate(
    NodeName("serial", at: .number(0x1000_0000)),
    [
      .strings("compatible", "ns16550a"), registers(0x1000_0000..<0x1000_0100),
      .cells("clock-frequency", 3_686_400), .cells("interrupts", 10), .fact("interrupt-parent", .controllerPhandle),
    ])

  /// Slots for virtio devices, whose interrupts begin with 1.
  private static let riscvSlots: [TreePart] = (0..<8 as Range<UInt32>).map { number in
    let start = riscvMap.virtioMMIO.lowerBound + UInt64(number) * 0x1000
    return .node(
      NodeTemplate(
        NodeName("virtio_mmio", at: .number(start)), when: [.has(.virtioMMIO)],
        [
          .strings("compatible", "virtio,mmio"), registers(start..<(start + 0x1000)),
          .cells("interrupts", number + 1), .fact("interrupt-parent", .controllerPhandle),
        ]))
  }

  private static func registers(_ range: Range<UInt64>) -> PropertyTemplate {
    PropertyTemplate("reg", [.number(range.lowerBound), .number(range.upperBound - range.lowerBound)])
  }
}

extension EntryRules {
  /// Linux's requirements, in supervisor mode above a firmware: the number of the CPU, the tree, no translation.
  static let riscv64 = EntryRules(
    wide: [Register("pc", .entry), Register("a0", .number(0)), Register("a1", .tree), Register("satp", .number(0))],
    narrow: [])
}
