// SPDX-License-Identifier: Apache-2.0
package import CompactStorage
package import Diagnostics

// Finding nodes, adding and removing them.
extension CompactTree {
  /// How many children a node has before they are indexed by name.
  private static let indexThreshold: Int32 = 128

  package static var root: NodeID { NodeID(index: 0) }
  package var root: NodeID { Self.root }

  @inlinable
  package subscript(id: NodeID) -> Node {
    @inline(__always) _read { yield nodes[id.index] }
    @inline(__always) _modify { yield &nodes[id.index] }
  }

  /// Adds a node after the last child of `parent`, whatever names are there.
  package mutating func addChild(_ name: Symbol, to parent: NodeID, location: SourceLocation? = nil) -> NodeID {
    let id = addDetached(name)
    if let location {
      nodes[id.index].location = location
      nodes[id.index].hasLocation = true
    }
    link(id, to: parent)
    return id
  }

  /// Adds a node that hangs on no other.
  package mutating func addDetached(_ name: Symbol) -> NodeID {
    nodes.append(Node(name: name))
    return NodeID(index: Int32(truncatingIfNeeded: nodes.count - 1))
  }

  private mutating func link(_ id: NodeID, to parent: NodeID) {
    let last = nodes[parent.index].lastChild
    nodes[id.index].parent = parent.index
    nodes[id.index].previousSibling = last
    if last >= 0 { nodes[last].nextSibling = id.index } else { nodes[parent.index].firstChild = id.index }
    nodes[parent.index].lastChild = id.index
    nodes[parent.index].childCount += 1
    if isIndexed(parent.index) { childIndex.set(parent.index, nodes[id.index].name.index, id.index) }
  }

  /// Takes a node and everything below it out of the tree. The root cannot be removed: the call is then ignored.
  package mutating func remove(_ id: NodeID) {
    let node = nodes[id.index]
    guard node.parent >= 0 else { return }
    let (previous, next) = (node.previousSibling, node.nextSibling)
    if previous >= 0 { nodes[previous].nextSibling = next } else { nodes[node.parent].firstChild = next }
    if next >= 0 { nodes[next].previousSibling = previous } else { nodes[node.parent].lastChild = previous }
    nodes[node.parent].childCount -= 1
    if isIndexed(node.parent) { childIndex.remove(node.parent, node.name.index) }
    nodes[id.index].parent = -1
    nodes[id.index].nextSibling = -1
    nodes[id.index].previousSibling = -1
  }

  /// The child of that exact name.
  package mutating func child(of parent: NodeID, named name: Symbol) -> NodeID? {
    if nodes[parent.index].childCount > Self.indexThreshold {
      if !isIndexed(parent.index) { indexChildren(of: parent) }
      return childIndex[parent.index, name.index].map { NodeID(index: $0) }
    }
    var child = nodes[parent.index].firstChild
    while child >= 0 {
      if nodes[child].name == name { return NodeID(index: child) }
      child = nodes[child].nextSibling
    }
    return nil
  }

  private mutating func indexChildren(of parent: NodeID) {
    childIndex.set(parent.index, Symbol.none.index, parent.index)
    var child = nodes[parent.index].firstChild
    while child >= 0 {
      let name = nodes[child].name.index
      if childIndex[parent.index, name] == nil { childIndex.set(parent.index, name, child) }
      child = nodes[child].nextSibling
    }
  }

  private func isIndexed(_ parent: Int32) -> Bool {
    !childIndex.isEmpty && childIndex[parent, Symbol.none.index] != nil
  }

  /// The node at the end of a path from a node: names with slashes between them.
  package mutating func node(at path: some StringProtocol, from start: NodeID) -> NodeID? {
    var current = start
    for component in path.split(separator: "/") {
      let name = names.known(String(component))
      guard name != .none, let next = child(of: current, named: name) else { return nil }
      current = next
    }
    return current
  }

  /// The node behind `node` in tree order, or -1; below `start` only.
  @inline(__always)
  package func successor(of node: Int32, below start: Int32 = 0) -> Int32 {
    if nodes[node].firstChild >= 0 { return nodes[node].firstChild }
    var current = node
    while current != start, current >= 0 {
      if nodes[current].nextSibling >= 0 { return nodes[current].nextSibling }
      current = nodes[current].parent
    }
    return -1
  }

  /// The full path of a node; `/` for the root.
  package func path(of id: NodeID) -> String {
    var bytes = Pool<UInt8>(capacity: 64)
    appendPath(of: id.index, to: &bytes)
    return unsafe bytes.withElements { unsafe String(decoding: $0, as: UTF8.self) }
  }

  /// Adds the full path of a node, without a zero behind it.
  package func appendPath(of node: Int32, to bytes: inout Pool<UInt8>) {
    var parts = Pool<Symbol>()
    var current = node
    while nodes[current].parent >= 0 {
      parts.append(nodes[current].name)
      current = nodes[current].parent
    }
    if parts.isEmpty { bytes.append(UInt8(ascii: "/")) }
    while let part = parts.popLast() {
      bytes.append(UInt8(ascii: "/"))
      unsafe names.withBytes(of: part) { unsafe bytes.append(contentsOf: $0) }
    }
  }

  /// Adds the full path of a node to the values, without a zero behind it.
  package mutating func appendPath(of node: Int32) {
    var path = Pool<UInt8>(capacity: 128)
    appendPath(of: node, to: &path)
    unsafe path.withElements { unsafe values.append(contentsOf: $0) }
  }

  /// A place in this tree for a message: the source line where there is one, else the node's path.
  package func place(of id: NodeID, property: Int32? = nil) -> Place {
    let name = property.map { names[properties[$0].name] }
    if let property, properties[property].hasLocation {
      return Place(properties[property].location, node: path(of: id), property: name)
    }
    if self[id].hasLocation { return Place(self[id].location, node: path(of: id), property: name) }
    return Place(node: path(of: id), property: name)
  }

  // MARK: Labels and blocks

  package func hasLabel(_ label: Symbol, in list: Int32) -> Bool {
    var at = list
    while at >= 0 {
      if labels[at].name == label { return true }
      at = labels[at].next
    }
    return false
  }

  /// Adds a label to a list: in front, or behind all.
  package mutating func insert(_ label: Symbol, in list: inout Int32, atEnd: Bool) {
    let new = Int32(truncatingIfNeeded: labels.count)
    guard atEnd, list >= 0 else {
      labels.append(Label(name: label, next: list))
      list = new
      return
    }
    var at = list
    while labels[at].next >= 0 { at = labels[at].next }
    labels[at].next = new
    labels.append(Label(name: label, next: -1))
  }

  package mutating func addBlock(_ location: SourceLocation, to id: NodeID) {
    let new = Int32(truncatingIfNeeded: blocks.count)
    blocks.append(Block(location: location, next: -1))
    let last = nodes[id.index].lastBlock
    if last >= 0 { blocks[last].next = new } else { nodes[id.index].firstBlock = new }
    nodes[id.index].lastBlock = new
  }
}

extension CompactTree {
  /// Lets every labelled node stay when references are resolved, also one that goes when nothing refers to it: its label
  /// is told to trees that come later.
  package mutating func keepLabelledNodes() {
    for node in 0..<nodes.count where nodes[node].firstLabel >= 0 { nodes[node].isOmittedIfUnreferenced = false }
  }
}
