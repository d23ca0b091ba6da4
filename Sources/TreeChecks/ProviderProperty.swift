// SPDX-License-Identifier: Apache-2.0

/// A property that lists phandles, each followed by as many cells as the node says that it names, such as `clocks`.
public struct ProviderProperty: Hashable, Sendable {
  public var name: String
  /// The property of the named node that says how many cells follow.
  public var cells: String
  /// Whether a node that does not say how many cells it wants wants none.
  public var isOptional: Bool

  public init(_ name: String, cells: String, isOptional: Bool = false) {
    self.name = name
    self.cells = cells
    self.isOptional = isOptional
  }

  /// Those that the checks hold to their cells.
  public static let checked = [
    clocks, coolingDevice, dmas, hwlocks, interruptsExtended, ioChannels, iommus, mboxes, msiParent, muxControls, phys,
    powerDomains, pwms, resets, soundDai, thermalSensors,
  ]

  static let clocks = ProviderProperty("clocks", cells: "#clock-cells")
  static let coolingDevice = ProviderProperty("cooling-device", cells: "#cooling-cells")
  static let dmas = ProviderProperty("dmas", cells: "#dma-cells")
  static let hwlocks = ProviderProperty("hwlocks", cells: "#hwlock-cells")
  static let interruptsExtended = ProviderProperty("interrupts-extended", cells: "#interrupt-cells")
  static let ioChannels = ProviderProperty("io-channels", cells: "#io-channel-cells")
  static let iommus = ProviderProperty("iommus", cells: "#iommu-cells")
  static let mboxes = ProviderProperty("mboxes", cells: "#mbox-cells")
  static let msiParent = ProviderProperty("msi-parent", cells: "#msi-cells", isOptional: true)
  static let muxControls = ProviderProperty("mux-controls", cells: "#mux-control-cells")
  static let phys = ProviderProperty("phys", cells: "#phy-cells")
  static let powerDomains = ProviderProperty("power-domains", cells: "#power-domain-cells")
  static let pwms = ProviderProperty("pwms", cells: "#pwm-cells")
  static let resets = ProviderProperty("resets", cells: "#reset-cells")
  static let soundDai = ProviderProperty("sound-dai", cells: "#sound-dai-cells")
  static let thermalSensors = ProviderProperty("thermal-sensors", cells: "#thermal-sensor-cells")

  /// Whether a property of that name lists GPIO lines, with the cells of `#gpio-cells`.
  public static func namesLines(_ property: String) -> Bool {
    // `vendor,nr-gpios` is a number of lines.
    if property.hasSuffix(",nr-gpios") { return false }
    return property == "gpio" || property == "gpios" || property.hasSuffix("-gpio") || property.hasSuffix("-gpios")
  }
}
