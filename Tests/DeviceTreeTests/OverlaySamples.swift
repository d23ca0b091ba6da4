// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics

/// The nodes of a tree with their properties, as a test writes them down.
typealias Nodes = KeyValuePairs<String, KeyValuePairs<String, PropertyValue>>

extension DeviceTree {
  /// A tree of these nodes, in this order; what is missing above a node is made.
  init(_ nodes: Nodes) {
    self.init()
    for (path, properties) in nodes {
      var node = root
      for name in path.split(separator: "/") { node = ensureChild(String(name), of: node) }
      for (name, value) in properties { set(name, value, on: node) }
    }
  }

  /// Each node on a line with its properties, in the order of the tree: `/soc/dev@1 status=6f6b00 reg`.
  var outline: [String] {
    walk().map { id in
      let properties = self[id].properties.map { property in
        property.value.bytes.isEmpty
          ? " \(property.name)"
          : " \(property.name)="
            + property.value.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      }
      return path(of: id) + properties.joined()
    }
  }

  /// The same for one node.
  func line(_ path: String) -> String? {
    outline.first { $0 == path || $0.hasPrefix(path + " ") }
  }

  /// The tree with overlays applied, and the warnings.
  func with(_ overlays: Nodes...) throws(Failure) -> (tree: DeviceTree, warnings: [Diagnostic]) {
    var tree = self
    var named: [Overlay] = []
    for nodes in overlays {
      named.append(Overlay(DeviceTree(nodes), file: overlays.count == 1 ? "o.dtbo" : "o\(named.count + 1).dtbo"))
    }
    let warnings = try tree.apply(named, file: "base.dtb")
    return (tree, warnings)
  }

  /// What is said about overlays that cannot be applied, as a person sees it.
  func refusal(of overlays: Nodes...) -> String {
    var tree = self
    let named = overlays.enumerated().map { position, nodes in
      Overlay(DeviceTree(nodes), file: overlays.count == 1 ? "o.dtbo" : "o\(position + 1).dtbo")
    }
    do throws(Failure) {
      try tree.apply(named, file: "base.dtb")
      return "applied"
    } catch {
      return tree.outline == outline ? DiagnosticPrinter().text(error.diagnostics) : "the base tree was changed"
    }
  }

  /// A base with two labelled devices, as `dtc -@` writes it.
  static let board = DeviceTree([
    "/": ["model": .string("b")],
    "/soc/uart@1": ["reg": .cell(1), "status": .string("off"), "phandle": .cell(3)],
    "/soc/i2c@2": ["phandle": .cell(7)],
    "/soc/i2c@2/eeprom": [:],
    "/aliases": ["serial0": .string("/soc/uart@1")],
    "/__symbols__": ["uart": .string("/soc/uart@1"), "bus": .string("/soc/i2c@2")],
  ])
}

extension PropertyValue {
  /// A phandle that `__fixups__` fills in.
  static let open = PropertyValue.cell(.max)
}
