// SPDX-License-Identifier: Apache-2.0
public import XenFacts

extension GuestPlatform {
  /// The rules of a domain that Xen itself builds from its `xen,domain` node.
  public static func dom0less(_ version: XenVersion) -> GuestPlatform {
    var platform = GuestPlatform(
      name: "dom0less", map: .arm,
      root: NodeTemplate(
        "", [.cells("#address-cells", 2), .cells("#size-cells", 2)], children: dom0lessParts(version)),
      placement: .xen, pages: .armMagicRegion, entry: .arm,
      hostFacts: .dom0less, announcements: .dom0less, version: version)
    platform.takesControllerPhandle = true
    platform.takesAdditions = false
    platform.bareControllerPhandle = version < XenVersion(4, 18) ? 0 : nil
    platform.listsSharedMemory = version >= XenVersion(4, 19)
    platform.cutsExtendedRegions = version >= XenVersion(4, 20)
    platform.losesRegionEnds = version >= XenVersion(4, 18)
    return platform
  }

  private static func dom0lessParts(_ version: XenVersion) -> [TreePart] {
    let chosen = TreePart.node(dom0lessChosen(version))
    let controller = TreePart.node(dom0lessController(version))
    let fragment = TreePart.fragment(
      FragmentRules(["aliases", "passthrough"], keepsOrder: true, keepsXenProperties: false, namesController: true))
    let early: [TreePart] = [
      .node(dom0lessCPUs), .node(dom0lessMemory), .node(reservedMemory),
    ]
    if version < XenVersion(4, 21) {
      return [chosen, .node(.psci)] + early + [
        fragment, controller, .node(.armTimer), .node(dom0lessConsole),
        .node(.hypervisor(when: [.has(.enhanced), .has(.xenbus)])),
      ]
    }
    let late: [TreePart] = [
      controller, .node(.armTimer), .node(.hypervisor(when: [.has(.enhanced), .has(.xenbus)])), .node(.psci),
      .node(dom0lessConsole),
    ]
    return version < XenVersion(4, 22) ? [chosen] + early + [fragment] + late : [fragment, chosen] + early + late
  }

  private static func dom0lessChosen(_ version: XenVersion) -> NodeTemplate {
    var properties: [PropertyTemplate] = [
      .fact("bootargs", .bootargs, when: [.has(.bootargs)]),
      .late("linux,initrd-start", .ramdiskStart, when: [.has(.ramdisk)]),
      .late("linux,initrd-end", .ramdiskEnd, when: [.has(.ramdisk)]),
    ]
    if version < XenVersion(4, 18) {
      // It looked for the kernel's module instead of the ramdisk's.
      properties += [
        PropertyTemplate("linux,initrd-start", [.number(0)], when: [.lacks(.ramdisk)]),
        PropertyTemplate("linux,initrd-end", [.number(0)], when: [.lacks(.ramdisk)]),
      ]
    }
    return NodeTemplate("chosen", properties)
  }

  private static let dom0lessCPUs = NodeTemplate(
    "cpus", [.cells("#address-cells", 1), .cells("#size-cells", 0)],
    children: [
      .node(
        NodeTemplate(
          NodeName("cpu", at: .fact(.cpuIdentity)), each: .cpus,
          [
            .fact("compatible", .hostCPUCompatible), .strings("device_type", "cpu"), .fact("reg", .cpuIdentity),
            .fact("clock-frequency", .hostCPUFrequency, when: [.has(.hostCPUFrequency)]),
            .strings("enable-method", "psci", when: [.has(.arm64)]),
          ]))
    ])

  private static let dom0lessMemory = NodeTemplate(
    NodeName("memory", at: .fact(.memory)), [.strings("device_type", "memory"), .fact("reg", .memory)])

  private static let reservedMemory = NodeTemplate(
    "reserved-memory", when: [.has(.sharedMemory)],
    [.flag("ranges"), .cells("#address-cells", 2), .cells("#size-cells", 2)],
    children: [
      .node(
        NodeTemplate(
          NodeName("xen-shmem", at: .fact(.sharedMemory)), each: .sharedMemory,
          [
            .strings("compatible", "xen,shared-memory-v1"), .fact("reg", .sharedMemory),
            .fact("xen,id", .sharedMemoryID), PropertyTemplate("xen,offset", [.number(0)]),
          ]))
    ])

  private static func dom0lessController(_ version: XenVersion) -> NodeTemplate {
    var properties: [PropertyTemplate] = [
      .cells("#address-cells", 0), .cells("#interrupt-cells", 3), .flag("interrupt-controller"),
      .strings("compatible", "arm,gic-400", when: [.has(.gicV2)]),
      .strings("compatible", "arm,gic-v3", when: [.has(.gicV3)]),
    ]
    if version >= XenVersion(4, 20) {
      properties.append(.fact("#redistributor-regions", .redistributorCount, when: [.has(.gicV3)]))
    }
    properties += [
      .fact("reg", .controllerRegisters), .fact("linux,phandle", .controllerPhandle),
      .fact("phandle", .controllerPhandle),
    ]
    return NodeTemplate(NodeName("interrupt-controller", at: .fact(.controllerRegisters)), properties)
  }

  private static let dom0lessConsole = NodeTemplate(
    NodeName("sbsa-uart", at: .fact(.vuart)), when: [.has(.vuart)], NodeTemplate.sbsaProperties)
}

// MARK: - Nodes that Xen and its toolstack write alike

extension NodeTemplate {
  static let psci = NodeTemplate(
    "psci",
    [
      .strings("compatible", "arm,psci-1.0", "arm,psci-0.2", "arm,psci"), .strings("method", "hvc"),
      .cells("cpu_off", 1), .cells("cpu_on", 2),
    ])

  /// Three private interrupts, active low: secure, non-secure, virtual.
  static let armTimer = NodeTemplate(
    "timer",
    [
      .strings("compatible", "arm,armv8-timer", when: [.has(.arm64)]),
      .strings("compatible", "arm,armv7-timer", when: [.lacks(.arm64)]),
      .cells("interrupts", 1, 13, 0xf08, 1, 14, 0xf08, 1, 11, 0xf08),
      .fact("interrupt-parent", .controllerPhandle),
      .fact("clock-frequency", .timerFrequency, when: [.has(.timerFrequency)]),
    ])

  static func hypervisor(when conditions: [Condition] = []) -> NodeTemplate {
    NodeTemplate(
      "hypervisor", when: conditions,
      [
        PropertyTemplate("compatible", [.text("xen,xen-"), .fact(.version), .string("xen,xen")]),
        .fact("reg", .foreignMemory), .cells("interrupts", 1, 15, 0xf08),
        .fact("interrupt-parent", .controllerPhandle),
      ])
  }

  static let sbsaProperties: [PropertyTemplate] = [
    .strings("compatible", "arm,sbsa-uart"), .fact("reg", .vuart), .fact("interrupts", .vuartInterrupt),
    .fact("interrupt-parent", .controllerPhandle), .cells("current-speed", 115_200),
  ]
}
