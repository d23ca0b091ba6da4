// SPDX-License-Identifier: Apache-2.0
import CompactStorage

/// How much a finding of a check weighs.
public enum CheckLevel: String, Hashable, Sendable, CaseIterable {
  case error, warning, off
}

/// One structural check of a device tree, under the name by which dtc knows it.
///
/// A few checks also put the tree in order as they go, as dtc's do: `explicit_phandles` learns the phandles,
/// `phandle_references` and `path_references` put phandles and paths where references stand, `name_properties` takes
/// away `name` properties that say nothing new, and `omit_unused_nodes` drops nodes that nothing refers to.
public struct TreeCheck: Sendable {
  /// What a check does. None of these captures anything, so that the table of checks costs no memory of its own.
  enum Body: Sendable {
    /// It looks at the tree as a whole.
    case tree(@Sendable (inout Inspection) -> Void)
    /// It looks at each property of that name. Without such a property it does not run.
    case each(String, @Sendable (inout Inspection, PropertyRef) -> Void)
    /// It holds such a property to the cells of the nodes that it names.
    case specifiers(ProviderProperty)
  }

  let id: ID
  /// The name for `-W` and `-E`, such as `reg_format`.
  public let name: String
  /// The level when nobody changes it.
  public var level: CheckLevel { id.level }
  /// What the check demands of a tree.
  public let summary: String
  private let required: (ID?, ID?, ID?)
  let body: Body

  /// - Parameters:
  ///   - first, second, third: the checks that must have passed before this one, in the order in which they run.
  init(
    _ id: ID, _ name: String, after first: ID? = nil, _ second: ID? = nil,
    _ third: ID? = nil, demands summary: String, body: Body
  ) {
    self.id = id
    self.name = name
    self.summary = summary
    self.required = (first, second, third)
    self.body = body
  }

  /// A check of the tree as a whole.
  init(
    _ id: ID, _ name: String, after first: ID? = nil, _ second: ID? = nil,
    _ third: ID? = nil, demands summary: String, run: @escaping @Sendable (inout Inspection) -> Void
  ) {
    self.init(id, name, after: first, second, third, demands: summary, body: .tree(run))
  }

  /// A check of each property of a name.
  init(
    _ id: ID, _ name: String, after first: ID? = nil, _ second: ID? = nil,
    _ third: ID? = nil, each property: String, demands summary: String,
    run: @escaping @Sendable (inout Inspection, PropertyRef) -> Void
  ) {
    self.init(id, name, after: first, second, third, demands: summary, body: .each(property, run))
  }

  /// The checks that must have passed before this one can say anything.
  public var prerequisites: [String] {
    var names: [String] = []
    forEachPrerequisite { names.append(TreeCheck[$0].name) }
    return names
  }

  @inline(__always)
  func forEachPrerequisite(_ body: (ID) -> Void) {
    if let first = required.0 { body(first) }
    if let second = required.1 { body(second) }
    if let third = required.2 { body(third) }
  }
}

extension TreeCheck {
  /// Every check, in the order in which they run and speak.
  public static var all: [TreeCheck] { ID.all.map { self[$0] } }

  /// A check by number. Each group is put together when the first of its checks is asked for: not as arrays, because the
  /// runtime would first have to make their type.
  static subscript(check: ID) -> TreeCheck {
    switch check {
    case ...ID.nodeNameVsPropertyName: names[check, from: .duplicateNodeNames]
    case ...ID.duplicateLabel: labels[check, from: .duplicateLabel]
    case ...ID.omitUnusedNodes: references[check, from: .explicitPhandles]
    case ...ID.namesIsStringList: simpleValues[check, from: .addressCellsIsCell]
    case ...ID.nodeNameCharsStrict: strictNames[check, from: .propertyNameCharsStrict]
    case ...ID.dmaRangesFormat: addresses[check, from: .addrSizeCells]
    case ...ID.unitAddressFormat: unitAddresses[check, from: .unitAddressVsReg]
    case ...ID.pciDeviceBusNum: pci[check, from: .pciBridge]
    case ...ID.simpleBusReg: simpleBus[check, from: .simpleBusBridge]
    case ...ID.i2cBusReg: i2c[check, from: .i2cBusBridge]
    case ...ID.spiBusReg: spi[check, from: .spiBusBridge]
    case ...ID.uniqueUnitAddressIfEnabled: cellHabits[check, from: .avoidDefaultAddrSize]
    case ...ID.chosenNodeStdoutPath: chosen[check, from: .obsoleteChosenInterruptController]
    case ...ID.thermalSensorsProperty: providers[check, from: .clocksIsCell]
    case ...ID.gpiosProperty: gpios[check, from: .deprecatedGpioProperty]
    case ...ID.interruptMap: interrupts[check, from: .interruptsProperty]
    case ...ID.aliasPaths: aliases[check, from: .aliasPaths]
    case ...ID.graphEndpoint: graph[check, from: .graphNodes]
    default: alwaysFail[check, from: .alwaysFail]
    }
  }

  /// The check of that name.
  static func known(_ name: String) -> ID? {
    ID.all.first { self[$0].name == name }
  }

  /// The checks that a check is a prerequisite of.
  static func dependents(of check: ID) -> [ID] {
    ID.all.filter { other in
      var isDependent = false
      self[other].forEachPrerequisite { if $0 == check { isDependent = true } }
      return isDependent
    }
  }

  private static let alwaysFail: InlineArray<_, TreeCheck> = [
    TreeCheck(.alwaysFail, "always_fail", demands: "no node at all: a check to try the levels of checks with") {
      run in
      for node in run.order { run.report(node, "always_fail check") }
    }
  ]
}

extension InlineArray where Element == TreeCheck {
  /// A check of a group, which begins with `first`.
  fileprivate subscript(check: TreeCheck.ID, from first: TreeCheck.ID) -> TreeCheck {
    let found = self[check.position - first.position]
    precondition(found.id == check)
    return found
  }
}
