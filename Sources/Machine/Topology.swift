// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// How the nodes of a tree hang together beyond parent and child: by phandles, through buses, interrupts and IOMMUs.
///
/// Making one costs a single pass over the tree, for the phandles. Everything else is computed when it is asked for.
public struct Topology: Sendable {
  public let tree: DeviceTree
  /// Where a phandle stands on two nodes, the first in tree order counts.
  let phandles: [UInt32: DeviceTree.NodeID]

  public init(_ tree: DeviceTree) {
    self.tree = tree
    var phandles: [UInt32: DeviceTree.NodeID] = [:]
    for id in tree.walk() {
      guard let phandle = tree.phandle(of: id), phandles[phandle] == nil else { continue }
      phandles[phandle] = id
    }
    self.phandles = phandles
  }

  /// The node that a phandle names. 0 and -1 name none.
  public func node(phandle: UInt32) -> DeviceTree.NodeID? { phandles[phandle] }

  /// The device that a node is a part of: the node itself, or the nearest one above it, that has `compatible`. A pin group
  /// belongs to its pin controller, a regulator to its power chip, a port to its display.
  ///
  /// - Returns: the node itself when there is none, as for a port of the root.
  public func device(of id: DeviceTree.NodeID) -> DeviceTree.NodeID {
    var current = id
    while let parent = tree[current].parent {
      if tree[current, "compatible"] != nil { return current }
      current = parent
    }
    return id
  }

  /// Whether a node and everything above it is enabled.
  public func isAvailable(_ id: DeviceTree.NodeID) -> Bool {
    var current: DeviceTree.NodeID? = id
    while let node = current {
      guard tree.isEnabled(node) else { return false }
      current = tree[node].parent
    }
    return true
  }

  /// The ids of the nodes that bear one of these compatible strings, in tree order.
  public func nodes(compatibleWith names: Set<String>) -> [DeviceTree.NodeID] {
    tree.walk().filter { tree[$0, "compatible"]?.strings?.contains(where: names.contains) ?? false }
  }
}

extension DeviceTree {
  /// Whether a node's `status` is absent, `okay` or `ok` (specification, section 2.3.4). Looks at the node alone.
  public func isEnabled(_ id: NodeID) -> Bool {
    guard let status = self[id, "status"]?.string else { return true }
    return status == "okay" || status == "ok"
  }

  /// The phandle of a node, by the name of today or by the older one; nil for none, 0 and -1.
  public func phandle(of id: NodeID) -> UInt32? {
    var phandle: UInt32?
    for property in self[id].properties where property.name == "phandle" || property.name == "linux,phandle" {
      guard let cell = property.value.cell, cell != 0, cell != .max else { continue }
      phandle = cell
      if property.name == "phandle" { break }
    }
    return phandle
  }
}
