// SPDX-License-Identifier: Apache-2.0
public import FlattenedTree

/// Takes a guest's tree node by node: a blob's writer, or whatever else makes a tree of it.
public protocol GuestTreeSink {
  /// Begins a node inside the one that is open; the first is the root, whose name is empty.
  mutating func beginNode(_ name: RawSpan) throws(FlattenedTreeError)
  /// Adds a property to the node that is open.
  mutating func property(_ name: RawSpan, _ value: RawSpan) throws(FlattenedTreeError)
  /// Ends the node that began last.
  mutating func endNode() throws(FlattenedTreeError)
}

extension FlattenedTreeWriter: GuestTreeSink {}
