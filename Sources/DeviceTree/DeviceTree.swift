// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

/// A live device tree: nodes and properties that can be read and changed, with labels, unresolved references and provenance.
///
/// Nodes live in one array and are named by `NodeID`, so a tree is a value, copying it is cheap, and no depth of nesting
/// costs stack. Removing a node unlinks it; its id stays unused.
public struct DeviceTree: Sendable {
  /// A node of one tree. Meaningless for another tree.
  public struct NodeID: Hashable, Sendable, BitwiseCopyable {
    @usableFromInline package var index: Int32

    @usableFromInline package init(index: Int32) {
      self.index = index
    }
  }

  public struct Property: Hashable, Sendable {
    public var name: String
    public var value: PropertyValue
    public var labels: [String]
    public var location: SourceLocation?

    @inlinable
    public init(
      _ name: String, _ value: PropertyValue, labels: [String] = [], location: SourceLocation? = nil
    ) {
      self.name = name
      self.value = value
      self.labels = labels
      self.location = location
    }
  }

  public struct Node: Sendable {
    /// The name with its unit address; empty for the root.
    public package(set) var name: String
    public var labels: [String] = []
    /// In the order in which they stand in the blob.
    public var properties: [Property] = []
    public var location: SourceLocation?
    /// The blocks of source text that make up the node, each from its `{` to its `;`, in source order. A node that was deleted
    /// and came back has those from before as well. Kept only when the reader was asked to leave checking to others.
    public var blocks: [SourceLocation] = []
    /// Whether a child was deleted by the source, or by name before it could be there. Kept together with `blocks`.
    public var hasLostChildren = false
    /// Whether resolving references drops the node when nothing refers to it (`/omit-if-no-ref/`).
    public var isOmittedIfUnreferenced = false
    public package(set) var parent: NodeID?
    package var firstChild: NodeID?
    package var lastChild: NodeID?
    package var nextSibling: NodeID?
    package var previousSibling: NodeID?
    package var childCount: Int32 = 0

    /// The name before the `@`.
    public var baseName: Substring { name.prefix { $0 != "@" } }
    /// What follows the `@`, if there is one.
    public var unitAddress: Substring? {
      name.firstIndex(of: "@").map { name[name.index(after: $0)...] }
    }

    /// The value of a property, or nil when the node has none of that name.
    public subscript(property: String) -> PropertyValue? {
      for at in properties.indices where properties[at].name == property { return properties[at].value }
      return nil
    }
  }

  /// An entry of the memory reservation block.
  public struct Reservation: Hashable, Sendable {
    public var address: UInt64
    public var size: UInt64
    public var labels: [String]

    public init(address: UInt64, size: UInt64, labels: [String] = []) {
      self.address = address
      self.size = size
      self.labels = labels
    }
  }

  public var reservations: [Reservation] = []
  /// Whether this is an overlay (`/plugin/`): labels in it may name nodes of the tree that it will be put on.
  public var isPlugin = false
  /// The header's boot CPU id.
  public var bootCPU: UInt32 = 0
  @usableFromInline package var nodes: [Node]
  /// What a blob's strings block begins with.
  package var strings = OverlayStrings()
  /// Children by name, kept only for nodes with many of them.
  var childIndex: [NodeID: [String: NodeID]] = [:]

  /// A tree with an empty root.
  public init() {
    nodes = [Node(name: "")]
  }

  public var root: NodeID { NodeID(index: 0) }

  @inlinable
  public subscript(id: NodeID) -> Node {
    _read { yield nodes[Int(id.index)] }
    _modify { yield &nodes[Int(id.index)] }
  }

  /// The value of a property of a node.
  public subscript(id: NodeID, property: String) -> PropertyValue? {
    nodes[Int(id.index)][property]
  }
}

// MARK: - Finding

extension DeviceTree {
  /// The node at a full path such as `/soc/serial@0`, or nil. A component without unit address must match exactly.
  public func node(at path: String) -> NodeID? {
    guard path.utf8.first == UInt8(ascii: "/") else { return nil }
    var current = root
    for component in path.split(separator: "/") {
      guard let next = child(of: current, named: String(component)) else { return nil }
      current = next
    }
    return current
  }

  /// The child of that exact name.
  public func child(of parent: NodeID, named name: String) -> NodeID? {
    if let index = childIndex[parent] { return index[name] }
    var child = nodes[Int(parent.index)].firstChild
    while let id = child {
      if nodes[Int(id.index)].name == name { return id }
      child = nodes[Int(id.index)].nextSibling
    }
    return nil
  }

  public func children(of id: NodeID) -> Children {
    Children(nodes: nodes, upcoming: nodes[Int(id.index)].firstChild)
  }

  public struct Children: Sequence, IteratorProtocol {
    let nodes: [Node]
    var upcoming: NodeID?

    public mutating func next() -> NodeID? {
      guard let current = upcoming else { return nil }
      upcoming = nodes[Int(current.index)].nextSibling
      return current
    }
  }

  /// Every node in tree order, parents before their children, the root first; below `start` only when one is given.
  public func walk(from start: NodeID? = nil) -> Walk {
    Walk(nodes: nodes, start: start ?? root)
  }

  public struct Walk: Sequence, IteratorProtocol {
    let nodes: [Node]
    let start: NodeID
    var upcoming: NodeID?

    init(nodes: [Node], start: NodeID) {
      self.nodes = nodes
      self.start = start
      upcoming = start
    }

    public mutating func next() -> NodeID? {
      guard let current = upcoming else { return nil }
      upcoming = successor(of: current)
      return current
    }

    private func successor(of id: NodeID) -> NodeID? {
      if let child = nodes[Int(id.index)].firstChild { return child }
      var ancestor = id
      while ancestor != start {
        if let sibling = nodes[Int(ancestor.index)].nextSibling { return sibling }
        guard let parent = nodes[Int(ancestor.index)].parent else { return nil }
        ancestor = parent
      }
      return nil
    }
  }

  /// The full path of a node; `/` for the root.
  public func path(of id: NodeID) -> String {
    var names: [String] = []
    var current = id
    while let parent = self[current].parent {
      names.append(self[current].name)
      current = parent
    }
    return "/" + names.reversed().joined(separator: "/")
  }

  /// A place in this tree for a message: the source line where there is one, else the node's path in the file.
  public func place(of id: NodeID, property: String? = nil, file: String? = nil) -> Place {
    let node = self[id]
    let location =
      property.flatMap { name in node.properties.first { $0.name == name }?.location } ?? node.location
    if let location { return Place(location, node: path(of: id), property: property) }
    return Place(file: file, node: path(of: id), property: property)
  }
}

// MARK: - Changing

extension DeviceTree {
  /// How many children a node has before they are indexed by name.
  static let indexThreshold: Int32 = 16

  /// Adds a node after the last child of `parent`. The caller has made sure that the name is free.
  @discardableResult
  public mutating func addChild(
    _ name: String, to parent: NodeID, location: SourceLocation? = nil
  ) -> NodeID {
    let id = NodeID(index: Int32(nodes.count))
    var node = Node(name: name)
    node.location = location
    nodes.append(node)
    link(id, to: parent)
    return id
  }

  /// Adds a node that hangs on no other. Whoever asks for one never links it.
  package mutating func addDetached() -> NodeID {
    nodes.append(Node(name: ""))
    return NodeID(index: Int32(nodes.count - 1))
  }

  /// The child of that name, added when it is not there yet.
  public mutating func ensureChild(_ name: String, of parent: NodeID) -> NodeID {
    child(of: parent, named: name) ?? addChild(name, to: parent)
  }

  /// Takes a node and everything below it out of the tree. The root cannot be removed: the call is then ignored.
  public mutating func remove(_ id: NodeID) {
    guard let parent = self[id].parent else { return }
    let previous = self[id].previousSibling
    let next = self[id].nextSibling
    if let previous { self[previous].nextSibling = next } else { self[parent].firstChild = next }
    if let next { self[next].previousSibling = previous } else { self[parent].lastChild = previous }
    self[parent].childCount -= 1
    let name = self[id].name
    childIndex[parent]?[name] = nil
    self[id].parent = nil
    self[id].nextSibling = nil
    self[id].previousSibling = nil
  }

  /// Sets a property, in place when the node has it, else after its last one.
  public mutating func set(
    _ name: String, _ value: PropertyValue, on id: NodeID, location: SourceLocation? = nil
  ) {
    if let at = self[id].properties.firstIndex(where: { $0.name == name }) {
      self[id].properties[at].value = value
      self[id].properties[at].location = location
    } else {
      self[id].properties.append(Property(name, value, location: location))
    }
  }

  public mutating func removeProperty(_ name: String, from id: NodeID) {
    self[id].properties.removeAll { $0.name == name }
  }

  private mutating func link(_ id: NodeID, to parent: NodeID) {
    self[id].parent = parent
    self[id].previousSibling = self[parent].lastChild
    if let last = self[parent].lastChild {
      self[last].nextSibling = id
    } else {
      self[parent].firstChild = id
    }
    self[parent].lastChild = id
    self[parent].childCount += 1
    if childIndex[parent] != nil {
      let name = self[id].name
      childIndex[parent]?[name] = id
    } else if self[parent].childCount > Self.indexThreshold {
      childIndex[parent] = Dictionary(
        children(of: parent).map { (self[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
    }
  }
}
