// SPDX-License-Identifier: Apache-2.0
internal import TreeChecks

/// What a property that holds phandles means and how it is laid out.
struct DependencyProperty: Hashable, Sendable {
  enum Form: Hashable, Sendable {
    /// Phandles, each followed by as many cells as the node says in that property, or none where it may leave that out.
    case list(cells: String, isOptional: Bool)
    /// Phandles and nothing else.
    case plain
    /// A phandle, and cells that are for the property's own node, such as an offset.
    case head
    /// Groups of so many cells, a phandle, and so many cells.
    case groups(before: Int, after: Int)
    case interruptMap
  }

  var kind: Dependency.Kind
  var form: Form
  /// The property with the names of the entries.
  var names: String?

  /// What is known of a property of that name; nil when nothing is.
  static func named(_ name: String) -> DependencyProperty? {
    if let known = table[name] { return known }
    if name.hasSuffix("-supply") { return DependencyProperty(kind: .regulator, form: .plain) }
    if ProviderProperty.namesLines(name) {
      return DependencyProperty(kind: .gpio, form: .list(cells: "#gpio-cells", isOptional: false))
    }
    if name.hasPrefix("pinctrl-"), name.dropFirst(8).allSatisfy(\.isNumber) {
      return DependencyProperty(kind: .pinControl, form: .plain)
    }
    if name.hasSuffix("-syscon") || name.hasPrefix("syscon-") || name.hasSuffix(",syscon") {
      return DependencyProperty(kind: .syscon, form: .head)
    }
    return nil
  }

  private static let table: [String: DependencyProperty] = {
    var table: [String: DependencyProperty] = [:]
    for provider in ProviderProperty.checked + unchecked {
      table[provider.name] = DependencyProperty(
        kind: kinds[provider.name] ?? .other, form: .list(cells: provider.cells, isOptional: provider.isOptional),
        names: names[provider.name])
    }
    for (kind, properties) in plain {
      for property in properties {
        table[property] = DependencyProperty(kind: kind, form: .plain, names: names[property])
      }
    }
    for name in heads { table[name] = DependencyProperty(kind: .syscon, form: .head) }
    for (name, kind, before, after) in groups {
      table[name] = DependencyProperty(kind: kind, form: .groups(before: before, after: after))
    }
    table["interrupt-map"] = DependencyProperty(kind: .interrupt, form: .interruptMap)
    return table
  }()

  /// Lists of providers that the checks leave alone.
  private static let unchecked = [
    ProviderProperty("access-controllers", cells: "#access-controller-cells"),
    ProviderProperty("assigned-clocks", cells: "#clock-cells"),
    ProviderProperty("assigned-clock-parents", cells: "#clock-cells"),
    ProviderProperty("fsl,usbmisc", cells: "#index-cells", isOptional: true),
    ProviderProperty("interconnects", cells: "#interconnect-cells"),
    ProviderProperty("io-backends", cells: "#io-backend-cells"),
    ProviderProperty("mmu-masters", cells: "#stream-id-cells"),
    ProviderProperty("mux-states", cells: "#mux-state-cells"),
    ProviderProperty("nvmem-cells", cells: "#nvmem-cell-cells", isOptional: true),
    ProviderProperty("performance-domains", cells: "#performance-domain-cells"),
    ProviderProperty("qcom,smem-states", cells: "#qcom,smem-state-cells"),
    ProviderProperty("trigger-sources", cells: "#trigger-source-cells", isOptional: true),
  ]

  private static let plain: [(Dependency.Kind, [String])] = [
    (.interrupt, ["interrupt-parent", "interrupt-affinity", "wakeup-parent", "affinity"]),
    (.memoryRegion, ["memory-region", "shmem", "sram", "iram"]),
    (.phy, ["phy-handle", "phy", "usb-phy", "fsl,usbphy", "pcs-handle", "pcsphy-handle", "tbi-handle", "sfp"]),
    (.graph, ["remote-endpoint", "ports", "dais", "playback", "capture"]),
    (.regulator, ["regulator-coupled-with", "power-supplies"]),
    (.syscon, ["regmap", "rockchip,grf", "rockchip,pmu", "rockchip,usbgrf"]),
    (.thermal, ["trip"]),
    (.nvmem, ["nvmem"]),
    (
      .other,
      [
        "allwinner,pipelines", "altr,ecc-parent", "arm,cs-dev-assoc", "audio-codec", "audio-cpu", "aux-devs",
        "backlight", "bitclock-master", "companion", "cpu", "cpu-idle-states", "dai", "ddc", "ddc-i2c-bus", "devfreq",
        "devfreq-events", "domain-idle-states", "ethernet", "extcon", "frame-master", "i2c-bus", "i2c-parent",
        "l2-cache", "link", "links", "mdio-bus", "mdio-parent-bus", "mediatek,platform", "mmc-pwrseq",
        "nand-controller", "next-level-cache", "nvidia,outputs", "operating-points-v2", "panel", "pci-host",
        "qcom,ice", "qcom,mmio", "renesas,bonding", "required-opps", "simple-audio-card,aux-devs",
        "simple-audio-card,bitclock-master", "simple-audio-card,frame-master", "snps,axi-config",
        "snps,mtl-rx-config", "snps,mtl-tx-config", "spi-parent", "ti,prus", "video-codec",
      ]
    ),
  ]

  /// A system controller, and what of it is meant.
  private static let heads = [
    "fsl,stop-mode", "gpr", "intf_mode", "nvidia,bpmp", "qcom,dload-mode", "qcom,ext-regs", "qcom,halt-regs",
    "qcom,ipc",
    "qcom,qaccept-regs", "qcom,spare-regs", "syscon",
  ]

  private static let groups: [(String, Dependency.Kind, before: Int, after: Int)] = [
    // A requester, the target, its number, how many.
    ("iommu-map", .iommu, 1, 2), ("msi-map", .messageInterrupt, 1, 2),
    // The lines of a GPIO controller that are pins: the pin controller, first line, first pin, count.
    ("gpio-ranges", .pinControl, 0, 3),
    // Bank, pin, function, electrical settings.
    ("rockchip,pins", .pinControl, 3, 0),
    ("mediatek,gce-client-reg", .mailbox, 0, 3), ("qcom,stream-id-range", .iommu, 0, 2), ("renesas,vsps", .other, 0, 1),
  ]

  private static let kinds: [String: Dependency.Kind] = [
    "clocks": .clock, "assigned-clocks": .clock, "assigned-clock-parents": .clock, "cooling-device": .thermal,
    "dmas": .dma, "interconnects": .interconnect, "interrupts-extended": .interrupt, "iommus": .iommu,
    "mboxes": .mailbox, "mmu-masters": .iommu, "msi-parent": .messageInterrupt, "nvmem-cells": .nvmem, "phys": .phy,
    "power-domains": .powerDomain, "pwms": .pwm, "resets": .reset, "thermal-sensors": .thermal,
  ]

  private static let names: [String: String] = [
    "clocks": "clock-names", "dmas": "dma-names", "hwlocks": "hwlock-names", "interconnects": "interconnect-names",
    "io-backends": "io-backend-names", "io-channels": "io-channel-names", "interrupts-extended": "interrupt-names",
    "mboxes": "mbox-names", "memory-region": "memory-region-names", "mux-controls": "mux-control-names",
    "mux-states": "mux-state-names", "nvmem": "nvmem-names", "nvmem-cells": "nvmem-cell-names", "phys": "phy-names",
    "power-domains": "power-domain-names", "pwms": "pwm-names", "qcom,smem-states": "qcom,smem-state-names",
    "required-opps": "required-opp-names", "resets": "reset-names",
  ]
}
