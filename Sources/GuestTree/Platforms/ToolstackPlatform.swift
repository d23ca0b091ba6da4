// SPDX-License-Identifier: Apache-2.0
public import XenFacts

extension GuestPlatform {
  /// The rules of an Arm guest that Xen's toolstack builds (libxl), as `xl create` makes it. Held to trees of 4.17 and 4.20.
  public static func xenArm(_ version: XenVersion) -> GuestPlatform {
    var platform = GuestPlatform(
      name: "xen-arm64", map: .arm, root: toolstackRoot(version), placement: .toolstack, pages: .armMagicRegion,
      entry: .arm, hostFacts: .toolstack, announcements: .toolstack, version: version)
    platform.controllerPhandle = GuestPhandles.interruptController
    platform.saysEmptyBootargs = true
    platform.givesRegionsTo32Bit = true
    platform.regionSlots = platform.map.ramBanks.count
    platform.knowsGenericDevices = version >= XenVersion(4, 18)
    platform.knowsGrants = version >= XenVersion(4, 18)
    platform.takesInterruptCount = version >= XenVersion(4, 20)
    platform.mendsACPINode = true
    platform.treeLimit = 1 << 20
    return platform
  }

  /// As ``xenArm(_:)``, under the name that descriptions of 32-bit guests use.
  public static func xenArm32(_ version: XenVersion) -> GuestPlatform {
    var platform = xenArm(version)
    platform.name = "xen-arm32"
    return platform
  }

  private static func toolstackRoot(_ version: XenVersion) -> NodeTemplate {
    NodeTemplate(
      "",
      [
        PropertyTemplate("model", [.text("XENVM-"), .fact(.version)]),
        PropertyTemplate("compatible", [.text("xen,xenvm-"), .fact(.version), .string("xen,xenvm")]),
        .fact("interrupt-parent", .controllerPhandle), .cells("#address-cells", 2), .cells("#size-cells", 2),
      ],
      children: [
        .node(toolstackChosen), .node(toolstackCPUs), .node(.psci), .node(toolstackMemory), .node(missingMemory),
        .node(toolstackController), .node(.armTimer), .node(.hypervisor(when: [.has(.xenbus)])),
        .node(toolstackConsole), .node(toolstackPCI(version)),
      ] + toolstackDevices(version) + [
        .fragment(
          FragmentRules(
            ["passthrough", "aliases"], keepsOrder: false, keepsXenProperties: true, namesController: false))
      ])
  }

  /// The toolstack writes the seed after the node of the ACPI tables, where no reader finds it, and gives that node no cell sizes.
  /// Here both are as the specification wants them.
  private static let toolstackChosen = NodeTemplate(
    "chosen",
    [
      .fact("bootargs", .bootargs, when: [.has(.bootargs)]),
      .late("linux,initrd-start", .ramdiskStart, when: [.has(.ramdisk)]),
      .late("linux,initrd-end", .ramdiskEnd, when: [.has(.ramdisk)]),
      .late("rng-seed", .randomSeed),
      .cells("#address-cells", 2, when: [.has(.acpi)]), .cells("#size-cells", 2, when: [.has(.acpi)]),
    ],
    children: [
      .node(
        NodeTemplate(
          NodeName("module", at: .fact(.acpiTables)), when: [.has(.acpi)],
          [.strings("compatible", "xen,guest-acpi", "multiboot,module"), .fact("reg", .acpiTables)]))
    ])

  private static let toolstackCPUs = NodeTemplate(
    "cpus", [.cells("#address-cells", 1), .cells("#size-cells", 0)],
    children: [
      .node(
        NodeTemplate(
          NodeName("cpu", at: .fact(.cpuIdentity)), each: .cpus,
          [
            .strings("device_type", "cpu"), .strings("compatible", "arm,armv8", when: [.has(.arm64)]),
            .strings("compatible", "arm,cortex-a15", when: [.lacks(.arm64)]), .strings("enable-method", "psci"),
            .fact("reg", .cpuIdentity),
          ]))
    ])

  private static let toolstackMemory = NodeTemplate(
    NodeName("memory", at: .fact(.bank)), each: .ramBanks,
    [.strings("device_type", "memory"), .fact("reg", .bank)])

  /// Both banks are written while the tree's size is found out; the second is taken back when it stays empty.
  private static let missingMemory = NodeTemplate(
    NodeName("memory", at: .number(0x2_0000_0000)), when: [.lacks(.secondBank)], isHole: true,
    [.strings("device_type", "memory"), PropertyTemplate("reg", [.number(0x2_0000_0000), .number(0)])])

  private static let toolstackController = NodeTemplate(
    NodeName("interrupt-controller", at: .fact(.controllerRegisters)),
    [
      .strings("compatible", "arm,cortex-a15-gic", "arm,cortex-a9-gic", when: [.has(.gicV2)]),
      .strings("compatible", "arm,gic-v3", when: [.has(.gicV3)]),
      .cells("#interrupt-cells", 3), .cells("#address-cells", 0), .flag("interrupt-controller"),
      .fact("reg", .controllerRegisters), .fact("linux,phandle", .controllerPhandle),
      .fact("phandle", .controllerPhandle),
    ])

  /// Without a unit address, unlike Xen's own.
  private static let toolstackConsole = NodeTemplate(
    "sbsa-pl011", when: [.has(.vuart)], NodeTemplate.sbsaProperties)

  /// The bridge behind which Xen shows PCI devices. Before 4.19 its window for what may be fetched ahead was not said to be of 64 bits.
  private static func toolstackPCI(_ version: XenVersion) -> NodeTemplate {
    let map = GuestMap.arm
    func window(_ flags: UInt32, _ range: Range<UInt64>) -> [Term] {
      [
        .cell(flags), .number(range.lowerBound), .number(range.lowerBound),
        .number(range.upperBound - range.lowerBound),
      ]
    }
    let configuration = map.pciConfiguration
    return NodeTemplate(
      NodeName("pcie", at: .number(configuration.lowerBound)), when: [.has(.virtioPCI)],
      [
        .strings("compatible", "pci-host-ecam-generic"), .strings("device_type", "pci"),
        PropertyTemplate(
          "reg",
          [.number(configuration.lowerBound), .number(configuration.upperBound - configuration.lowerBound)]),
        .cells("bus-range", 0, 255), .cells("#address-cells", 3), .cells("#size-cells", 2),
        .strings("status", "okay"),
        PropertyTemplate(
          "ranges",
          window(0x0200_0000, map.pciMemory)
            + window(version >= XenVersion(4, 19) ? 0x4300_0000 : 0x4200_0000, map.pciPrefetchable)),
      ])
  }

  private static func toolstackDevices(_ version: XenVersion) -> [TreePart] {
    if version >= XenVersion(4, 18) { return [.node(virtioDevice()), .node(grantIOMMU)] }
    return [
      .node(virtioDevice(when: [.lacks(.grantsBegan)])), .node(grantIOMMU),
      .node(virtioDevice(when: [.has(.grantsBegan)])),
    ]
  }

  private static func virtioDevice(when conditions: [Condition] = []) -> NodeTemplate {
    NodeTemplate(
      NodeName("virtio", at: .fact(.deviceRegisters)), when: conditions, each: .devices,
      [
        .strings("compatible", "virtio,mmio"), .fact("reg", .deviceRegisters), .fact("interrupts", .deviceInterrupt),
        .fact("interrupt-parent", .controllerPhandle), .flag("dma-coherent"),
        PropertyTemplate(
          "iommus", [.cell(GuestPhandles.iommu), .fact(.deviceBackend)], when: [.has(.deviceGrants)]),
      ],
      children: [
        .node(NodeTemplate("i2c", when: [.has(.deviceI2C)], [.strings("compatible", "virtio,device22")])),
        .node(
          NodeTemplate(
            "gpio", when: [.has(.deviceGPIO)],
            [
              .strings("compatible", "virtio,device29"), .flag("gpio-controller"), .cells("#gpio-cells", 2),
              .flag("interrupt-controller"), .cells("#interrupt-cells", 2),
            ])),
      ])
  }

  private static let grantIOMMU = NodeTemplate(
    "xen_iommu", when: [.has(.anyDeviceGrants)],
    [.strings("compatible", "xen,grant-dma"), .cells("#iommu-cells", 1), .cells("phandle", GuestPhandles.iommu)])
}
