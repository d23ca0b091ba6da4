// SPDX-License-Identifier: Apache-2.0

/// A reference in a property that names no node of the tree.
public struct UnresolvedReference: Hashable, Sendable {
  /// The node that holds the property.
  public var node: DeviceTree.NodeID
  public var property: String
  /// Byte offset of the reference in the value.
  public var offset: Int
  public var reference: Reference
  /// Whether the value shall hold the path of the node, not its phandle.
  public var isPath: Bool

  public init(
    node: DeviceTree.NodeID, property: String, offset: Int, reference: Reference, isPath: Bool = false
  ) {
    self.node = node
    self.property = property
    self.offset = offset
    self.reference = reference
    self.isPath = isPath
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
            UnresolvedReference(
              node: id, property: property.name, offset: mark.offset, reference: reference,
              isPath: mark.kind == .path(reference)))
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
  ///
  /// - Parameter keepingReferences: whether a ``PropertyValue/Kind/phandleOf(_:)`` mark stays where a phandle was put, for
  ///   whoever has to know later which cells are phandles.
  /// - Returns: the references that name no node; they stay in the tree as they are.
  @discardableResult
  public mutating func resolveReferences(keepingReferences: Bool = false) -> [UnresolvedReference] {
    let order = order()
    var resolver = Resolver(tree: self, order: order, keepingReferences: keepingReferences)
    resolver.resolve(.phandles, in: &self)
    resolver.resolve(.paths, in: &self)
    for id in order where nodes[Int(id.index)].isOmittedIfUnreferenced {
      // A node inside a dropped one has no way to the root any more, and removing it as well does no harm.
      if !resolver.referenced[Int(id.index)] { remove(id) }
    }
    return resolver.unresolved.sorted { $0.position < $1.position }.map(\.reference)
  }
}

/// One run of reference resolution: what is known about labels and phandles while the tree is changed.
private struct Resolver {
  enum Pass {
    case phandles, paths
  }

  /// By node: whether something refers to it, and its phandle, 0 for none.
  private(set) var referenced: [Bool]
  private(set) var unresolved: [(position: Int, reference: UnresolvedReference)] = []
  private let labels: [String: DeviceTree.NodeID]
  /// The nodes with references, in tree order, with their place in it.
  private var holders: [(position: Int, id: DeviceTree.NodeID)] = []
  private var phandles: [UInt32]
  private var taken: Set<UInt32> = []
  private var nextPhandle: UInt32 = 1

  private let keepingReferences: Bool

  init(tree: borrowing DeviceTree, order: [DeviceTree.NodeID], keepingReferences: Bool) {
    self.keepingReferences = keepingReferences
    referenced = Array(repeating: false, count: tree.nodes.count)
    phandles = Array(repeating: 0, count: tree.nodes.count)
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
      phandles[Int(id.index)] = phandle
      taken.insert(phandle)
    }
  }

  mutating func resolve(_ pass: Pass, in tree: inout DeviceTree) {
    for (position, id) in holders {
      // A phandle that the node itself gets comes last, so that no position changes.
      for at in tree.nodes[Int(id.index)].properties.indices {
        guard tree.nodes[Int(id.index)].properties[at].value.hasReferences else { continue }
        // The value is taken out while it is changed, so that it is not copied.
        var value = PropertyValue.empty
        swap(&value, &tree.nodes[Int(id.index)].properties[at].value)
        var failed: [(offset: Int, reference: Reference)] = []
        switch pass {
        case .phandles: resolvePhandles(in: &value, of: &tree, &failed)
        case .paths: resolvePaths(in: &value, of: tree, &failed)
        }
        swap(&value, &tree.nodes[Int(id.index)].properties[at].value)
        let name = tree.nodes[Int(id.index)].properties[at].name
        for (offset, reference) in failed {
          let reference = UnresolvedReference(
            node: id, property: name, offset: offset, reference: reference, isPath: pass == .paths)
          unresolved.append((position, reference))
        }
      }
    }
  }

  private mutating func resolvePhandles(
    in value: inout PropertyValue, of tree: inout DeviceTree,
    _ failed: inout [(offset: Int, reference: Reference)]
  ) {
    var kept = 0
    for at in value.marks.indices {
      var mark = value.marks[at]
      if case .phandle(let reference) = mark.kind {
        if let target = tree.node(for: reference, label: { labels[$0] }) {
          referenced[Int(target.index)] = true
          let phandle = phandle(of: target, in: &tree)
          var place = mark.offset
          var cell = phandle
          while place >= 0, place < value.bytes.count, place - mark.offset < 4 {
            value.bytes[place] = UInt8(truncatingIfNeeded: cell >> 24)
            cell <<= 8
            place += 1
          }
          guard keepingReferences else { continue }
          mark.kind = .phandleOf(reference)
        } else {
          failed.append((mark.offset, reference))
        }
      }
      value.marks[kept] = mark
      kept += 1
    }
    value.marks.removeLast(value.marks.count - kept)
  }

  private mutating func resolvePaths(
    in value: inout PropertyValue, of tree: DeviceTree, _ failed: inout [(offset: Int, reference: Reference)]
  ) {
    var bytes: [UInt8] = []
    var copied = 0
    for at in value.marks.indices {
      let offset = value.marks[at].offset
      let shift = bytes.count - copied
      value.marks[at].offset += shift
      guard case .path(let reference) = value.marks[at].kind else { continue }
      guard let target = tree.node(for: reference, label: { labels[$0] }) else {
        failed.append((offset, reference))
        continue
      }
      referenced[Int(target.index)] = true
      let end = min(max(offset, copied), value.bytes.count)
      bytes += value.bytes[copied..<end]
      copied = end
      bytes += tree.path(of: target).utf8
      bytes.append(0)
      value.marks[at].kind = .form(.string)
    }
    guard !bytes.isEmpty else { return }
    bytes += value.bytes[copied...]
    value.bytes = bytes
  }

  private mutating func phandle(of id: DeviceTree.NodeID, in tree: inout DeviceTree) -> UInt32 {
    if phandles[Int(id.index)] != 0 { return phandles[Int(id.index)] }
    while taken.contains(nextPhandle) { nextPhandle += 1 }
    phandles[Int(id.index)] = nextPhandle
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
    for at in properties.indices where properties[at].value.bytes.count == 4 && properties[at].isPhandle {
      let value = properties[at].value
      guard !value.hasReferences, let cell = value.cell, cell != 0, cell != .max else { continue }
      phandle = cell
    }
    return phandle
  }
}

extension DeviceTree.Property {
  /// Whether the property gives its node a phandle, by the name of today or by the older one.
  @inlinable package var isPhandle: Bool { name == "phandle" || name == "linux,phandle" }
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
    case .label, .form, .phandleOf: nil
    }
  }
}
