// SPDX-License-Identifier: Apache-2.0
internal import XenFacts

extension GuestPlatform {
  /// The same guest without Xen: QEMU's machine `virt` with an arm64 processor, started with `-dtb`.
  ///
  /// The tree tells of what is on the machine in any case: processors, RAM, interrupt controller, timer, PL011.
  public static let qemuVirt: GuestPlatform = {
    var platform = GuestPlatform(
      name: "qemu-virt", map: qemuMap,
      root: NodeTemplate(
        "",
        [
          .fact("interrupt-parent", .controllerPhandle), .strings("compatible", "linux,dummy-virt"),
          .cells("#address-cells", 2), .cells("#size-cells", 2),
        ],
        children: [
          .node(qemuChosen), .node(qemuCPUs), .node(.psci),
          .node(
            NodeTemplate(
              NodeName("memory", at: .fact(.bank)), each: .ramBanks,
              [.strings("device_type", "memory"), .fact("reg", .bank)])),
          .node(qemuController), .node(qemuTimer), .node(qemuClock), .node(qemuConsole), .node(qemuSlot),
          .node(qemuPCI),
        ]),
      placement: PlacementRules(.middle, unit: 4096, loaderRoom: 4096), pages: .none, entry: .qemu,
      hostFacts: .qemu, announcements: .qemu)
    platform.controllerPhandle = 0x8001
    platform.interruptMask = 0
    platform.vuartInterrupt = 33
    platform.firstDeviceInterrupt = 48
    platform.isBoundToHostGIC = false
    platform.takesInterruptCount = false
    platform.deviceLimit = 0
    platform.alwaysHasConsole = true
    platform.hasDeviceSlots = true
    return platform
  }()

  private static let qemuMap: GuestMap = {
    var map = GuestMap.none
    map.ramBanks = [0x4000_0000..<0x40_0000_0000]
    map.gicDistributor = 0x0800_0000..<0x0801_0000
    map.gicV2Distributor = 0x0800_0000..<0x0801_0000
    map.gicCPUInterface = 0x0801_0000..<0x0802_0000
    map.gicRedistributors = 0x080a_0000..<0x0900_0000
    map.vpl011 = 0x0900_0000..<0x0900_1000
    map.virtioMMIO = 0x0a00_0000..<0x0a00_4000
    map.pciConfiguration = 0x40_1000_0000..<0x40_2000_0000
    // Memory, and behind it ports.
    map.pciMemory = 0x1000_0000..<0x3f00_0000
    map.pciPrefetchable = 0x80_0000_0000..<0x100_0000_0000
    return map
  }()

  private static let qemuClockPhandle: UInt32 = 0x8000

  private static let qemuChosen = NodeTemplate(
    "chosen",
    [
      .fact("bootargs", .bootargs, when: [.has(.bootargs)]), .strings("stdout-path", "/pl011@9000000"),
      .late("linux,initrd-start", .ramdiskStart, when: [.has(.ramdisk)]),
      .late("linux,initrd-end", .ramdiskEnd, when: [.has(.ramdisk)]),
    ])

  private static let qemuCPUs = NodeTemplate(
    "cpus", [.cells("#address-cells", 1), .cells("#size-cells", 0)],
    children: [
      .node(
        NodeTemplate(
          NodeName("cpu", at: .fact(.cpuIdentity)), each: .cpus,
          [
            .strings("device_type", "cpu"), .fact("compatible", .hostCPUCompatible),
            .strings("enable-method", "psci"), .fact("reg", .cpuIdentity),
          ]))
    ])

  private static let qemuController = NodeTemplate(
    NodeName("intc", at: .fact(.controllerRegisters)),
    [
      .strings("compatible", "arm,cortex-a15-gic", when: [.has(.gicV2)]),
      .strings("compatible", "arm,gic-v3", when: [.has(.gicV3)]), .cells("#interrupt-cells", 3),
      .cells("#address-cells", 0), .flag("interrupt-controller"), .fact("reg", .controllerRegisters),
      .fact("phandle", .controllerPhandle),
    ])

  /// Unlike a guest's of Xen, active high: secure, non-secure, virtual, hypervisor.
  private static let qemuTimer = NodeTemplate(
    "timer",
    [
      .strings("compatible", "arm,armv8-timer", "arm,armv7-timer"), .flag("always-on"),
      .cells("interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4, when: [.has(.gicV3)]),
      .cells("interrupts", 1, 13, 0xff04, 1, 14, 0xff04, 1, 11, 0xff04, 1, 10, 0xff04, when: [.has(.gicV2)]),
    ])

  private static let qemuClock = NodeTemplate(
    "apb-pclk",
    [
      .strings("compatible", "fixed-clock"), .cells("#clock-cells", 0), .cells("clock-frequency", 24_000_000),
      .strings("clock-output-names", "clk24mhz"), .cells("phandle", qemuClockPhandle),
    ])

  private static let qemuConsole = NodeTemplate(
    NodeName("pl011", at: .fact(.vuart)),
    [
      .strings("compatible", "arm,pl011", "arm,primecell"), .fact("reg", .vuart), .fact("interrupts", .vuartInterrupt),
      .cells("clocks", qemuClockPhandle, qemuClockPhandle), .strings("clock-names", "uartclk", "apb_pclk"),
    ])
}

// MARK: - What the tree tells of when it is asked to

extension GuestPlatform {
  /// A slot for a virtio device; most stay empty. QEMU fills them from the last one.
  private static let qemuSlot = NodeTemplate(
    NodeName("virtio_mmio", at: .fact(.deviceRegisters)), when: [.has(.virtioMMIO)], each: .times(32),
    [
      .strings("compatible", "virtio,mmio"), .fact("reg", .deviceRegisters), .fact("interrupts", .deviceInterrupt),
      .flag("dma-coherent"),
    ])

  /// The bridge, with its four interrupt lines: without an MSI controller in the tree, devices use those.
  private static let qemuPCI: NodeTemplate = {
    let configuration = qemuMap.pciConfiguration
    func window(_ flags: UInt32, at bus: UInt64, _ address: UInt64, _ size: UInt64) -> [Term] {
      [.cell(flags), .number(bus), .number(address), .number(size)]
    }
    var lines: [Term] = []
    for slot in 0..<4 as Range<UInt32> {
      for pin in 0..<4 as Range<UInt32> {
        lines += [.cell(slot << 11), .number(0), .cell(pin + 1), .fact(.controllerPhandle)]
        lines += [.cell(0), .cell(3 + (slot + pin) % 4), .cell(InterruptType.levelHigh.rawValue)]
      }
    }
    return NodeTemplate(
      "pcie@10000000", when: [.has(.virtioPCI)],
      [
        .strings("compatible", "pci-host-ecam-generic"), .strings("device_type", "pci"), .cells("linux,pci-domain", 0),
        .cells("bus-range", 0, 255), .flag("dma-coherent"),
        PropertyTemplate(
          "reg",
          [.number(configuration.lowerBound), .number(configuration.upperBound - configuration.lowerBound)]),
        PropertyTemplate(
          "ranges",
          window(0x0100_0000, at: 0, 0x3eff_0000, 0x1_0000)
            + window(0x0200_0000, at: 0x1000_0000, 0x1000_0000, 0x2eff_0000)
            + window(0x0300_0000, at: 0x80_0000_0000, 0x80_0000_0000, 0x80_0000_0000)),
        .cells("#address-cells", 3), .cells("#size-cells", 2), .cells("#interrupt-cells", 1),
        PropertyTemplate("interrupt-map", lines), .cells("interrupt-map-mask", 0x1800, 0, 0, 7),
      ])
  }()
}

extension EntryRules {
  /// What the few instructions do that QEMU puts before a kernel.
  static let qemu = EntryRules(
    wide: [
      Register("pc", .entry), Register("x0", .tree), Register("x1", .number(0)), Register("x2", .number(0)),
      Register("x3", .number(0)),
    ], narrow: [Register("pc", .entry), Register("r0", .number(0)), Register("r2", .tree)])
}
