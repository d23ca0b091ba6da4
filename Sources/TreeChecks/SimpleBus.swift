// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// Buses that are compatible with simple-bus.
extension TreeCheck {
  static let simpleBus: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .simpleBusBridge, "simple_bus_bridge", after: .addrSizeCells, .compatibleIsStringList, each: "compatible",
      demands: "a node compatible with simple-bus is such a bus"
    ) { run, use in
      if run.holds(use, "simple-bus") { run.facts[use.node].bus = .simple }
    },
    TreeCheck(
      .simpleBusReg, "simple_bus_reg", after: .regFormat, .simpleBusBridge,
      demands: "a node on a simple bus bears its first address as its unit address"
    ) { run in
      run.checkSimpleBus()
    },
  ]
}

extension Inspection {
  fileprivate mutating func checkSimpleBus() {
    let reg = tree.names.known("reg")
    let ranges = tree.names.known("ranges")
    for node in order {
      guard let bus = parent(node), facts[bus].bus == .simple else { continue }
      var address: PropertyRef?
      var firstCell = 0
      if let reg = properties.find(reg, in: node) {
        address = reg
      } else if let ranges = properties.find(ranges, in: node), length(ranges) > 0 {
        // The address on the bus stands behind the one on the node's own side.
        address = ranges
        firstCell = Int(addressCells(node))
      }
      guard let address, length(address) > 0 else {
        // A bus on the bus may have no addresses of its own.
        if facts[bus].parent >= 0, facts[node].bus != .simple {
          report(node, "missing or empty reg/ranges property")
        }
        continue
      }
      var expected: UInt64 = 0
      for cell in 0..<max(Int(addressCells(bus)), 0) {
        guard let value = self.cell(firstCell + cell, of: address) else { break }
        expected = expected << 32 | UInt64(value)
      }
      if unitAddress(node) != hex(expected) {
        report(node, "simple-bus unit address format error, expected \"\(hex(expected))\"")
      }
    }
  }
}
