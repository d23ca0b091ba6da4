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
    ProviderProperty("clocks", cells: "#clock-cells"),
    ProviderProperty("cooling-device", cells: "#cooling-cells"),
    ProviderProperty("dmas", cells: "#dma-cells"),
    ProviderProperty("hwlocks", cells: "#hwlock-cells"),
    ProviderProperty("interrupts-extended", cells: "#interrupt-cells"),
    ProviderProperty("io-channels", cells: "#io-channel-cells"),
    ProviderProperty("iommus", cells: "#iommu-cells"),
    ProviderProperty("mboxes", cells: "#mbox-cells"),
    ProviderProperty("msi-parent", cells: "#msi-cells", isOptional: true),
    ProviderProperty("mux-controls", cells: "#mux-control-cells"),
    ProviderProperty("phys", cells: "#phy-cells"),
    ProviderProperty("power-domains", cells: "#power-domain-cells"),
    ProviderProperty("pwms", cells: "#pwm-cells"),
    ProviderProperty("resets", cells: "#reset-cells"),
    ProviderProperty("sound-dai", cells: "#sound-dai-cells"),
    ProviderProperty("thermal-sensors", cells: "#thermal-sensor-cells"),
  ]

  /// Whether a property of that name lists GPIO lines, with the cells of `#gpio-cells`.
  public static func namesLines(_ property: String) -> Bool {
    // `vendor,nr-gpios` is a number of lines.
    if property.hasSuffix(",nr-gpios") { return false }
    return property == "gpio" || property == "gpios" || property.hasSuffix("-gpio") || property.hasSuffix("-gpios")
  }
}
