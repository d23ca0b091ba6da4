// SPDX-License-Identifier: Apache-2.0

extension DeviceTree {
  /// Copies a node of another tree, with everything below it, as the last child of `parent`.
  ///
  /// - Returns: the copy. Labels, marks and locations go with it.
  @discardableResult
  public mutating func graft(_ source: NodeID, of other: DeviceTree, under parent: NodeID) -> NodeID {
    var copies: [NodeID: NodeID] = [:]
    for id in other.walk(from: source) {
      let original = other[id]
      let target = original.parent.flatMap { copies[$0] } ?? parent
      let copy = addChild(original.name, to: target, location: original.location)
      self[copy].labels = original.labels
      self[copy].properties = original.properties
      copies[id] = copy
    }
    return copies[source] ?? parent
  }
}
