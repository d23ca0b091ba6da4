// SPDX-License-Identifier: Apache-2.0

/// A reference in a property that names no node of the tree.
public struct UnresolvedReference: Hashable, Sendable {
  /// The node that holds the property.
  public var node: DeviceTree.NodeID
  public var property: String
  /// Byte offset of the reference in the value.
  public var offset: Int
  public var reference: Reference

  public init(node: DeviceTree.NodeID, property: String, offset: Int, reference: Reference) {
    self.node = node
    self.property = property
    self.offset = offset
    self.reference = reference
  }
}

extension DeviceTree {
  /// The references that name no node. Changes nothing.
  public func unresolvedReferences() -> [UnresolvedReference] {
    let labels = labelIndex()
    var unresolved: [UnresolvedReference] = []
    for id in order() {
      for property in nodes[Int(id.index)].properties where property.value.hasReferences {
        for mark in property.value.marks {
          guard let reference = mark.kind.reference,
            node(for: reference, label: { labels[$0] }) == nil
          else { continue }
          unresolved.append(
            UnresolvedReference(node: id, property: property.name, offset: mark.offset, reference: reference))
        }
      }
    }
    return unresolved
  }

  /// Puts phandles and paths where references stand, and takes those marks away.
  ///
  /// A node that is referred to and has no phandle gets one: the lowest number from 1 that no node has, in the order in which
  /// references are met in tree order. Its `phandle` property comes last in the node. A node may also ask for a phandle by
  /// referring to itself in its own `phandle`. Nodes marked as omitted if unreferenced are dropped when nothing refers to them.
  /// - Returns: the references that name no node; they stay in the tree as they are.
  @discardableResult
  public mutating func resolveReferences() -> [UnresolvedReference] {
    let order = order()
    var resolver = Resolver(tree: self, order: order)
    resolver.resolve(.phandles, in: &self)
    resolver.resolve(.paths, in: &self)
    for id in order where nodes[Int(id.index)].isOmittedIfUnreferenced {
      // A node inside a dropped one has no way to the root any more, and removing it as well does no harm.
      if !resolver.referenced.contains(id) { remove(id) }
    }
    return resolver.unresolved.sorted { $0.position < $1.position }.map(\.reference)
  }
}

/// One run of reference resolution: what is known about labels and phandles while the tree is changed.
private struct Resolver {
  enum Pass {
    case phandles, paths
  }

  private(set) var referenced: Set<DeviceTree.NodeID> = []
  private(set) var unresolved: [(position: Int, reference: UnresolvedReference)] = []
  private let labels: [String: DeviceTree.NodeID]
  /// The nodes with references, in tree order, with their place in it.
  private var holders: [(position: Int, id: DeviceTree.NodeID)] = []
  private var phandles: [DeviceTree.NodeID: UInt32] = [:]
  private var taken: Set<UInt32> = []
  private var nextPhandle: UInt32 = 1

  init(tree: borrowing DeviceTree, order: [DeviceTree.NodeID]) {
    for (position, id) in order.enumerated() {
      guard tree.nodes[Int(id.index)].properties.contains(where: { $0.value.hasReferences }) else { continue }
      holders.append((position, id))
    }
    guard !holders.isEmpty else {
      labels = [:]
      return
    }
    labels = tree.labelIndex()
    for id in order {
      guard let phandle = tree.nodes[Int(id.index)].fixedPhandle else { continue }
      phandles[id] = phandle
      taken.insert(phandle)
    }
  }

  mutating func resolve(_ pass: Pass, in tree: inout DeviceTree) {
    for (position, id) in holders {
      for at in tree.nodes[Int(id.index)].properties.indices {
        guard tree.nodes[Int(id.index)].properties[at].value.hasReferences else { continue }
        resolve(pass, position: position, id, property: at, in: &tree)
      }
    }
  }

  private mutating func resolve(
    _ pass: Pass, position: Int, _ id: DeviceTree.NodeID, property at: Int, in tree: inout DeviceTree
  ) {
    var property = tree.nodes[Int(id.index)].properties[at]
    var marks: [PropertyValue.Mark] = []
    marks.reserveCapacity(property.value.marks.count)
    // The new phandle of the node itself goes after its last property, so that this position stays true.
    var bytes: [UInt8] = []
    var copied = 0
    var shift = 0
    for var mark in property.value.marks {
      let original = mark.offset
      mark.offset += shift
      guard let reference = mark.kind.reference(in: pass) else {
        marks.append(mark)
        continue
      }
      guard let target = tree.node(for: reference, label: { labels[$0] }) else {
        unresolved.append(
          (
            position,
            UnresolvedReference(node: id, property: property.name, offset: original, reference: reference)
          ))
        marks.append(mark)
        continue
      }
      referenced.insert(target)
      let end = min(max(original, copied), property.value.bytes.count)
      bytes += property.value.bytes[copied..<end]
      copied = end
      switch pass {
      case .phandles:
        guard property.value.bytes.count - end >= 4 else { continue }
        let phandle = phandle(of: target, in: &tree)
        bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: phandle >> $0) }
        copied += 4
      case .paths:
        let path = Array(tree.path(of: target).utf8) + [0]
        bytes += path
        shift += path.count
        marks.append(PropertyValue.Mark(offset: mark.offset, .form(.string)))
      }
    }
    bytes += property.value.bytes[copied...]
    property.value = PropertyValue(bytes: bytes, marks: marks)
    tree.nodes[Int(id.index)].properties[at].value = property.value
  }

  private mutating func phandle(of id: DeviceTree.NodeID, in tree: inout DeviceTree) -> UInt32 {
    if let known = phandles[id] { return known }
    while taken.contains(nextPhandle) { nextPhandle += 1 }
    phandles[id] = nextPhandle
    taken.insert(nextPhandle)
    if tree[id]["phandle"] == nil {
      tree.nodes[Int(id.index)].properties.append(DeviceTree.Property("phandle", .cell(nextPhandle)))
    }
    return nextPhandle
  }
}

extension DeviceTree.Node {
  /// The phandle that the node's properties give it, or nil when it has none or asks for one by a reference.
  fileprivate var fixedPhandle: UInt32? {
    var phandle: UInt32?
    for property in properties where property.name == "phandle" || property.name == "linux,phandle" {
      guard !property.value.hasReferences, let cell = property.value.cell, cell != 0, cell != .max else {
        continue
      }
      phandle = cell
    }
    return phandle
  }
}

extension PropertyValue {
  /// Whether something in the value still has to be resolved.
  public var hasReferences: Bool { marks.contains { $0.kind.reference != nil } }
}

extension PropertyValue.Kind {
  /// The node that the mark names, for a mark that names one.
  public var reference: Reference? {
    switch self {
    case .phandle(let reference), .path(let reference): reference
    case .label, .form: nil
    }
  }

  fileprivate func reference(in pass: Resolver.Pass) -> Reference? {
    switch (self, pass) {
    case (.phandle(let reference), .phandles), (.path(let reference), .paths): reference
    default: nil
    }
  }
}
