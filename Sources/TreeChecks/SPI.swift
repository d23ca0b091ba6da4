// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// SPI buses and the devices on them.
extension TreeCheck {
  static let spi: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .spiBusBridge, "spi_bus_bridge", after: .addrSizeCells,
      demands: "an SPI bus counts 1 cell of address and none of size"
    ) { run in
      run.checkSPIBuses()
    },
    TreeCheck(
      .spiBusReg, "spi_bus_reg", after: .regFormat, .spiBusBridge,
      demands: "a device on an SPI bus bears its chip select as its unit address"
    ) { run in
      for node in run.order where run.busAbove(node) == .spi { run.checkSPIDevice(node) }
    },
  ]
}

extension Inspection {
  fileprivate mutating func checkSPIBuses() {
    splitNames()
    let markedDevices = nodesWithSPIProperties()
    let spi = parts.known("spi")
    guard spi != .none || !markedDevices.isEmpty else { return }
    for node in order {
      let isNamed = facts[node].base == spi
      if !isNamed {
        // A bus of another name is known by its cells and by a device with properties that only SPI has.
        guard addressCells(node) == 1, sizeCells(node) == 0,
          hasChild(node, where: { markedDevices.contains($0) })
        else { continue }
      }
      facts[node].bus = .spi
      if !isNamed, find("reg", in: node) != nil { report(node, "node name for SPI buses should be 'spi'") }
      guard facts[node].hadChildren else { continue }
      let wanted: Int32 = find("spi-slave", in: node) == nil ? 1 : 0
      if addressCells(node) != wanted { report(node, "incorrect #address-cells for SPI bus") }
      if sizeCells(node) != 0 { report(node, "incorrect #size-cells for SPI bus") }
    }
  }

  private mutating func nodesWithSPIProperties() -> Set<Int32> {
    var nodes: Set<Int32> = []
    for at in 0..<properties.names.count {
      let name = properties.names[at]
      guard unsafe tree.names.withBytes(of: name, { unsafe $0.starts(with: "spi-".utf8) }) else { continue }
      for use in uses(of: name) { nodes.insert(properties.use(use).node) }
    }
    return nodes
  }

  fileprivate mutating func checkSPIDevice(_ node: Int32) {
    // The other end of such a bus selects: there is one device, and it has no number.
    if let bus = parent(node), find("spi-slave", in: bus) != nil { return }
    guard let reg = find("reg", in: node), let select = cell(0, of: reg) else {
      return report(node, "missing or empty reg property")
    }
    if unitAddress(node) != hex(select) {
      report(node, "SPI bus unit address format error, expected \"\(hex(select))\"")
    }
  }
}
