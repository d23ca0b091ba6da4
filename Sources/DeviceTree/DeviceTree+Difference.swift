// SPDX-License-Identifier: Apache-2.0

extension DeviceTree {
  /// What one tree has and another has not. The order of nodes and properties does not count.
  public struct Difference: Hashable, Sendable {
    /// The node's path, in the tree that has it.
    public var node: String
    /// Nil for the node itself, with everything in it.
    public var property: String?
    /// Nil when the first tree has no such thing.
    public var old: PropertyValue?
    /// Nil when the second tree has no such thing.
    public var new: PropertyValue?
    public var kind: Kind

    public enum Kind: Hashable, Sendable {
      case added, removed, changed
    }
  }

  /// What has to be changed to make another tree of this one, in the order of this tree, then of the other.
  ///
  /// Siblings of one name are compared in their order.
  public func differences(to other: DeviceTree) -> [Difference] {
    var result: [Difference] = []
    var work = [(old: root, new: other.root)]
    while let (old, new) = work.popLast() {
      compareProperties(of: old, with: new, of: other, into: &result)
      var partners: [String: [NodeID]] = [:]
      for child in other.children(of: new) { partners[other[child].name, default: []].append(child) }
      var pairs: [(NodeID, NodeID)] = []
      for child in children(of: old) {
        if partners[self[child].name]?.isEmpty == false, let partner = partners[self[child].name]?.removeFirst() {
          pairs.append((child, partner))
        } else {
          result.append(Difference(node: path(of: child), property: nil, old: nil, new: nil, kind: .removed))
        }
      }
      let left = Set(partners.values.joined())
      for child in other.children(of: new) where left.contains(child) {
        result.append(Difference(node: other.path(of: child), property: nil, old: nil, new: nil, kind: .added))
      }
      for pair in pairs.reversed() { work.append((pair.0, pair.1)) }
    }
    return result
  }

  private func compareProperties(
    of old: NodeID, with new: NodeID, of other: DeviceTree, into result: inout [Difference]
  ) {
    let path = path(of: old)
    let values = Dictionary(other[new].properties.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    for property in self[old].properties {
      guard let value = values[property.name] else {
        result.append(
          Difference(node: path, property: property.name, old: property.value, new: nil, kind: .removed))
        continue
      }
      if value.bytes != property.value.bytes {
        result.append(
          Difference(node: path, property: property.name, old: property.value, new: value, kind: .changed))
      }
    }
    let names = Set(self[old].properties.map(\.name))
    for property in other[new].properties where !names.contains(property.name) {
      result.append(Difference(node: path, property: property.name, old: nil, new: property.value, kind: .added))
    }
  }
}
