// SPDX-License-Identifier: Apache-2.0
import CompactStorage
package import FlattenedTree

// The tree of a blob.
extension CompactTree {
  /// Reads a flattened device tree, and over some of its faults: see
  /// ``DeviceTree/init(blob:tolerating:tolerated:)``.
  package init(
    blob: [UInt8], tolerating tolerance: FlattenedTree.Tolerance, tolerated: inout [DeviceTree.ToleratedFault]
  ) throws(FlattenedTreeError) {
    try self.init(FlattenedTree(blob.span, tolerating: tolerance), tolerated: &tolerated)
  }

  init(_ flattened: FlattenedTree, tolerated: inout [DeviceTree.ToleratedFault]) throws(FlattenedTreeError) {
    self.init()
    let first = tolerated.count
    let census = try flattened.census { tolerated.append(DeviceTree.ToleratedFault(code: $0.code, offset: $0.offset)) }
    bootCPU = flattened.header.bootCPU
    let (start, size) = (flattened.header.stringsOffset, flattened.header.stringsSize)
    strings.read = unsafe flattened.bytes.extracting(start..<start + size).withUnsafeBytes { unsafe Array($0) }
    var entries = flattened.reservations
    while let entry = try entries.next() {
      reservations.append(DeviceTree.Reservation(address: entry.address, size: entry.size))
    }
    values.reserve(flattened.header.structureSize ?? 0)
    nodes.reserve(census.nodes)
    properties.reserve(census.properties)
    var late = first
    // By offset in the strings block: the symbol of the name there, once it is known.
    var known = Pool<Int32>(capacity: size)
    known.append(repeating: -1, count: size)
    var current: Int32 = -1
    var isBehindSubnode = false
    var events = flattened.events()
    while let event = try events.next() {
      switch event {
      case .beginNode(let name):
        isBehindSubnode = false
        guard current >= 0 else {
          current = 0
          continue
        }
        current = addChild(try symbol(for: name), to: NodeID(index: current)).index
      case .property(let property):
        guard current >= 0 else { continue }
        let symbol: Symbol
        let offset = property.name.offset - start
        if offset >= 0, offset < size {
          if known[offset] < 0 { known[offset] = try self.symbol(for: property.name).index }
          symbol = Symbol(index: known[offset])
        } else {
          symbol = try self.symbol(for: property.name)
        }
        let valueStart = values.count
        unsafe property.value.bytes.withUnsafeBytes {
          unsafe values.append(contentsOf: $0.assumingMemoryBound(to: UInt8.self))
        }
        _ = append(Property(name: symbol, node: current, start: valueStart, count: values.count - valueStart))
        guard isBehindSubnode else { continue }
        while late < tolerated.count, tolerated[late].code != .propertyAfterSubnode { late += 1 }
        if late < tolerated.count {
          tolerated[late].node = NodeID(index: current)
          tolerated[late].property = names[symbol]
          late += 1
        }
      case .endNode:
        isBehindSubnode = true
        current = nodes[current].parent
      }
    }
    if flattened.header.format < .v16 { removeNameProperties() }
  }

  private mutating func symbol(for name: borrowing FlattenedTree.Name) throws(FlattenedTreeError) -> Symbol {
    let isText = unsafe name.bytes.withUnsafeBytes { bytes in
      unsafe bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }
    guard isText else { throw FlattenedTreeError(.nameNotText, at: name.offset) }
    return unsafe name.bytes.withUnsafeBytes { unsafe names.symbol(for: $0.assumingMemoryBound(to: UInt8.self)) }
  }

  /// Takes away each property `name` that only says its node's name up to the unit address.
  private mutating func removeNameProperties() {
    let name = names.known("name")
    guard name != .none else { return }
    for node in 0..<Int32(truncatingIfNeeded: nodes.count) {
      let baseName = names[nodes[node].name].utf8.prefix { $0 != UInt8(ascii: "@") }
      removeProperties(of: node) { tree, property in
        guard tree.properties[property].name == name else { return false }
        let value = unsafe tree.value(property)
        return unsafe value.last == 0 && value.dropLast().elementsEqual(baseName)
      }
    }
  }

  /// Takes away the marks of paths, which have been put in place.
  package mutating func forgetPaths() {
    for property in 0..<Int32(truncatingIfNeeded: properties.count) where properties[property].markCount > 0 {
      let first = properties[property].firstMark
      var kept = first
      for at in first..<first + properties[property].markCount {
        let mark = marks[at]
        if mark.kind == .pathToLabel || mark.kind == .pathToPath { continue }
        marks[kept] = mark
        kept += 1
      }
      properties[property].markCount = kept - first
    }
  }
}
