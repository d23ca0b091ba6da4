// SPDX-License-Identifier: Apache-2.0
import DeviceTree

// What nodes and properties may be called.
extension TreeCheck {
  static let names = [
    TreeCheck("duplicate_node_names", .error, "no two nodes of one parent bear the same name") { run in
      // By name: the node in which a child bore it last. Only a node where that happens twice is looked at closely.
      var seen = Array(repeating: Int32(-1), count: run.names.whole.count)
      for node in run.order where run.facts[Int(node)].firstChild >= 0 {
        var hasDuplicates = false
        for child in run.children(node) {
          let name = Int(run.facts[Int(child)].name.index)
          if seen[name] == node { hasDuplicates = true }
          seen[name] = node
        }
        guard hasDuplicates else { continue }
        let children = Array(run.children(node))
        let alike = Alike(children.map { run.facts[Int($0)].name })
        alike.forEachPair(limit: Inspection.comparedCopies) { _, later in
          run.report(children[later], "Duplicate node name")
        }
      }
    },
    TreeCheck("duplicate_property_names", .error, "a node has no property twice") { run in
      // By name: the node in which it was seen last. Only a node where that happens twice is looked at closely.
      var seen = Array(repeating: Int32(-1), count: run.properties.symbols.count)
      for node in run.order {
        var hasDuplicates = false
        for slot in 0..<Int32(truncatingIfNeeded: run.properties.count(of: node)) {
          let symbol = Int(run.properties.symbol(PropertyRef(node: node, slot: slot)).index)
          if seen[symbol] == node { hasDuplicates = true }
          seen[symbol] = node
        }
        guard hasDuplicates else { continue }
        let slots = (0..<run.properties.count(of: node)).map { Int32(truncatingIfNeeded: $0) }
        let alike = Alike(slots.map { run.properties.symbol(PropertyRef(node: node, slot: $0)) })
        alike.forEachPair(limit: Inspection.comparedCopies) { earlier, _ in
          run.report(PropertyRef(node: node, slot: slots[earlier]), "Duplicate property name")
        }
      }
    },
    TreeCheck("node_name_chars", .error, "a node name holds letters, digits and , . _ + - @ only") { run in
      run.checkNodeNames {
        $0.isLetterOrDigit || ",._+-@".utf8.contains($0)
      } report: {
        "Bad character '\($0)' in node name"
      }
    },
    TreeCheck("node_name_format", .error, after: ["node_name_chars"], "a node name has one @ at most") { run in
      for node in run.order where run.hasUnitAddress(node) && run.unitAddress(node).utf8.contains(UInt8(ascii: "@")) {
        run.report(node, "multiple '@' characters in node name")
      }
    },
    TreeCheck("node_name_not_empty", .error, after: ["node_name_chars"], "only the root has no name") { run in
      for node in run.order where run.facts[Int(node)].baseLength == 0 && node != Inspection.root {
        run.report(node, "Empty node name")
      }
    },
    TreeCheck("property_name_chars", .error, "a property name holds letters, digits and , . _ + * # ? - only") { run in
      run.checkPropertyNames { name in
        name.utf8.first { !($0.isLetterOrDigit || ",._+*#?-".utf8.contains($0)) }
      } report: {
        "Bad character '\($0)' in property name"
      }
    },
    TreeCheck("name_is_string", .error, "the property name is a string") { run in
      run.checkStrings("name")
    },
    TreeCheck("name_properties", .error, after: ["name_is_string"], "the property name repeats the node's name") {
      run in
      run.checkNameProperties()
    },
    TreeCheck(
      "node_name_vs_property_name", after: ["node_name_chars"], "a node and a property beside it differ in name"
    ) { run in
      run.checkNodesAgainstProperties()
    },
  ]

  static let strictNames = [
    TreeCheck("property_name_chars_strict", .off, "a property name holds letters, digits, , and - only") { run in
      run.checkPropertyNames(strictFault(inPropertyName:)) { "Character '\($0)' not recommended in property name" }
    },
    TreeCheck("node_name_chars_strict", .off, "a node name holds letters, digits, , - and @ only") { run in
      run.checkNodeNames {
        $0.isLetterOrDigit || ",-@".utf8.contains($0)
      } report: {
        "Character '\($0)' not recommended in node name"
      }
    },
  ]

  /// The first character that a property name should not have. One `#` may begin the name, or what follows the
  /// vendor's comma.
  private static func strictFault(inPropertyName name: String) -> UInt8? {
    // As old as Open Firmware, and here to stay.
    if name == "device_type" { return nil }
    var previous: UInt8?
    var hasMark = false
    for byte in name.utf8 {
      if byte == UInt8(ascii: "#"), !hasMark, previous == nil || previous == UInt8(ascii: ",") {
        hasMark = true
      } else if !byte.isLetterOrDigit, byte != UInt8(ascii: ","), byte != UInt8(ascii: "-") {
        return byte
      }
      previous = byte
    }
    return nil
  }
}

extension Inspection {
  mutating func checkNodeNames(_ isAllowed: (UInt8) -> Bool, report text: (Character) -> FindingText) {
    let faults = names.whole.firstBytes { !isAllowed($0) }
    guard faults.contains(where: { $0 != nil }) else { return }
    for node in order {
      guard let fault = faults[Int(facts[Int(node)].name.index)] else { continue }
      report(node, text(Character(Unicode.Scalar(fault))))
    }
  }

  /// - Parameter fault: the first character of a name that is not allowed there. Asked once a name.
  mutating func checkPropertyNames(_ fault: (String) -> UInt8?, report text: (Character) -> FindingText) {
    let faults = properties.symbols.map(fault)
    guard faults.contains(where: { $0 != nil }) else { return }
    for node in order {
      for slot in 0..<Int32(truncatingIfNeeded: properties.count(of: node)) {
        let property = PropertyRef(node: node, slot: slot)
        guard let fault = faults[Int(properties.symbol(property).index)] else { continue }
        report(property, text(Character(Unicode.Scalar(fault))))
      }
    }
  }

  fileprivate mutating func checkNameProperties() {
    var redundant: [PropertyRef] = []
    for property in properties.uses(of: "name") {
      let name = self[property].value.leadingString
      if name == baseName(property.node) {
        redundant.append(property)
      } else {
        report(property.node, "\"name\" property is incorrect (\"\(name)\" instead of base node name)")
      }
    }
    // A node's name says the same. Old blobs have both.
    guard !redundant.isEmpty else { return }
    for property in redundant { tree.nodes[Int(property.node)].properties.remove(at: Int(property.slot)) }
    survey()
  }

  fileprivate mutating func checkNodesAgainstProperties() {
    for node in order where facts[Int(node)].firstChild >= 0 && properties.count(of: node) > 0 {
      for child in children(node) where find(name(child), in: node) != nil {
        report(child, "node name and property name conflict")
      }
    }
  }
}

extension UInt8 {
  var isLetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
