// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// Properties that hold one cell, one string or a list of strings wherever they stand.
extension TreeCheck {
  static let simpleValues: InlineArray<_, TreeCheck> = [
    cell(.addressCellsIsCell, "address_cells_is_cell", "#address-cells"),
    cell(.sizeCellsIsCell, "size_cells_is_cell", "#size-cells"),
    string(.deviceTypeIsString, "device_type_is_string", "device_type"),
    string(.modelIsString, "model_is_string", "model"),
    string(.statusIsString, "status_is_string", "status"),
    string(.labelIsString, "label_is_string", "label"),
    TreeCheck(
      .compatibleIsStringList, "compatible_is_string_list", each: "compatible",
      demands: "compatible is a list of strings"
    ) { run, property in
      run.checkStringList(property)
    },
    TreeCheck(
      .namesIsStringList, "names_is_string_list",
      demands: "a property whose name ends in -names is a list of strings"
    ) { run in
      run.forEachProperty(where: { $0.hasSuffix("-names") }) { run, property in run.checkStringList(property) }
    },
  ]

  static func cell(_ id: ID, _ name: String, _ property: String) -> TreeCheck {
    TreeCheck(id, name, each: property, demands: "the property is one cell") { run, use in
      guard run.length(use) != 4 else { return }
      run.report(use, "property is not a single cell")
    }
  }

  private static func string(_ id: ID, _ name: String, _ property: String) -> TreeCheck {
    TreeCheck(id, name, each: property, demands: "the property is a string") { run, use in run.checkString(use) }
  }
}

extension Inspection {
  mutating func checkString(_ property: PropertyRef) {
    if !isString(property) { report(property, "property is not a string") }
  }

  fileprivate mutating func checkStringList(_ property: PropertyRef) {
    if !isStringList(property) { report(property, "property is not a string list") }
  }

  /// Calls `body` with each property whose name is wanted, in tree order. Each name is asked for once.
  mutating func forEachProperty(where isWanted: (String) -> Bool, _ body: (inout Inspection, PropertyRef) -> Void) {
    var wanted = Pool<Bool>()
    for at in 0..<properties.names.count {
      let name = properties.names[at]
      guard isWanted(tree.names[name]) else { continue }
      if wanted.isEmpty { wanted.append(repeating: false, count: tree.names.count) }
      wanted[name.index] = true
    }
    guard !wanted.isEmpty else { return }
    for node in order {
      for slot in properties.slots(of: node) where wanted[properties.symbol(at: slot).index] {
        body(&self, properties.property(at: slot))
      }
    }
  }
}
