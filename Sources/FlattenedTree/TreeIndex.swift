// SPDX-License-Identifier: Apache-2.0

/// An index of a flattened tree: parents, children, paths and phandles without reading the blob again.
///
/// It is made in one pass, which also checks the whole structure block, and lives in one block of memory. Finding a
/// child by name or a node by phandle takes the same time in a tree of any size.
///
///     let index = try TreeIndex(tree)
///     if let chosen = index.node(at: "/chosen"), let arguments = index.property("bootargs", of: chosen) { ... }
public struct TreeIndex: ~Copyable, ~Escapable {
  /// A node of one index.
  ///
  /// Nodes are numbered in the order in which they lie in the blob, the root first.
  public struct Node: Hashable, Sendable {
    let number: UInt32
  }

  /// The tree that is indexed.
  public let tree: FlattenedTree
  /// How many nodes there are; at least one.
  public let count: Int
  let arena: Arena
  let names: Table
  let phandles: Table

  /// Where a hash table lies in the arena; its size is a power of two, and zero marks a free slot.
  struct Table {
    var start: Int
    var mask: Int
  }

  /// What is kept of each node, as words of the arena.
  enum Field {
    static let nameOffset = 0
    static let nameCount = 1
    static let parent = 2
    static let firstChild = 3
    static let lastChild = 4
    static let nextSibling = 5
    /// The offset of what follows the name.
    static let properties = 6
    static let phandle = 7
    static let size = 8
  }

  /// Stands for no node.
  static let none = UInt32.max

  /// Indexes a tree.
  ///
  /// - Throws: the first fault of the structure block.
  @_lifetime(copy tree)
  public init(_ tree: FlattenedTree) throws(FlattenedTreeError) {
    var builder = TreeIndexBuilder(structureSize: tree.header.structureEnd - tree.header.structureOffset)
    try builder.addNodes(of: tree)
    names = builder.makeNameTable(of: tree)
    phandles = builder.makePhandleTable()
    count = builder.count
    arena = builder.finish()
    self.tree = tree
  }
}

// MARK: - Moving

extension TreeIndex {
  public var root: Node { Node(number: 0) }

  /// Every node in the order of the blob: parents before their children.
  public var nodes: Nodes { Nodes(numbers: 0..<UInt32(truncatingIfNeeded: count)) }

  public struct Nodes: Sequence, IteratorProtocol, Sendable {
    var numbers: Range<UInt32>

    public mutating func next() -> Node? { numbers.popFirst().map { Node(number: $0) } }
  }

  /// The node that a node is in; nil for the root.
  public func parent(of node: Node) -> Node? { self.node(node, Field.parent) }
  public func firstChild(of node: Node) -> Node? { self.node(node, Field.firstChild) }
  public func nextSibling(of node: Node) -> Node? { self.node(node, Field.nextSibling) }

  private func node(_ node: Node, _ field: Int) -> Node? {
    let number = arena[Int(node.number) * Field.size + field]
    return number == Self.none ? nil : Node(number: number)
  }

  /// The name of a node with its unit address; empty for the root.
  @_lifetime(copy self)
  public func name(of node: Node) -> FlattenedTree.Name {
    let record = Int(node.number) * Field.size
    return FlattenedTree.Name(
      in: tree.bytes, at: Int(arena[record + Field.nameOffset]), count: Int(arena[record + Field.nameCount]))
  }

  /// The phandle of a node, from `phandle` or the older `linux,phandle`.
  public func phandle(of node: Node) -> UInt32? {
    let phandle = arena[Int(node.number) * Field.size + Field.phandle]
    return phandle == 0 ? nil : phandle
  }
}

// MARK: - Properties

extension TreeIndex {
  /// The properties of a node, in the order of the blob.
  @_lifetime(copy self)
  public func properties(of node: Node) -> Properties {
    Properties(tree, at: Int(arena[Int(node.number) * Field.size + Field.properties]))
  }

  /// A property of a node, or nil when it has none of that name.
  @_lifetime(copy self)
  public func property(_ name: FlattenedTree.Text, of node: Node) -> FlattenedTree.Property? {
    var properties = properties(of: node)
    while let property = properties.next() {
      if property.name == name { return property }
    }
    return nil
  }

  /// The value of a property of a node, or nil when it has none of that name.
  @_lifetime(copy self)
  public func value(_ name: FlattenedTree.Text, of node: Node) -> FlattenedTree.Value? {
    guard let property = property(name, of: node) else { return nil }
    return property.value
  }

  public struct Properties: ~Escapable {
    private var events: FlattenedTree.Events

    @_lifetime(copy tree)
    init(_ tree: FlattenedTree, at offset: Int) {
      events = FlattenedTree.Events(tree, propertiesAt: offset)
    }

    /// The next property, or nil after the last one.
    @_lifetime(copy self)
    public mutating func next() -> FlattenedTree.Property? {
      // The structure was read without a fault when the index was made.
      guard let event = try? events.next(), case .property(let property) = event else { return nil }
      return property
    }
  }
}

// MARK: - Finding

extension TreeIndex {
  /// The node at a path such as `/soc/serial@9000000`, or nil.
  ///
  /// A component without unit address also names the only child that has it before its `@`; where several have, the
  /// path is ambiguous (specification 2.2.3) and there is no such node.
  public func node(at path: FlattenedTree.Text) -> Node? {
    path.withBytes { node(at: $0) }
  }

  /// The node at a path given as bytes.
  public func node(at path: RawSpan) -> Node? {
    guard path.byteCount > 0, path.byte(at: 0) == UInt8(ascii: "/") else { return nil }
    var node = root
    var start = 0
    while start < path.byteCount {
      var end = start
      while end < path.byteCount, path.byte(at: end) != UInt8(ascii: "/") { end += 1 }
      if end > start {
        guard let next = child(of: node, named: path.extracting(start..<end)) else { return nil }
        node = next
      }
      start = end + 1
    }
    return node
  }

  /// The child of that name, or the only child of that name before its `@`.
  public func child(of parent: Node, named name: FlattenedTree.Text) -> Node? {
    name.withBytes { child(of: parent, named: $0) }
  }

  /// The child of a name given as bytes.
  public func child(of parent: Node, named name: RawSpan) -> Node? {
    let hash = NameHash(seed: arena.seed).hash(name, at: 0, count: name.byteCount, parent: parent.number)
    var slot = Int(hash) & names.mask
    var byBaseName: Node?
    while true {
      let entry = NameEntry(word: arena[names.start + slot])
      if entry.isFree { return byBaseName }
      if arena[Int(entry.node) * Field.size + Field.parent] == parent.number,
        self.name(of: Node(number: entry.node), kind: entry.kind).hasSameBytes(as: name)
      {
        switch entry.kind {
        case .full: return Node(number: entry.node)
        case .base: byBaseName = Node(number: entry.node)
        case .ambiguousBase: break
        }
      }
      slot = (slot + 1) & names.mask
    }
  }

  @_lifetime(copy self)
  private func name(of node: Node, kind: NameEntry.Kind) -> RawSpan {
    kind == .full ? name(of: node).bytes : name(of: node).base.bytes
  }

  /// The node of a phandle, the first one where several claim it, or nil.
  public func node(phandle: UInt32) -> Node? {
    guard phandle != 0 else { return nil }
    var slot = Int(NameHash(seed: arena.seed).hash(phandle)) & phandles.mask
    while true {
      let entry = arena[phandles.start + slot]
      guard entry != 0 else { return nil }
      if arena[Int(entry - 1) * Field.size + Field.phandle] == phandle { return Node(number: entry - 1) }
      slot = (slot + 1) & phandles.mask
    }
  }
}
