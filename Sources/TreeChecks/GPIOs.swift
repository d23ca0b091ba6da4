// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// Properties that name GPIO lines.
extension TreeCheck {
  static let gpios: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .deprecatedGpioProperty, "deprecated_gpio_property",
      demands: "GPIO lines stand in gpios or a property ending in -gpios"
    ) { run in
      run.forEachProperty(where: { $0 == "gpio" || $0.hasSuffix("-gpio") }) { run, property in
        run.report(property, "'[*-]gpio' is deprecated, use '[*-]gpios' instead")
      }
    },
    TreeCheck(
      .gpiosProperty, "gpios_property", after: .phandleReferences,
      demands: "a property of GPIO lines holds phandles, each with the cells that the #gpio-cells of its node asks for"
    ) { run in
      run.forEachProperty(where: ProviderProperty.namesLines) { run, property in
        // A hog is a line of the node's parent and names no other.
        guard run.find("gpio-hog", in: property.node) == nil else { return }
        run.checkSpecifiers(property, cells: "#gpio-cells")
      }
    },
  ]
}
