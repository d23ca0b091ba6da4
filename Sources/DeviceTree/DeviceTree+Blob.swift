// SPDX-License-Identifier: Apache-2.0
public import FlattenedTree

// A live tree from a flattened one, and back.

extension DeviceTree {
  /// Reads a flattened device tree of any version and leaves alone what follows it.
  ///
  /// - Throws: the first fault of the blob; every part of it is checked.
  public init(blob: [UInt8]) throws(FlattenedTreeError) {
    try self.init(FlattenedTree(blob.span))
  }

  /// A fault of a blob that was read over, and where in the tree it is.
  public struct ToleratedFault: Hashable, Sendable {
    public var code: FlattenedTreeError.Code
    /// The offset in the blob.
    public var offset: Int
    /// The node and the property that it concerns; nil for faults outside of the nodes.
    public var node: NodeID?
    public var property: String?
  }

  /// Reads a flattened device tree, and over some of its faults.
  ///
  /// A property behind a subnode joins the other properties of its node, after them.
  ///
  /// - Parameters:
  ///   - blob: The blob, and what may follow it.
  ///   - tolerance: Which faults to read over.
  ///   - tolerated: Takes the faults that were read over, in the order of `FlattenedTree.validate(reporting:)`.
  /// - Throws: the first fault of the blob that is not to be read over.
  public init(
    blob: [UInt8], tolerating tolerance: FlattenedTree.Tolerance, tolerated: inout [ToleratedFault]
  ) throws(FlattenedTreeError) {
    try self.init(FlattenedTree(blob.span, tolerating: tolerance), tolerated: &tolerated)
  }

  /// Copies a flattened device tree.
  ///
  /// - Throws: the first fault of the blob that it does not tolerate; every part of it is checked.
  public init(_ flattened: FlattenedTree) throws(FlattenedTreeError) {
    var tolerated: [ToleratedFault] = []
    try self.init(flattened, tolerated: &tolerated)
  }

  private init(_ flattened: FlattenedTree, tolerated: inout [ToleratedFault]) throws(FlattenedTreeError) {
    self.init(try CompactTree(flattened, tolerated: &tolerated))
  }

  /// Takes away each property `name` that only says its node's name up to the unit address, as versions before 16 want it.
  ///
  /// Reading such a version does this. In a tree from a source or from `/proc/device-tree` it is for the caller to ask:
  /// dtc always does it, unless the tree has errors.
  public mutating func removeNameProperties() {
    for at in nodes.indices {
      let baseName = nodes[at].baseName.utf8
      nodes[at].properties.removeAll { property in
        guard property.name == "name", property.value.bytes.last == 0 else { return false }
        return property.value.bytes.dropLast().elementsEqual(baseName)
      }
    }
  }
}

extension DeviceTree {
  /// Why a live tree cannot be flattened.
  public enum BlobError: Error, Equatable, Sendable {
    /// A property still holds a reference to a node that has not been resolved.
    case unresolved(Reference, node: String, property: String)
    /// A part of the tree has no place in the format.
    case format(FlattenedTreeError, node: String, property: String?)
  }

  /// The tree flattened, as version 17 and byte for byte as dtc lays it out.
  ///
  /// References must have been resolved before.
  ///
  /// - Parameter padding: how many zero bytes to leave free at the end, for a boot loader that adds to the tree.
  /// - Throws: which node or property cannot be written.
  public func blob(padding: Int = 0) throws(BlobError) -> [UInt8] {
    try blob(version: .v17, layout: FlattenedTree.Layout(padding: padding))
  }

  /// The tree flattened, byte for byte as dtc lays it out.
  ///
  /// References must have been resolved before.
  ///
  /// - Parameters:
  ///   - version: The version of the format. Before version 16 each node is given its property `name`; version 1 loses the
  ///     boot CPU.
  ///   - layout: How much room to leave, and where.
  /// - Throws: which node or property cannot be written.
  public func blob(
    version: FlattenedTree.Version, layout: FlattenedTree.Layout = FlattenedTree.Layout()
  ) throws(BlobError) -> [UInt8] {
    try CompactTree(self).blob(version: version, layout: layout)
  }
}

extension DeviceTree.BlobError: CustomStringConvertible {
  /// The reason as a sentence without its full stop, with the place in front.
  public var description: String {
    switch self {
    case .unresolved(.label(let label), let node, let property):
      "\(node):\(property): the label \(label) has not been resolved"
    case .unresolved(.path(let path), let node, let property):
      "\(node):\(property): the path \(path) has not been resolved"
    case .format(let error, let node, let property):
      "\(node)\(property.map { ":" + $0 } ?? ""): \(error.code.sentence)"
    }
  }
}
