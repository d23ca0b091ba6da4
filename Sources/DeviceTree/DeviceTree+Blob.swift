// SPDX-License-Identifier: Apache-2.0
public import FlattenedTree

// A live tree from a flattened one, and back.

extension DeviceTree {
  /// Reads a flattened device tree and leaves alone what follows it.
  ///
  /// - Throws: the first fault of the blob; every part of it is checked.
  public init(blob: [UInt8]) throws(FlattenedTreeError) {
    try self.init(FlattenedTree(blob.span))
  }

  /// Copies a flattened device tree.
  ///
  /// - Throws: the first fault of the blob; every part of it is checked.
  public init(_ flattened: FlattenedTree) throws(FlattenedTreeError) {
    self.init()
    try flattened.validate()
    bootCPU = flattened.header.bootCPU
    let block = flattened.header.stringsOffset..<flattened.header.stringsOffset + flattened.header.stringsSize
    strings.read = unsafe flattened.bytes.extracting(block).withUnsafeBytes { unsafe Array($0) }
    var entries = flattened.reservations
    while let entry = try entries.next() {
      reservations.append(Reservation(address: entry.address, size: entry.size))
    }
    // Names are kept once each, however many properties bear them.
    var names: [Int: String] = [:]
    var current: NodeID?
    var events = flattened.events()
    while let event = try events.next() {
      switch event {
      case .beginNode(let name):
        guard let parent = current else {
          current = root
          continue
        }
        current = addChild(try Self.text(name), to: parent)
      case .property(let property):
        guard let node = current else { continue }
        let offset = property.name.offset
        let name: String
        if let known = names[offset] {
          name = known
        } else {
          name = try Self.text(property.name)
          names[offset] = name
        }
        self[node].properties.append(Property(name, PropertyValue(bytes: property.value.array)))
      case .endNode:
        if let node = current { current = self[node].parent }
      }
    }
  }

  private static func text(_ name: borrowing FlattenedTree.Name) throws(FlattenedTreeError) -> String {
    guard let text = String(name) else { throw FlattenedTreeError(.nameNotText, at: name.offset) }
    return text
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
    var writer = FlattenedTreeWriter(bootCPU: bootCPU)
    do {
      if strings.isKept { try writer.beginStrings(with: strings.read, then: strings.added) }
      for entry in reservations {
        try writer.reserve(FlattenedTree.Reservation(address: entry.address, size: entry.size))
      }
    } catch { throw .format(error, node: "/", property: nil) }
    var open: [NodeID] = []
    for id in walk() {
      while let last = open.last, last != self[id].parent {
        try end(last, in: &writer)
        open.removeLast()
      }
      try begin(id, in: &writer)
      open.append(id)
    }
    while let last = open.popLast() { try end(last, in: &writer) }
    do { return try writer.finish(padding: padding) } catch { throw .format(error, node: "/", property: nil) }
  }

  private func begin(_ id: NodeID, in writer: inout FlattenedTreeWriter) throws(BlobError) {
    do { try writer.beginNode(self[id].name) } catch {
      throw .format(error, node: path(of: id), property: nil)
    }
    for property in self[id].properties {
      if let reference = property.value.marks.lazy.compactMap(\.kind.reference).first {
        throw .unresolved(reference, node: path(of: id), property: property.name)
      }
      do { try writer.property(property.name, property.value.bytes) } catch {
        throw .format(error, node: path(of: id), property: property.name)
      }
    }
  }

  private func end(_ id: NodeID, in writer: inout FlattenedTreeWriter) throws(BlobError) {
    do { try writer.endNode() } catch { throw .format(error, node: path(of: id), property: nil) }
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
