// SPDX-License-Identifier: Apache-2.0

extension TreeCheck {
  /// The checks as numbers, in the order in which they run and speak. The groups have them in the same order.
  enum ID: UInt8, Hashable, Sendable, Comparable {
    // Names and labels
    case duplicateNodeNames, duplicatePropertyNames, nodeNameChars, nodeNameFormat, nodeNameNotEmpty,
      propertyNameChars, nameIsString, nameProperties, nodeNameVsPropertyName, duplicateLabel
    // References
    case explicitPhandles, phandleReferences, pathReferences, omitUnusedNodes
    // Simple values
    case addressCellsIsCell, sizeCellsIsCell, deviceTypeIsString, modelIsString, statusIsString, labelIsString,
      compatibleIsStringList, namesIsStringList
    // Names, more strictly
    case propertyNameCharsStrict, nodeNameCharsStrict
    // Addresses
    case addrSizeCells, regFormat, rangesFormat, dmaRangesFormat, unitAddressVsReg, unitAddressFormat
    // Buses
    case pciBridge, pciDeviceReg, pciDeviceBusNum, simpleBusBridge, simpleBusReg, i2cBusBridge, i2cBusReg,
      spiBusBridge, spiBusReg
    // Habits
    case avoidDefaultAddrSize, avoidUnnecessaryAddrSize, uniqueUnitAddress, uniqueUnitAddressIfEnabled
    // /chosen
    case obsoleteChosenInterruptController, chosenNodeIsRoot, chosenNodeBootargs, chosenNodeStdoutPath
    // Providers
    case clocksIsCell, clocksProperty, coolingDeviceIsCell, coolingDeviceProperty, dmasIsCell, dmasProperty,
      hwlocksIsCell, hwlocksProperty, interruptsExtendedIsCell, interruptsExtendedProperty, ioChannelsIsCell,
      ioChannelsProperty, iommusIsCell, iommusProperty, mboxesIsCell, mboxesProperty, msiParentIsCell,
      msiParentProperty, muxControlsIsCell, muxControlsProperty, physIsCell, physProperty, powerDomainsIsCell,
      powerDomainsProperty, pwmsIsCell, pwmsProperty, resetsIsCell, resetsProperty, soundDaiIsCell,
      soundDaiProperty, thermalSensorsIsCell, thermalSensorsProperty
    // Lines, interrupts, aliases and graphs
    case deprecatedGpioProperty, gpiosProperty, interruptsProperty, interruptProvider, interruptMap, aliasPaths,
      graphNodes, graphPort, graphEndpoint
    case alwaysFail

    var position: Int { Int(rawValue) }

    static func < (one: ID, other: ID) -> Bool { one.rawValue < other.rawValue }

    static var all: some Collection<ID> { (0...ID.alwaysFail.rawValue).lazy.compactMap { ID(rawValue: $0) } }

    /// The level when nobody changes it.
    var level: CheckLevel {
      switch self {
      case .nodeNameVsPropertyName: .warning
      case ...(.omitUnusedNodes): .error
      case .propertyNameCharsStrict, .nodeNameCharsStrict, .uniqueUnitAddressIfEnabled, .deprecatedGpioProperty,
        .alwaysFail:
        .off
      default: .warning
      }
    }
  }
}

/// Some of the checks.
struct CheckSet: Hashable, Sendable {
  private var bits: UInt128 = 0

  func contains(_ check: TreeCheck.ID) -> Bool { bits >> check.rawValue & 1 != 0 }

  mutating func insert(_ check: TreeCheck.ID) { bits |= 1 << check.rawValue }

  mutating func remove(_ check: TreeCheck.ID) { bits &= ~(1 << check.rawValue) }

  mutating func set(_ check: TreeCheck.ID, _ isThere: Bool) {
    if isThere { insert(check) } else { remove(check) }
  }

  /// The last of them in the order of the checks.
  var last: TreeCheck.ID? {
    bits == 0 ? nil : TreeCheck.ID(rawValue: UInt8(127 - bits.leadingZeroBitCount))
  }
}
