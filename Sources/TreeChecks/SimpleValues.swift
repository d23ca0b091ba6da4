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
        for at in run.uses(of: "compatible") {
          let property = run.properties.use(at)
          run.checkStringList(property)
        }
      },
      TreeCheck("names_is_string_list", "a property whose name ends in -names is a list of strings") { run in
        run.forEachProperty(where: { $0.hasSuffix("-names") }) { run, property in run.checkStringList(property) }
      },
    ]

  static func cell(_ check: String, _ property: String) -> TreeCheck {
    TreeCheck(check, "\(property) is one cell") { run in
      for at in run.uses(of: property) {
        let use = run.properties.use(at)
        guard run.length(use) != 4 else { continue }
        run.report(use, "property is not a single cell")
      }
    }
  }
}

extension Inspection {
  /// Every property of that name is a string.
  mutating func checkStrings(_ name: String) {
    for at in uses(of: name) {
      let property = properties.use(at)
      checkString(property)
    }
  }

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
