// SPDX-License-Identifier: Apache-2.0
import CompactStorage
package import FlattenedTree

extension CompactTree {
  /// The tree flattened, byte for byte as dtc lays it out. References must have been resolved before.
  ///
  /// - Throws: which node or property cannot be written.
  package func blob(
    version: FlattenedTree.Version, layout: FlattenedTree.Layout
  ) throws(DeviceTree.BlobError) -> [UInt8] {
    var writer = FlattenedTreeWriter(version: version, bootCPU: bootCPU)
    do {
      if strings.isKept { try writer.beginStrings(with: strings.read, then: strings.added) }
      for entry in reservations {
        try writer.reserve(FlattenedTree.Reservation(address: entry.address, size: entry.size))
      }
    } catch { throw .format(error, node: "/", property: nil) }
    writer.reserve(values.count + 12 * properties.count + 24 * nodes.count + 64)
    // By symbol: where the name stands in the strings block, plus one.
    var places = Pool<UInt32>(capacity: names.count)
    places.append(repeating: 0, count: names.count)
    var node: Int32 = 0
    while node >= 0 {
      try begin(node, in: &writer, &places)
      if nodes[node].firstChild >= 0 {
        node = nodes[node].firstChild
        continue
      }
      try end(node, in: &writer)
      while node >= 0, nodes[node].nextSibling < 0 {
        node = nodes[node].parent
        if node >= 0 { try end(node, in: &writer) }
      }
      if node >= 0 { node = nodes[node].nextSibling }
    }
    // Here the writer ends: inside of the loop it might be needed again, and would be copied with all that it holds.
    do { return try (consume writer).finish(layout) } catch { throw .format(error, node: "/", property: nil) }
  }

  private func begin(
    _ node: Int32, in writer: inout FlattenedTreeWriter, _ places: inout Pool<UInt32>
  ) throws(DeviceTree.BlobError) {
    do throws(FlattenedTreeError) {
      unsafe try names.withBytes(of: nodes[node].name) { name throws(FlattenedTreeError) in
        unsafe try writer.beginNode(UnsafeRawBufferPointer(name).bytes)
      }
    } catch { throw .format(error, node: path(of: NodeID(index: node)), property: nil) }
    var property = nodes[node].firstProperty
    while property >= 0 {
      if properties[property].markCount > 0 { try refuseReferences(property) }
      do throws(FlattenedTreeError) {
        try write(property, to: &writer, &places)
      } catch {
        throw .format(error, node: path(of: NodeID(index: node)), property: names[properties[property].name])
      }
      property = properties[property].next
    }
  }

  @inline(__always)
  private func write(
    _ property: Int32, to writer: inout FlattenedTreeWriter, _ places: inout Pool<UInt32>
  ) throws(FlattenedTreeError) {
    let name = properties[property].name
    let (start, count) = (properties[property].start, properties[property].count)
    unsafe try values.withElements { all throws(FlattenedTreeError) in
      let value = unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(all)[start..<start + count])
      if writer.version.isEarly {
        unsafe try names.withBytes(of: name) { name throws(FlattenedTreeError) in
          unsafe try writer.property(UnsafeRawBufferPointer(name).bytes, value.bytes)
        }
        return
      }
      if places[name.index] == 0 {
        places[name.index] = unsafe try names.withBytes(of: name) { name throws(FlattenedTreeError) in
          unsafe try writer.place(of: UnsafeRawBufferPointer(name).bytes) + 1
        }
      }
      unsafe try writer.property(at: places[name.index] - 1, value.bytes)
    }
  }

  private func end(_ node: Int32, in writer: inout FlattenedTreeWriter) throws(DeviceTree.BlobError) {
    do throws(FlattenedTreeError) { try writer.endNode() } catch {
      throw .format(error, node: path(of: NodeID(index: node)), property: nil)
    }
  }

  private func refuseReferences(_ property: Int32) throws(DeviceTree.BlobError) {
    let first = properties[property].firstMark
    for mark in first..<first + properties[property].markCount where marks[mark].kind.isReference {
      let mark = marks[mark]
      let name = names[mark.name]
      let isLabel = mark.kind == .phandleToLabel || mark.kind == .pathToLabel
      throw .unresolved(
        isLabel ? .label(name) : .path(name), node: path(of: NodeID(index: properties[property].node)),
        property: names[properties[property].name])
    }
  }
}
