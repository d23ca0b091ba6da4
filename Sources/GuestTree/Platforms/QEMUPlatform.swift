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
          .node(qemuController), .node(qemuTimer), .node(qemuClock), .node(qemuConsole),
        ]),
      placement: PlacementRules(.middle, unit: 4096, loaderRoom: 4096), pages: .none, entry: .qemu,
      hostFacts: .qemu)
    platform.controllerPhandle = 0x8001
    platform.interruptMask = 0
    platform.vuartInterrupt = 33
    platform.isBoundToHostGIC = false
    platform.takesInterruptCount = false
    platform.deviceLimit = 0
    platform.alwaysHasConsole = true
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

extension EntryRules {
  /// What the few instructions do that QEMU puts before a kernel.
  static let qemu = EntryRules(
    wide: [
      Register("pc", .entry), Register("x0", .tree), Register("x1", .number(0)), Register("x2", .number(0)),
      Register("x3", .number(0)),
    ], narrow: [Register("pc", .entry), Register("r0", .number(0)), Register("r2", .tree)])
}
