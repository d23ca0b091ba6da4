// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

/// One overlay while it is applied: its tree, in which phandles are filled in, and what is known about it.
struct OverlayPart {
  struct Fragment {
    let node: DeviceTree.NodeID
    /// The node `__overlay__`.
    let content: DeviceTree.NodeID
    var target: Target = .unknown
  }

  enum Target {
    /// Not looked for yet, or not to be had.
    case unknown
    case node(DeviceTree.NodeID)
  }

  /// A cell of the overlay that holds a phandle of the overlay.
  struct Reference {
    let node: DeviceTree.NodeID
    let property: Int
    let offset: Int
  }

  static let fixups = "__fixups__"
  static let localFixups = "__local_fixups__"
  static let symbols = "__symbols__"
  /// The largest number that a phandle may have.
  static let largestPhandle: UInt32 = 0xFFFF_FFFE

  private(set) var tree: DeviceTree
  let file: String
  var names = OverlayNames()
  var fragments: [Fragment] = []
  private(set) var references: [Reference] = []
  /// The references that are targets, by the fragment.
  private var ownTargets: [DeviceTree.NodeID: Reference] = [:]
  private(set) var hasPhandles = false
  /// Whether a phandle of the base could not be filled in, which has been reported.
  var hasUnresolved = false

  init(_ overlay: Overlay) {
    tree = overlay.tree
    file = overlay.file
  }

  func name(of fragment: Fragment) -> String { tree[fragment.node].name }

  func place(of node: DeviceTree.NodeID, property: String? = nil) -> Place {
    tree.place(of: node, property: property, file: file)
  }

  static func isPhandle(_ name: String) -> Bool { name == "phandle" || name == "linux,phandle" }
}

// MARK: - Fragments

extension OverlayPart {
  mutating func findFragments(_ report: inout OverlayReport) {
    // Nothing at all is an overlay as well.
    var isOverlay = tree[tree.root].properties.isEmpty
    var next = tree[tree.root].firstChild
    while let node = next {
      next = tree[node].nextSibling
      if let content = names.child(of: node, named: "__overlay__", in: tree) {
        fragments.append(Fragment(node: node, content: content))
        continue
      }
      if [Self.fixups, Self.localFixups, Self.symbols].contains(tree[node].name) { continue }
      guard tree[node]["target"] != nil || tree[node]["target-path"] != nil else {
        // Whatever this is, nobody merges it.
        isOverlay = false
        continue
      }
      // Boot loaders of some boards switch fragments off by giving `__overlay__` this name.
      if names.child(of: node, named: "__dormant__", in: tree) != nil {
        isOverlay = true
        continue
      }
      isOverlay = true
      guard !report.isFull else { return }
      report.error(
        "overlay-fragment", "\(tree[node].name) has no '__overlay__' node, which would hold what is to be merged",
        at: place(of: node))
    }
    if fragments.isEmpty, !isOverlay {
      report.error(
        "overlay-format", "this is no overlay: no node of its root holds an '__overlay__'", at: Place(file: file),
        hint: "the base tree comes first; the source of an overlay begins with '/dts-v1/; /plugin/;'")
    }
  }
}

// MARK: - The overlay's own phandles

extension OverlayPart {
  /// Numbers the overlay's phandles on from the largest of the base.
  mutating func renumberPhandles(after largest: UInt32, _ report: inout OverlayReport) {
    for fragment in fragments {
      var next: DeviceTree.NodeID? = fragment.content
      while let node = next {
        for at in tree[node].properties.indices where Self.isPhandle(tree[node].properties[at].name) {
          hasPhandles = true
          renumber(at, of: node, after: largest, &report)
        }
        guard !report.isFull else { return }
        next = tree.node(after: node, below: fragment.content)
      }
    }
  }

  private mutating func renumber(
    _ at: Int, of node: DeviceTree.NodeID, after largest: UInt32, _ report: inout OverlayReport
  ) {
    let property = tree[node].properties[at]
    guard let own = property.value.cell else {
      report.error(
        "overlay-phandle", "a phandle is one cell of 4 bytes, and this one has \(property.value.bytes.count)",
        at: place(of: node, property: property.name))
      return
    }
    guard own != 0, own <= Self.largestPhandle else {
      report.error("overlay-phandle", "\(hex(own)) cannot be a phandle", at: place(of: node, property: property.name))
      return
    }
    guard own <= Self.largestPhandle - largest else {
      report.error(
        "overlay-phandle",
        "the phandle \(hex(own)) cannot be numbered on from \(hex(largest)), the largest of the base tree: "
          + "the last possible one is \(hex(Self.largestPhandle))", at: place(of: node, property: property.name))
      return
    }
    tree[node].properties[at].value.bytes.setCell(own + largest, at: 0)
  }

  /// Makes the references inside the overlay follow the new numbers.
  mutating func renumberReferences(by largest: UInt32, _ report: inout OverlayReport) {
    guard let mirror = names.child(of: tree.root, named: Self.localFixups, in: tree) else { return }
    // Pairs of a node that lists offsets and the node whose properties it means.
    var open = [(mirror, tree.root)]
    while let (mirror, node) = open.popLast() {
      for list in tree[mirror].properties {
        guard !report.isFull else { return }
        renumber(list, of: node, by: largest, &report)
      }
      let known = open.count
      var next = tree[mirror].firstChild
      while let child = next {
        next = tree[child].nextSibling
        if let match = names.child(of: node, named: tree[child].name, in: tree) {
          open.append((child, match))
        } else {
          guard !report.isFull else { return }
          report.error(
            "overlay-fixup",
            "\(Self.localFixups) names \(tree.path(of: node, child: tree[child].name)), which is not in the overlay",
            at: place(of: child))
        }
      }
      open[known...].reverse()
    }
  }

  private mutating func renumber(
    _ list: DeviceTree.Property, of node: DeviceTree.NodeID, by largest: UInt32, _ report: inout OverlayReport
  ) {
    let node = (id: node, at: names.property(list.name, of: node, in: tree))
    guard let at = node.at else {
      report.error(
        "overlay-fixup",
        "\(Self.localFixups) names the property '\(list.name)' of \(tree.path(of: node.id)), "
          + "which has none of that name",
        at: Place(file: file, node: tree.path(of: node.id), property: list.name))
      return
    }
    guard let offsets = list.value.cells else {
      report.error(
        "overlay-fixup",
        "\(Self.localFixups) lists offsets as cells of 4 bytes, and this list has \(list.value.bytes.count) bytes",
        at: place(of: node.id, property: list.name))
      return
    }
    // A phandle that is written as a reference to its own node has its new number already.
    if Self.isPhandle(list.name) { return }
    for offset in offsets {
      guard let cell = tree[node.id].properties[at].value.bytes.cell(at: Int(offset)) else {
        report.error(
          "overlay-fixup",
          "\(Self.localFixups) puts a phandle at byte \(offset) of '\(list.name)', "
            + "which has \(tree[node.id].properties[at].value.bytes.count) bytes",
          at: place(of: node.id, property: list.name))
        return
      }
      tree[node.id].properties[at].value.bytes.setCell(cell &+ largest, at: Int(offset))
      let reference = Reference(node: node.id, property: at, offset: Int(offset))
      references.append(reference)
      if list.name == "target" { ownTargets[node.id] = reference }
    }
  }

  func cell(in reference: Reference) -> UInt32 {
    tree[reference.node].properties[reference.property].value.bytes.cell(at: reference.offset) ?? 0
  }

  mutating func fill(_ phandle: UInt32, in reference: Reference) {
    tree[reference.node].properties[reference.property].value.bytes.setCell(phandle, at: reference.offset)
  }

  /// Makes a fragment's target follow its node, if that has kept another phandle than the overlay's.
  mutating func redirectTarget(of fragment: Fragment, _ kept: [UInt32: UInt32]) {
    guard let reference = ownTargets[fragment.node], let phandle = kept[cell(in: reference)] else { return }
    fill(phandle, in: reference)
  }

  /// Makes references follow nodes that keep another phandle than the overlay's.
  mutating func redirectReferences(_ kept: [UInt32: UInt32]) {
    guard !kept.isEmpty else { return }
    for reference in references {
      guard let phandle = kept[cell(in: reference)] else { continue }
      fill(phandle, in: reference)
    }
  }

  mutating func setPhandle(_ phandle: UInt32, of node: DeviceTree.NodeID) {
    for at in tree[node].properties.indices where Self.isPhandle(tree[node].properties[at].name) {
      tree[node].properties[at].value.bytes.setCell(phandle, at: 0)
    }
  }
}

extension DeviceTree {
  /// The node that follows in tree order, as long as it is below `top`. For loops that change the tree.
  func node(after id: NodeID, below top: NodeID) -> NodeID? {
    if let child = self[id].firstChild { return child }
    var current = id
    while current != top {
      if let sibling = self[current].nextSibling { return sibling }
      guard let parent = self[current].parent else { return nil }
      current = parent
    }
    return nil
  }

  /// The path that a child of that name has, or would have.
  func path(of parent: NodeID, child: String) -> String {
    parent == root ? "/" + child : path(of: parent) + "/" + child
  }
}
