// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

/// A base tree while overlays are applied to it.
///
/// What is looked up is looked up in hash tables that live through all overlays, and no step looks at the
/// whole tree for a single fragment, so that the time taken is linear.
struct OverlayApplication {
  var tree: DeviceTree
  var report = OverlayReport()
  var names = OverlayNames()
  var phandles: OverlayPhandles
  /// Nodes that have got properties: where the added ones begin. They stand behind the others, the oldest
  /// first, until all is done: putting each in front at once would move the others every time.
  private var firstAdded: [DeviceTree.NodeID: Int] = [:]
  /// Names of properties that were added.
  private var addedNames: Set<String>
  /// Labels of overlays that cannot be had because of an error that has been reported.
  var lostLabels: Set<String> = []
  /// How many bytes of paths may still be put into `/__symbols__`.
  var symbolTextLeft = 256 << 20
  private var applied = 0
  private let file: String?

  init(to base: DeviceTree, file: String?) {
    tree = base
    self.file = file
    phandles = OverlayPhandles(tree)
    addedNames = Set(tree.strings.added)
  }

  mutating func apply(_ overlay: Overlay) {
    guard !report.isFull else { return }
    var part = OverlayPart(overlay)
    part.findFragments(&report)
    let largest = phandles.largest(in: tree)
    part.renumberPhandles(after: largest, &report)
    part.renumberReferences(by: largest, &report)
    resolveFixups(of: &part)
    keepPhandles(from: &part)
    merge(&part)
    addSymbols(of: &part)
    applied += 1
  }

  /// What messages call the base tree.
  var baseName: String { file ?? "the base tree" }

  /// Who could have defined a label and did not: `base.dtb does not define`.
  var nobodyDefines: String {
    applied == 0 ? "\(baseName) does not define" : "neither \(baseName) nor an earlier overlay defines"
  }
}

// MARK: - Changing the tree

extension OverlayApplication {
  /// The child of that name; it becomes the first one when it is not there yet.
  mutating func ensureChild(_ source: DeviceTree.Node, of parent: DeviceTree.NodeID) -> DeviceTree.NodeID {
    if let known = names.child(of: parent, named: source.name, in: tree) { return known }
    let child = tree.addFirstChild(source.name, to: parent, location: source.location)
    names.addedFirst(child, named: source.name, to: parent)
    return child
  }

  /// Sets a property, in place when the node has it.
  mutating func set(_ property: DeviceTree.Property, on node: DeviceTree.NodeID) {
    if let at = names.property(property.name, of: node, in: tree) {
      tree[node].properties[at] = property
      return
    }
    let end = tree[node].properties.count
    if firstAdded[node] == nil { firstAdded[node] = end }
    tree[node].properties.append(property)
    if addedNames.insert(property.name).inserted { tree.strings.added.append(property.name) }
    names.added(property.name, to: node, at: end)
  }

  /// The finished tree: added properties stand before the others, the newest first.
  consuming func finish() -> DeviceTree {
    for (node, start) in firstAdded {
      let properties = tree[node].properties
      tree[node].properties = properties[start...].reversed() + properties[..<start]
    }
    tree.strings.isKept = !tree.strings.read.isEmpty
    return tree
  }
}

extension DeviceTree {
  /// Adds a node before the first child of `parent`. The caller has made sure that the name is free.
  fileprivate mutating func addFirstChild(
    _ name: String, to parent: NodeID, location: SourceLocation?
  ) -> NodeID {
    let id = addChild(name, to: parent, location: location)
    guard let first = self[parent].firstChild, first != id, let last = self[id].previousSibling else { return id }
    self[last].nextSibling = nil
    self[parent].lastChild = last
    self[id].previousSibling = nil
    self[id].nextSibling = first
    self[first].previousSibling = id
    self[parent].firstChild = id
    return id
  }
}

// MARK: - Phandles of the base

/// The nodes of a tree by phandle.
///
/// Where several nodes have one phandle, the first that had it counts. That is the first in tree order, unless an
/// overlay has given one away twice, which is warned about.
struct OverlayPhandles {
  private var nodes: [UInt32: DeviceTree.NodeID] = [:]
  /// Nil when it has to be found anew.
  private var largest: UInt32?

  init(_ tree: DeviceTree) {
    largest = 0
    for id in tree.order() {
      guard let phandle = tree[id].phandle else { continue }
      add(phandle, id)
    }
  }

  subscript(phandle: UInt32) -> DeviceTree.NodeID? { nodes[phandle] }

  mutating func largest(in tree: DeviceTree) -> UInt32 {
    if let largest { return largest }
    let found = nodes.keys.max() ?? 0
    largest = found
    return found
  }

  /// A node has got a phandle, perhaps in place of another.
  mutating func changed(_ node: DeviceTree.NodeID, from old: UInt32?, to new: UInt32?) {
    if let old, nodes[old] == node {
      nodes[old] = nil
      if old == largest { largest = nil }
    }
    if let new { add(new, node) }
  }

  private mutating func add(_ phandle: UInt32, _ node: DeviceTree.NodeID) {
    if nodes[phandle] == nil { nodes[phandle] = node }
    if let known = largest, phandle > known { largest = phandle }
  }
}

extension DeviceTree.Node {
  /// `phandle` counts before `linux,phandle`; zero and all ones are none.
  fileprivate var phandle: UInt32? {
    var old: UInt32?
    for property in properties {
      switch property.name {
      case "phandle": if let cell = property.value.bytes.onlyCell { return cell.asPhandle }
      case "linux,phandle": old = old ?? property.value.bytes.onlyCell
      default: continue
      }
    }
    return old?.asPhandle
  }
}

extension UInt32 {
  /// The number as a phandle: zero and all ones are none.
  var asPhandle: UInt32? { self == 0 || self == .max ? nil : self }
}
