// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// What nodes and properties may be called.
extension TreeCheck {
  static let names: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .duplicateNodeNames, "duplicate_node_names", demands: "no two nodes of one parent bear the same name"
    ) { run in
      // By name: the node in which a child bore it last. Only a node where that happens twice is looked at closely.
      var seen = Array(repeating: Int32(-1), count: run.tree.names.count)
      for node in run.order where run.facts[node].firstChild >= 0 {
        var hasDuplicates = false
        var children: [Int32] = []
        run.forEachChild(node) { child in
          let name = Int(run.facts[child].name.index)
          if seen[name] == node { hasDuplicates = true }
          seen[name] = node
        }
        guard hasDuplicates else { continue }
        run.forEachChild(node) { children.append($0) }
        let alike = Alike(children.map { run.facts[$0].name })
        alike.forEachPair(limit: Inspection.comparedCopies) { _, later in
          run.report(children[later], "Duplicate node name")
        }
      }
    },
    TreeCheck(.duplicatePropertyNames, "duplicate_property_names", demands: "a node has no property twice") {
      run in
      // By name: the node in which it was seen last. Only a node where that happens twice is looked at closely.
      var seen = Array(repeating: Int32(-1), count: run.tree.names.count)
      for node in run.order {
        var hasDuplicates = false
        for slot in run.properties.slots(of: node) {
          let symbol = Int(run.properties.symbol(at: slot).index)
          if seen[symbol] == node { hasDuplicates = true }
          seen[symbol] = node
        }
        guard hasDuplicates else { continue }
        let slots = Array(run.properties.slots(of: node))
        let alike = Alike(slots.map { run.properties.symbol(at: $0) })
        alike.forEachPair(limit: Inspection.comparedCopies) { earlier, _ in
          run.report(run.properties.property(at: slots[earlier]), "Duplicate property name")
        }
      }
    },
    TreeCheck(
      .nodeNameChars, "node_name_chars", demands: "a node name holds letters, digits and , . _ + - @ only"
    ) { run in
      run.checkNodeNames {
        $0.isInNodeName
      } report: {
        "Bad character '\($0)' in node name"
      }
    },
    TreeCheck(
      .nodeNameFormat, "node_name_format", after: .nodeNameChars, demands: "a node name has one @ at most"
    ) { run in
      for node in run.order where run.hasUnitAddress(node) && run.unitAddress(node).utf8.contains(UInt8(ascii: "@")) {
        run.report(node, "multiple '@' characters in node name")
      }
    },
    TreeCheck(
      .nodeNameNotEmpty, "node_name_not_empty", after: .nodeNameChars, demands: "only the root has no name"
    ) { run in
      for node in run.order where run.facts[node].baseLength == 0 && node != Inspection.root {
        run.report(node, "Empty node name")
      }
    },
    TreeCheck(
      .propertyNameChars, "property_name_chars",
      demands: "a property name holds letters, digits and , . _ + * # ? - only"
    ) { run in
      unsafe run.checkPropertyNames { name in
        unsafe name.first { !$0.isInPropertyName }
      } report: {
        "Bad character '\($0)' in property name"
      }
    },
    TreeCheck(.nameIsString, "name_is_string", each: "name", demands: "the property name is a string") {
      run, name in
      run.checkString(name)
    },
    TreeCheck(
      .nameProperties, "name_properties", after: .nameIsString,
      demands: "the property name repeats the node's name"
    ) { run in
      run.checkNameProperties()
    },
    TreeCheck(
      .nodeNameVsPropertyName, "node_name_vs_property_name", after: .nodeNameChars,
      demands: "a node and a property beside it differ in name"
    ) { run in
      run.checkNodesAgainstProperties()
    },
  ]

  static let strictNames: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .propertyNameCharsStrict, "property_name_chars_strict",
      demands: "a property name holds letters, digits, , and - only"
    ) { run in
      unsafe run.checkPropertyNames({ unsafe strictFault(inPropertyName: $0) }) {
        "Character '\($0)' not recommended in property name"
      }
    },
    TreeCheck(
      .nodeNameCharsStrict, "node_name_chars_strict", demands: "a node name holds letters, digits, , - and @ only"
    ) { run in
      run.checkNodeNames {
        $0.isLetterOrDigit || ",-@".utf8.contains($0)
      } report: {
        "Character '\($0)' not recommended in node name"
      }
    },
  ]

  /// The first character that a property name should not have. One `#` may begin the name, or what follows the
  /// vendor's comma.
  private static func strictFault(inPropertyName name: UnsafeBufferPointer<UInt8>) -> UInt8? {
    // As old as Open Firmware, and here to stay.
    if unsafe name.elementsEqual("device_type".utf8) { return nil }
    var previous: UInt8?
    var hasMark = false
    for at in 0..<name.count {
      let byte = unsafe name[at]
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
    for node in order {
      let fault = unsafe tree.names.withBytes(of: facts[node].name) { unsafe $0.first { !isAllowed($0) } }
      guard let fault else { continue }
      report(node, text(Character(Unicode.Scalar(fault))))
    }
  }

  /// - Parameter fault: the first character of a name that is not allowed there. Asked once a name.
  mutating func checkPropertyNames(
    _ fault: (UnsafeBufferPointer<UInt8>) -> UInt8?, report text: (Character) -> FindingText
  ) {
    var bySymbol: [UInt8?] = []
    for at in 0..<properties.names.count {
      let name = properties.names[at]
      guard let fault = unsafe tree.names.withBytes(of: name, { unsafe fault($0) }) else { continue }
      if bySymbol.isEmpty { bySymbol = Array(repeating: nil, count: tree.names.count) }
      bySymbol[Int(name.index)] = fault
    }
    guard !bySymbol.isEmpty else { return }
    for node in order {
      for slot in properties.slots(of: node) {
        guard let fault = bySymbol[Int(properties.symbol(at: slot).index)] else { continue }
        report(properties.property(at: slot), text(Character(Unicode.Scalar(fault))))
      }
    }
  }

  fileprivate mutating func checkNameProperties() {
    var redundant: [PropertyRef] = []
    for at in uses(of: "name") {
      let property = properties.use(at)
      let name = leadingString(property)
      if name == baseName(property.node) {
        redundant.append(property)
      } else {
        report(property.node, "\"name\" property is incorrect (\"\(name)\" instead of base node name)")
      }
    }
    // A node's name says the same. Old blobs have both.
    guard !redundant.isEmpty else { return }
    for property in redundant { tree.removeProperties(of: property.node) { $1 == property.index } }
    survey()
  }

  fileprivate mutating func checkNodesAgainstProperties() {
    for node in order where facts[node].firstChild >= 0 && !properties.slots(of: node).isEmpty {
      var child = facts[node].firstChild
      while child >= 0 {
        if properties.find(facts[child].name, in: node) != nil {
          report(child, "node name and property name conflict")
        }
        child = facts[child].nextSibling
      }
    }
  }
}

extension UInt8 {
  fileprivate var isInNodeName: Bool {
    switch self {
    case UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "@"):
      true
    default: isLetterOrDigit
    }
  }

  fileprivate var isInPropertyName: Bool {
    switch self {
    case UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "*"),
      UInt8(ascii: "#"), UInt8(ascii: "?"), UInt8(ascii: "-"):
      true
    default: isLetterOrDigit
    }
  }

  var isLetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
