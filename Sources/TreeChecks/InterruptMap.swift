// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

extension Inspection {
  /// Checks an `interrupt-map`: entries of an address and an interrupt of a child, a phandle, and an address and an
  /// interrupt of the node that it names. Each side counts its own cells.
  mutating func checkInterruptMap(_ map: PropertyRef) {
    let node = map.node
    // Without these cells there is nothing to count with.
    guard facts[node].addressCells != -1 else {
      return report(node, "Missing '#address-cells' in interrupt-map provider")
    }
    let addressCells = Int(UInt32(bitPattern: facts[node].addressCells))
    let ownCells = find("#interrupt-cells", in: node).flatMap { self.cell(0, of: $0) }
    let childCells = addressCells + Int(ownCells ?? 0)
    if let mask = find("interrupt-map-mask", in: node), length(mask) != childCells * 4 {
      let length = length(mask)
      report(mask, "property size (\(length)) is invalid, expected \(childCells * 4)")
    }
    let length = length(map)
    guard length % 4 == 0 else {
      return report(map, "property size (\(length)) is invalid, expected multiple of 4")
    }
    var cell = 0
    while cell < length / 4 {
      guard cell + childCells < length / 4, let phandle = self.cell(cell + childCells, of: map) else {
        return report(map, "property size (\(length)) too small, expected > \((cell + childCells) * 4)")
      }
      cell += childCells
      guard phandle != 0, phandle != .max else {
        // What an overlay refers to is in the tree that it will be laid over.
        if isPlugin { return }
        return report(map, "Cell \(cell) is not a phandle(\(Int32(bitPattern: phandle)))")
      }
      guard let target = phandles[UInt64(phandle)] else {
        return report(map, "Could not get phandle(\(Int32(bitPattern: phandle))) node for (cell \(cell))")
      }
      let mapName = name(of: map)
      guard let targetCells = find("#interrupt-cells", in: target).flatMap({ self.cell(0, of: $0) }) else {
        return report(
          node,
          """
          Missing property '#interrupt-cells' in node \(path: target) or bad phandle \
          (referred from \(mapName)[\(cell)])
          """
        )
      }
      var targetAddressCells = 0
      if let count = find("#address-cells", in: target) {
        targetAddressCells = Int(self.cell(0, of: count) ?? 0)
      } else {
        report(map, "Missing property '#address-cells' in node \(path: target), using 0 as fallback")
      }
      cell += 1 + Int(targetCells) + targetAddressCells
      if cell > length / 4 {
        report(map, "property size (\(length)) mismatch, expected \(cell * 4)")
      }
    }
  }
}
