// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// The `interrupt-map` of a nexus node (specification, section 2.4.3).
public struct InterruptMap: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    /// The unit address and the interrupt of the child, masked.
    public var child: [UInt32]
    public var parent: DeviceTree.NodeID
    /// The unit address that the parent shall look for, if it is a nexus as well.
    public var parentAddress: [UInt32]
    public var specifier: [UInt32]
  }

  public var entries: [Entry]
  /// Cells of a child's unit address, and of its interrupt.
  public var addressCells: Int
  public var interruptCells: Int
  public var mask: [UInt32]

  /// Where a child's interrupt goes.
  func entry(address: [UInt32], specifier: [UInt32]) -> Entry? {
    let padded = Array(address.prefix(addressCells)) + Array(repeating: 0, count: max(0, addressCells - address.count))
    let key = zip(padded + specifier, mask).map { $0 & $1 }
    return entries.first { $0.child == key }
  }
}

extension Topology {
  /// The `interrupt-map` of a node. Nil when it has none.
  ///
  /// - Throws: ``InterruptFault`` when an entry names no node, or the value ends within an entry.
  public func interruptMap(of nexus: DeviceTree.NodeID) throws(InterruptFault) -> InterruptMap? {
    guard let value = tree[nexus, "interrupt-map"] else { return nil }
    guard let addressCells = cellCount("#address-cells", of: nexus) else { throw .noCells(nexus, "#address-cells") }
    guard let interruptCells = cellCount("#interrupt-cells", of: nexus) else {
      throw .noCells(nexus, "#interrupt-cells")
    }
    let width = addressCells + interruptCells
    guard var cells = CellReader(value) else { throw .badLength(nexus, "interrupt-map") }
    var mask = Array(repeating: UInt32.max, count: width)
    if let given = tree[nexus, "interrupt-map-mask"] {
      guard let bits = given.cells, bits.count == width else { throw .badLength(nexus, "interrupt-map-mask") }
      mask = bits
    }
    var entries: [InterruptMap.Entry] = []
    while !cells.isAtEnd {
      guard let child = cells.take(width), let phandle = cells.take() else { throw .badLength(nexus, "interrupt-map") }
      guard let parent = node(phandle: phandle) else { throw .noNode(nexus, "interrupt-map", phandle: phandle) }
      guard let parentCells = cellCount("#interrupt-cells", of: parent) else {
        throw .noCells(parent, "#interrupt-cells")
      }
      // Where a controller counts no address cells it has none; the default of 2 is meant for buses.
      guard let address = cells.take(cellCount("#address-cells", of: parent) ?? 0),
        let specifier = cells.take(parentCells)
      else { throw .badLength(nexus, "interrupt-map") }
      entries.append(
        InterruptMap.Entry(
          child: zip(child, mask).map { $0 & $1 }, parent: parent, parentAddress: address, specifier: specifier))
    }
    return InterruptMap(entries: entries, addressCells: addressCells, interruptCells: interruptCells, mask: mask)
  }

  /// The number in a property such as `#interrupt-cells`; nil when it is absent or out of all reason.
  func cellCount(_ property: String, of id: DeviceTree.NodeID) -> Int? {
    guard let cell = tree[id, property]?.cell, cell < 256 else { return nil }
    return Int(cell)
  }
}
