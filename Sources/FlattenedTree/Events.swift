// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// What stands next in a tree.
  @frozen
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

  /// A cursor that moves through a tree when asked for the next event (specification 5.4.2).
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
  @frozen
  public struct Events: ~Escapable {
    @usableFromInline var scanner: Scanner

    @usableFromInline
    @_lifetime(copy tree)
    init(_ tree: FlattenedTree) { scanner = Scanner(tree) }

    @usableFromInline
    @_lifetime(copy tree)
    init(_ tree: FlattenedTree, propertiesAt offset: Int) {
      scanner = Scanner(tree, propertiesAt: offset)
    }

    /// How many nodes have begun and not ended.
    public var depth: Int { scanner.depth }

    /// The next event, or nil when the tree has ended.
    ///
    /// - Throws: the fault that stands next in the blob. The cursor then stays before it.
    @inlinable
    @inline(__always)
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
}
