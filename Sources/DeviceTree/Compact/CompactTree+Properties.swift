// SPDX-License-Identifier: Apache-2.0
package import CompactStorage

// The properties of nodes.
extension CompactTree {
  /// Adds a property behind the others of its node.
  package mutating func append(_ property: Property) -> Int32 {
    let new = Int32(truncatingIfNeeded: properties.count)
    let node = property.node
    properties.append(property)
    let last = nodes[node].lastProperty
    if last >= 0 { properties[last].next = new } else { nodes[node].firstProperty = new }
    nodes[node].lastProperty = new
    nodes[node].propertyCount += 1
    return new
  }

  /// Adds a property of one cell.
  package mutating func append(_ name: Symbol, cell: UInt32, to node: Int32) {
    var property = Property(name: name, node: node, start: values.count, count: 4)
    property.form = .cells32
    values.append(bigEndian: cell)
    _ = append(property)
  }

  /// The first property of that name.
  package func find(_ name: Symbol, in node: Int32) -> Int32? {
    var property = nodes[node].firstProperty
    while property >= 0 {
      if properties[property].name == name { return property }
      property = properties[property].next
    }
    return nil
  }

  /// Takes properties out of a node.
  package mutating func removeProperties(of node: Int32, where isUnwanted: (borrowing CompactTree, Int32) -> Bool) {
    var previous: Int32 = -1
    var property = nodes[node].firstProperty
    while property >= 0 {
      let next = properties[property].next
      if isUnwanted(self, property) {
        if previous >= 0 { properties[previous].next = next } else { nodes[node].firstProperty = next }
        if nodes[node].lastProperty == property { nodes[node].lastProperty = previous }
        nodes[node].propertyCount -= 1
      } else {
        previous = property
      }
      property = next
    }
  }

  /// The bytes of a property's value, for as long as nothing is added to the values.
  package func value(_ property: Int32) -> UnsafeBufferPointer<UInt8> {
    let (start, count) = (properties[property].start, properties[property].count)
    return unsafe values.withElements { unsafe UnsafeBufferPointer(rebasing: $0[start..<start + count]) }
  }

  /// The cell of that number, or nil when the value ends before it does.
  @inline(__always)
  package func cell(_ number: Int, of property: Int32) -> UInt32? {
    let count = properties[property].count
    guard number >= 0, number < count / 4 else { return nil }
    return values.cell(at: properties[property].start + number * 4)
  }

  /// Puts a cell at a byte offset of a value, if that has the room.
  package mutating func put(_ cell: UInt32, at offset: Int, of property: Int32) {
    guard offset >= 0, offset <= properties[property].count - 4 else { return }
    values.put(bigEndian: cell, at: properties[property].start + offset)
  }

  /// Whether something in the value still has to be resolved.
  package func hasReferences(_ property: Int32) -> Bool {
    let first = properties[property].firstMark
    for mark in first..<first + properties[property].markCount where marks[mark].kind.isReference { return true }
    return false
  }

  /// The boot CPU of a tree that does not say: the `reg` of the first node in `/cpus`, or 0.
  package mutating func firstCPU() -> UInt32 {
    let (cpus, reg) = (names.known("cpus"), names.known("reg"))
    guard cpus != .none, reg != .none, let holder = child(of: root, named: cpus) else { return 0 }
    let first = self[holder].firstChild
    guard first >= 0, let property = find(reg, in: first), properties[property].count == 4 else { return 0 }
    return cell(0, of: property) ?? 0
  }
}

extension CompactTree.Mark.Kind {
  /// Whether the mark names a node whose phandle or path is still to be put there.
  @inline(__always)
  package var isReference: Bool {
    switch self {
    case .phandleToLabel, .phandleToPath, .pathToLabel, .pathToPath: true
    case .label, .form, .phandleOfLabel, .phandleOfPath: false
    }
  }
}
