// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

/// Takes a guest's tree node by node: a blob's writer, or whatever else makes a tree of it.
protocol GuestTreeSink {
  /// Whether nodes that are taken back leave a hole here. Where they do not, they never come.
  static var keepsHoles: Bool { get }

  /// Where in the blob the next node, property or end of a node begins, once all reservations are made.
  var end: Int { get }

  /// Begins a node inside the one that is open; the first is the root, whose name is empty.
  mutating func beginNode(_ name: RawSpan) throws(FlattenedTreeError)
  /// Adds a property to the node that is open.
  mutating func property(_ name: RawSpan, _ value: RawSpan) throws(FlattenedTreeError)
  /// Adds a property whose name is known by its number.
  mutating func property(known name: Int, _ value: RawSpan) throws(FlattenedTreeError)
  /// Ends the node that began last.
  mutating func endNode() throws(FlattenedTreeError)
  /// Ends the node that began last and takes it back with everything in it.
  mutating func endHole() throws(FlattenedTreeError)
}

extension GuestTreeSink {
  mutating func beginNode(_ name: borrowing ValueBuffer) throws(FlattenedTreeError) { try beginNode(name.bytes) }

  mutating func property(known name: Int, _ value: borrowing ValueBuffer) throws(FlattenedTreeError) {
    try property(known: name, value.bytes)
  }
}

extension FlattenedTreeWriter: GuestTreeSink {
  static var keepsHoles: Bool { false }
  mutating func endHole() throws(FlattenedTreeError) { try endNode() }
}
