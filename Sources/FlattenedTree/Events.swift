// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// What stands next in a tree.
  public enum Event: ~Escapable {
    /// A node begins. Its properties come next, then its subnodes, then its `endNode`. The root's name is empty.
    case beginNode(Name)
    case property(Property)
    /// The node that began last and has not ended ends.
    case endNode
  }

  /// The nodes and properties of the tree in the order in which they lie in the blob.
  @_lifetime(copy self)
  public func events() -> Events { Events(self) }

  /// A cursor that moves through a tree when asked for the next event. Specification 5.4.2.
  ///
  ///     var events = tree.events()
  ///     while let event = try events.next() {
  ///       switch event {
  ///       case .beginNode(let name): ...
  ///       case .property(let property): ...
  ///       case .endNode: ...
  ///       }
  ///     }
  ///
  /// A tree whose events have been read to the end has a sound structure block.
  public struct Events: ~Escapable {
    private var scanner: Scanner

    @_lifetime(copy tree)
    init(_ tree: FlattenedTree) { scanner = Scanner(tree) }

    @_lifetime(copy tree)
    init(_ tree: FlattenedTree, propertiesAt offset: Int) {
      scanner = Scanner(tree, propertiesAt: offset)
    }

    /// How many nodes have begun and not ended.
    public var depth: Int { scanner.depth }

    /// The next event, or nil when the tree has ended.
    ///
    /// - Throws: the fault that stands next in the blob. The cursor then stays before it.
    @_lifetime(copy self)
    public mutating func next() throws(FlattenedTreeError) -> Event? {
      switch try scanner.next() {
      case .property(let name, let nameCount, let value, let valueCount):
        return .property(
          Property(in: scanner.bytes, name: name, nameCount: nameCount, value: value, valueCount: valueCount))
      case .beginNode(let name, let count):
        return .beginNode(Name(in: scanner.bytes, at: name, count: count))
      case .endNode: return .endNode
      case .finished: return nil
      }
    }

    /// Moves past the end of the node that the cursor is in, and of everything in it.
    public mutating func skipNode() throws(FlattenedTreeError) {
      let outside = scanner.depth - 1
      while scanner.depth > outside, scanner.depth > 0 {
        if case .finished = try scanner.next() { return }
      }
    }
  }

  /// Calls `body` with each event in order: the same as reading `events()`, and faster.
  ///
  /// - Throws: the first fault of the tree, after `body` has been called with everything before it; or what `body` throws.
  @inline(__always)
  public func forEachEvent(
    _ body: (Event) throws(FlattenedTreeError) -> Void
  ) throws(FlattenedTreeError) {
    var scanner = Scanner(self)
    while true {
      switch try scanner.next() {
      case .property(let name, let nameCount, let value, let valueCount):
        try body(
          .property(
            Property(in: bytes, name: name, nameCount: nameCount, value: value, valueCount: valueCount)))
      case .beginNode(let name, let count):
        try body(.beginNode(Name(in: bytes, at: name, count: count)))
      case .endNode: try body(.endNode)
      case .finished: return
      }
    }
  }
}
