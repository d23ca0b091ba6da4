// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// Properties that hold one cell, one string or a list of strings wherever they stand.
extension TreeCheck {
  static let simpleValues =
    [cell("address_cells_is_cell", "#address-cells"), cell("size_cells_is_cell", "#size-cells")]
    + ["device_type", "model", "status", "label"].map { property in
      TreeCheck("\(property)_is_string", "\(property) is a string") { run in run.checkStrings(property) }
    } + [
      TreeCheck("compatible_is_string_list", "compatible is a list of strings") { run in
        for property in run.uses(of: "compatible") { run.checkStringList(property) }
      },
      TreeCheck("names_is_string_list", "a property whose name ends in -names is a list of strings") { run in
        run.forEachProperty(where: { $0.hasSuffix("-names") }) { run, property in run.checkStringList(property) }
      },
    ]

  static func cell(_ check: String, _ property: String) -> TreeCheck {
    TreeCheck(check, "\(property) is one cell") { run in
      for use in run.uses(of: property) where run.length(use) != 4 {
        run.report(use, "property is not a single cell")
      }
    }
  }
}

extension Inspection {
  /// Every property of that name is a string.
  mutating func checkStrings(_ name: String) {
    for property in uses(of: name) { checkString(property) }
  }

  mutating func checkString(_ property: PropertyRef) {
    if !isString(property) { report(property, "property is not a string") }
  }

  fileprivate mutating func checkStringList(_ property: PropertyRef) {
    if !isStringList(property) { report(property, "property is not a string list") }
  }

  /// Calls `body` with each property whose name is wanted, in tree order. Each name is asked for once.
  mutating func forEachProperty(where isWanted: (String) -> Bool, _ body: (inout Inspection, PropertyRef) -> Void) {
    let names = properties.names.filter { isWanted(tree.names[$0]) }
    guard !names.isEmpty else { return }
    var wanted = Array(repeating: false, count: tree.names.count)
    for name in names { wanted[Int(name.index)] = true }
    for node in order {
      for slot in properties.slots(of: node) where wanted[Int(properties.symbol(at: slot).index)] {
        body(&self, properties.property(at: slot))
      }
    }
  }
}
