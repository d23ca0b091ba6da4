// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// The tree that a domain will find, as far as it is known before the boot.
public struct PredictedTree: Sendable {
  public var tree: DeviceTree
  /// What Xen decides when it boots. The tree holds a stand-in there.
  public var open: [OpenValue] = []

  public struct OpenValue: Hashable, Sendable {
    /// The node's path in the tree.
    public var node: String
    /// Nil for the node's own unit address.
    public var property: String?
    /// What decides it, and between which bounds.
    public var reason: String

    public init(node: String, property: String?, reason: String) {
      self.node = node
      self.property = property
      self.reason = reason
    }
  }

  public init(tree: DeviceTree, open: [OpenValue] = []) {
    self.tree = tree
    self.open = open
  }
}
