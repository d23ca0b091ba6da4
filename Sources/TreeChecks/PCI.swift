// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// PCI buses and the devices on them.
extension TreeCheck {
  static let pci: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .pciBridge, "pci_bridge", after: .deviceTypeIsString, .addrSizeCells, each: "device_type",
      demands: "a PCI bridge is called pci or pcie, translates addresses and counts 3 and 2 cells"
    ) { run, use in
      if run.leadingString(use) == "pci" { run.checkBridge(use.node) }
    },
    TreeCheck(
      .pciDeviceReg, "pci_device_reg", after: .regFormat, .pciBridge, each: "reg",
      demands: "a PCI device's reg begins with its configuration space"
    ) { run, reg in
      if run.busAbove(reg.node) == .pci { run.checkDevice(reg) }
    },
    TreeCheck(
      .pciDeviceBusNum, "pci_device_bus_num", after: .regFormat, .pciBridge, each: "reg",
      demands: "a PCI device's bus is in its bridge's bus-range"
    ) { run, reg in
      if run.busAbove(reg.node) == .pci { run.checkBusNumber(reg) }
    },
  ]
}

extension Inspection {
  fileprivate mutating func checkBridge(_ node: Int32) {
    facts[node].bus = .pci
    let name = baseName(node)
    if name != "pci", name != "pcie" { report(node, "node name is not \"pci\" or \"pcie\"") }
    if find("ranges", in: node) == nil { report(node, "missing ranges for PCI bridge (or not a bridge)") }
    if addressCells(node) != 3 { report(node, "incorrect #address-cells for PCI bridge") }
    if sizeCells(node) != 2 { report(node, "incorrect #size-cells for PCI bridge") }
    guard let range = find("bus-range", in: node) else { return }
    guard length(range) == 8, let first = cell(0, of: range),
      let last = cell(1, of: range)
    else { return report(range, "value must be 2 cells") }
    if first > last { report(range, "1st cell must be less than or equal to 2nd cell") }
    if last > 0xFF { report(range, "maximum bus number must be less than 256") }
  }

  fileprivate mutating func checkDevice(_ reg: PropertyRef) {
    guard let space = cell(0, of: reg) else { return }
    if cell(1, of: reg) ?? 0 != 0 || cell(2, of: reg) ?? 0 != 0 {
      report(reg, "PCI reg config space address cells 2 and 3 must be 0")
    }
    if space & 0x0300_0000 != 0 { report(reg, "PCI reg address is not configuration space") }
    if space & 0xFF != 0 { report(reg, "PCI reg config space address register number must be 0") }
    let device = hex((space & 0xF800) >> 11)
    let function = (space & 0x700) >> 8
    let address = unitAddress(reg.node)
    if function == 0, address == device { return }
    let expected = "\(device),\(hex(function))"
    if address != expected { report(reg.node, "PCI unit address format error, expected \"\(expected)\"") }
  }

  fileprivate mutating func checkBusNumber(_ reg: PropertyRef) {
    guard let space = cell(0, of: reg), let bridge = parent(reg.node) else { return }
    let bus = (space & 0x00FF_0000) >> 16
    let range = find("bus-range", in: bridge)
    let first = range.flatMap { cell(0, of: $0) } ?? 0
    let last = range.flatMap { cell(1, of: $0) } ?? 0
    if bus < first || bus > last {
      report(
        reg.node, range,
        "PCI bus number \(bus) out of range, expected (\(Int32(bitPattern: first)) - \(Int32(bitPattern: last)))")
    }
  }
}
