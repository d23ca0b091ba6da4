// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree
internal import XenFacts

/// XenPPC, the port to PowerPC of 2006 to 2008, built its guests' trees in three ways one after the other.
public enum PowerPCGeneration: Hashable, Sendable {
  /// August 2006: one node for all memory and one CPU.
  case first
  /// December 2006: real-mode memory in a node of its own, a node for each CPU, two reservations.
  case second
  /// 2007 and 2008, in C: pages and event channels of console and store in the tree, each page reserved.
  case final
}

extension GuestPlatform {
  /// Bytes that a PowerPC guest reaches in real mode: its first 64 MiB.
  static let realModeSize: UInt64 = 64 << 20
  /// Memory behind that is given in units of 16 MiB; what is left over never appears.
  static let powerPCUnit: UInt64 = 16 << 20

  /// The rules of a PowerPC guest of XenPPC. The names and orders of the older generations' hash tables are not copied: nodes and
  /// properties stand in the order in which they were added.
  public static func xenPowerPC(_ generation: PowerPCGeneration = .final) -> GuestPlatform {
    let isFinal = generation == .final
    var platform = GuestPlatform(
      name: "xen-ppc64", map: powerPCMap, root: powerPCRoot(generation),
      placement: isFinal
        ? PlacementRules(.behindKernel, unit: SpecialPage.size, roundsRamdisk: true)
        : PlacementRules(.fixed(ramdisk: 0x180_0000, tree: 0x100_0000), unit: SpecialPage.size),
      pages: isFinal ? .powerPC : .powerPC2006, entry: .powerPC(kernelInR4: isFinal),
      hostFacts: .powerPC, announcements: .powerPC, version: XenVersion(3, 0))
    platform.controllerPhandle = 0
    platform.startInfo = StartInfoRules(
      magic: "xen-3.0-powerpc64HV", format: .powerPC64, isLoaded: !isFinal)
    platform.architecture = .powerPC
    platform.isBoundToHostGIC = false
    platform.takesInterruptCount = false
    platform.cpuLimit = 32
    platform.cpuLimitGICv2 = 32
    platform.deviceLimit = 0
    platform.treeLimit = 16 << 10
    platform.leastMemory = realModeSize
    platform.memoryUnit = powerPCUnit
    platform.saysEmptyBootargs = true
    platform.blob = BlobRules(version: .v16, alignment: isFinal ? 16 : 1)
    switch generation {
    case .first: platform.reservations = [.pages]
    case .second: platform.reservations = [.pages, .ramdisk]
    case .final: platform.reservations = [.page(.sharedInfo), .page(.console), .page(.store), .ramdisk]
    }
    return platform
  }

  private static let powerPCMap: GuestMap = {
    var map = GuestMap.none
    map.ramBanks = [0..<realModeSize, realModeSize..<(1 << 40)]
    return map
  }()

  private static func powerPCRoot(_ generation: PowerPCGeneration) -> NodeTemplate {
    let properties: [PropertyTemplate] = [
      .strings("device_type", "chrp-but-not-really"), .cells("#size-cells", 2), .cells("#address-cells", 2),
      .strings("model", "Momentum,Maple-D"), .strings("compatible", "Momentum,Maple"),
    ]
    guard generation == .final else {
      return NodeTemplate(
        "", properties,
        children: [.node(earlyXen)] + earlyMemory(generation) + [.node(earlyCPUs(generation)), .node(earlyChosen)])
    }
    return NodeTemplate(
      "", properties,
      children: [
        .node(finalChosen), .node(finalXen),
        .node(
          NodeTemplate(
            "memory@0", [.fact("reg", .firstBank), .strings("device_type", "memory"), .cells("linux,phandle", 2)])),
        .node(
          NodeTemplate(
            NodeName("memory", at: .fact(.secondBank)), when: [.has(.secondBank)],
            [.fact("reg", .secondBank), .strings("device_type", "memory")])),
        .node(
          powerPCCPUs(
            HostCPURules(
              base: nil, isRepeated: false, droppedPrefixes: ["linux,", "ibm"],
              added: [
                PropertyTemplate("ibm,pft-size", [.cell(0), .fact(.hashTableOrder)]), .cells("linux,phandle", 0),
              ]))),
      ])
  }

  private static func powerPCCPUs(_ rules: HostCPURules) -> NodeTemplate {
    NodeTemplate(
      "cpus", [.flag("smp-enabled"), .cells("#size-cells", 0), .cells("#address-cells", 1)],
      children: [.hostCPU(rules)])
  }

  // MARK: 2007

  private static let finalChosen = NodeTemplate(
    "chosen",
    [
      .cells("cpu", 0), .cells("memory", 2), .strings("linux,stdout-path", "/xen/console"),
      .cells("interrupt-controller", 1), .fact("bootargs", .bootargs, when: [.has(.bootargs)]),
      .late("linux,initrd-start", .ramdiskStart, when: [.has(.ramdisk)]),
      .late("linux,initrd-end", .ramdiskEnd, when: [.has(.ramdisk)]),
    ])

  private static let finalXen = NodeTemplate(
    "xen",
    [
      .strings("compatible", "Xen-3.0-unstable"), PropertyTemplate("reg", [.late(.domain), .number(0)]),
      PropertyTemplate("shared-info", [.late(.sharedInfoPage), .number(SpecialPage.size)]),
      .cells("linux,phandle", 1),
    ],
    children: [
      .node(
        NodeTemplate(
          "console",
          [
            PropertyTemplate("reg", [.late(.consolePage), .number(SpecialPage.size)]),
            PropertyTemplate("interrupts", [.late(.consolePort), .cell(0)]),
          ])),
      .node(
        NodeTemplate(
          "store",
          [
            PropertyTemplate("reg", [.late(.storePage), .number(SpecialPage.size)]),
            PropertyTemplate("interrupts", [.late(.storePort), .cell(0)]),
          ])),
    ])

  // MARK: 2006

  /// Phandles are given in the order in which they are asked for: CPU, memory, Xen.
  private static let earlyXen = NodeTemplate(
    "xen",
    [
      PropertyTemplate("start-info", [.late(.startInfoPage), .number(SpecialPage.size)]),
      .strings("version", "Xen-3.0-unstable"), PropertyTemplate("reg", [.late(.domain), .number(0)]),
      .fact("domain-name", .guestName), .cells("linux,phandle", 3),
    ], children: [.node(NodeTemplate("console", [.cells("interrupts", 1, 0)]))])

  private static func earlyMemory(_ generation: PowerPCGeneration) -> [TreePart] {
    let isFirst = generation == .first
    let low = NodeTemplate(
      "memory@0",
      [
        .fact("reg", isFirst ? .wholeMemory : .firstBank), .strings("device_type", "memory"),
        .cells("linux,phandle", 2),
      ])
    // The unit address was a number, not an address.
    let rest = NodeTemplate(
      "memory@1", when: [.has(.secondBank)], [.fact("reg", .secondBank), .strings("device_type", "memory")])
    return isFirst ? [.node(low)] : [.node(low), .node(rest)]
  }

  private static func earlyCPUs(_ generation: PowerPCGeneration) -> NodeTemplate {
    powerPCCPUs(
      HostCPURules(
        base: "PowerPC,970", isRepeated: generation == .second, droppedPrefixes: ["linux,", "ibm,pft-size"],
        added: [
          PropertyTemplate(
            "ibm,pft-size", [.cell(0), generation == .first ? .cell(20) : .fact(.hashTableOrder)]),
          .cells("linux,phandle", 1, when: [.has(.firstItem)]),
        ]))
  }

  private static let earlyChosen = NodeTemplate(
    "chosen",
    [
      .cells("cpu", 1), .cells("memory", 2), .strings("linux,stdout-path", "/xen/console"),
      .cells("interrupt-controller", 3), .fact("bootargs", .bootargs),
      .late("linux,initrd-start", .ramdiskStart), .late("linux,initrd-end", .ramdiskEnd),
    ])
}

extension EntryRules {
  /// What is not listed is filled with 0x55.
  static func powerPC(kernelInR4: Bool) -> EntryRules {
    let registers = [
      Register("pc", .entry), Register("msr", .number(0)), Register("r1", .number(0)), Register("r3", .tree),
      Register("r4", kernelInR4 ? .kernel : .number(0)), Register("r5", .number(0)), Register("r13", .number(0)),
    ]
    return EntryRules(wide: registers, narrow: registers, others: 0x5555_5555_5555_5555)
  }
}
