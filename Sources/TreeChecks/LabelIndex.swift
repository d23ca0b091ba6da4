// SPDX-License-Identifier: Apache-2.0
import DeviceTree

/// The node that each label of a tree names. Of two with the same one the first counts.
struct LabelIndex {
  private var names = SymbolTable()
  /// By symbol.
  private var nodes: [Int32] = []

  var count: Int { nodes.count }

  init(_ tree: borrowing DeviceTree, order: [Int32]) {
    for node in order where !tree.nodes[Int(node)].labels.isEmpty {
      for label in tree.nodes[Int(node)].labels {
        if Int(names.symbol(for: label).index) == nodes.count { nodes.append(node) }
      }
    }
  }

  subscript(label: String) -> Int32? {
    let symbol = names.known(label)
    return symbol == .none ? nil : nodes[Int(symbol.index)]
  }
}
