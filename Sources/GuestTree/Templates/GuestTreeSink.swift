// SPDX-License-Identifier: Apache-2.0
public import FlattenedTree

/// Takes a guest's tree node by node: a blob's writer, or whatever else makes a tree of it.
public protocol GuestTreeSink {
  /// Whether nodes that are taken back leave a hole here. Where they do not, they never come.
  static var keepsHoles: Bool { get }

  /// Begins a node inside the one that is open; the first is the root, whose name is empty.
  mutating func beginNode(_ name: RawSpan) throws(FlattenedTreeError)
  /// Adds a property to the node that is open.
  mutating func property(_ name: RawSpan, _ value: RawSpan) throws(FlattenedTreeError)
  /// Ends the node that began last.
  mutating func endNode() throws(FlattenedTreeError)
  /// Ends the node that began last and takes it back with everything in it.
  mutating func endHole() throws(FlattenedTreeError)
}

extension FlattenedTreeWriter: GuestTreeSink {
  public static var keepsHoles: Bool { false }
  public mutating func endHole() throws(FlattenedTreeError) { try endNode() }
}
