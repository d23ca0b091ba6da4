// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// Properties such as clocks: a list of phandles, each followed by as many cells as the node says that it names.
extension TreeCheck {
  static let providers: InlineArray<_, TreeCheck> = [
    cell(.clocksIsCell, "clocks_is_cell", .clocks), specifiers(.clocksProperty, "clocks_property", .clocks),
    cell(.coolingDeviceIsCell, "cooling_device_is_cell", .coolingDevice),
    specifiers(.coolingDeviceProperty, "cooling_device_property", .coolingDevice),
    cell(.dmasIsCell, "dmas_is_cell", .dmas), specifiers(.dmasProperty, "dmas_property", .dmas),
    cell(.hwlocksIsCell, "hwlocks_is_cell", .hwlocks), specifiers(.hwlocksProperty, "hwlocks_property", .hwlocks),
    cell(.interruptsExtendedIsCell, "interrupts_extended_is_cell", .interruptsExtended),
    specifiers(.interruptsExtendedProperty, "interrupts_extended_property", .interruptsExtended),
    cell(.ioChannelsIsCell, "io_channels_is_cell", .ioChannels),
    specifiers(.ioChannelsProperty, "io_channels_property", .ioChannels),
    cell(.iommusIsCell, "iommus_is_cell", .iommus), specifiers(.iommusProperty, "iommus_property", .iommus),
    cell(.mboxesIsCell, "mboxes_is_cell", .mboxes), specifiers(.mboxesProperty, "mboxes_property", .mboxes),
    cell(.msiParentIsCell, "msi_parent_is_cell", .msiParent),
    specifiers(.msiParentProperty, "msi_parent_property", .msiParent),
    cell(.muxControlsIsCell, "mux_controls_is_cell", .muxControls),
    specifiers(.muxControlsProperty, "mux_controls_property", .muxControls),
    cell(.physIsCell, "phys_is_cell", .phys), specifiers(.physProperty, "phys_property", .phys),
    cell(.powerDomainsIsCell, "power_domains_is_cell", .powerDomains),
    specifiers(.powerDomainsProperty, "power_domains_property", .powerDomains),
    cell(.pwmsIsCell, "pwms_is_cell", .pwms), specifiers(.pwmsProperty, "pwms_property", .pwms),
    cell(.resetsIsCell, "resets_is_cell", .resets), specifiers(.resetsProperty, "resets_property", .resets),
    cell(.soundDaiIsCell, "sound_dai_is_cell", .soundDai),
    specifiers(.soundDaiProperty, "sound_dai_property", .soundDai),
    cell(.thermalSensorsIsCell, "thermal_sensors_is_cell", .thermalSensors),
    specifiers(.thermalSensorsProperty, "thermal_sensors_property", .thermalSensors),
  ]

  private static func cell(_ id: ID, _ name: String, _ provider: ProviderProperty) -> TreeCheck {
    cell(id, name, provider.cells)
  }

  private static func specifiers(_ id: ID, _ name: String, _ provider: ProviderProperty) -> TreeCheck {
    // The check of the cells that it counts with stands right before it.
    let prerequisite = ID(rawValue: id.rawValue - 1)
    return TreeCheck(
      id, name, after: prerequisite, .phandleReferences,
      demands: "the property holds phandles, each with as many cells as the node that it names asks for",
      body: .specifiers(provider))
  }
}

extension Inspection {
  /// Checks a list of phandles, each followed by so many cells as its node says in `cells`.
  mutating func checkSpecifiers(_ property: PropertyRef, cells: String, isOptional: Bool = false) {
    let length = length(property)
    guard length % 4 == 0 else {
      return report(property, "property size (\(length)) is invalid, expected multiple of 4")
    }
    let count = length / 4
    var nextWritten = Int(written[property.index])
    // A value of a source says what was a reference. What was read from a blob does not.
    let isMarked = options.origin != .blob && count > 0
    var cell = 0
    while cell < count, let phandle = self.cell(cell, of: property) {
      // A phandle of 0 or -1 says that there is none in this place.
      if phandle == 0 || phandle == .max {
        // In an overlay it may stand for a node of the tree below, of which nothing is known, nor of what follows.
        if isPlugin { return }
        cell += 1
        continue
      }
      if isMarked {
        while nextWritten >= 0, writtenOffsets[nextWritten] >= 0, writtenOffsets[nextWritten] < cell * 4 {
          nextWritten += 1
        }
        if nextWritten < 0 || writtenOffsets[nextWritten] != cell * 4 {
          report(property, "cell \(cell) is not a phandle reference")
        }
      }
      guard let target = phandles[UInt64(phandle)] else {
        return report(property, "Could not get phandle node for (cell \(cell))")
      }
      var wanted = 0
      if let size = find(cells, in: target) {
        wanted = Int(self.cell(0, of: size) ?? 0)
      } else if !isOptional {
        let name = name(of: property)
        return report(
          property.node,
          """
          Missing property '\(cells)' in node \(path: target) or bad phandle \
          (referred from \(name)[\(cell)])
          """
        )
      }
      guard cell + wanted + 1 <= count else {
        return report(property, "property size (\(length)) too small for cell size \(wanted)")
      }
      cell += wanted + 1
    }
  }
}
