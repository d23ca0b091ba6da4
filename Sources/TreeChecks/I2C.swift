// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// I2C buses and the devices on them.
extension TreeCheck {
  static let i2c: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .i2cBusBridge, "i2c_bus_bridge", after: .addrSizeCells,
      demands: "an I2C bus counts 1 cell of address and none of size"
    ) { run in
      run.splitNames()
      let buses = run.i2cNames()
      for node in run.order where run.isI2CBus(node, buses) {
        run.facts[node].bus = .i2c
        guard run.facts[node].hadChildren else { continue }
        if run.addressCells(node) != 1 { run.report(node, "incorrect #address-cells for I2C bus") }
        if run.sizeCells(node) != 0 { run.report(node, "incorrect #size-cells for I2C bus") }
      }
    },
    TreeCheck(
      .i2cBusReg, "i2c_bus_reg", after: .regFormat, .i2cBusBridge,
      demands: "a device on an I2C bus has an address of 7 or 10 bits"
    ) { run in
      for node in run.order where run.busAbove(node) == .i2c { run.checkI2CDevice(node) }
    },
  ]
}

extension Inspection {
  /// Flags that stand in an address's topmost bits.
  private static let tenBitAddress: UInt32 = 1 << 31
  private static let ownAddress: UInt32 = 1 << 30

  fileprivate func i2cNames() -> (controller: Symbol, bus: Symbol, arbiter: Symbol) {
    (parts.known("i2c"), parts.known("i2c-bus"), parts.known("i2c-arb"))
  }

  fileprivate func isI2CBus(_ node: Int32, _ known: (controller: Symbol, bus: Symbol, arbiter: Symbol)) -> Bool {
    let base = facts[node].base
    guard base != .none else { return false }
    if base == known.bus || base == known.arbiter { return true }
    // The bus may be a child of its controller, beside other things.
    return base == known.controller
      && !hasChild(node) { known.bus != .none && facts[$0].base == known.bus }
  }

  fileprivate mutating func checkI2CDevice(_ node: Int32) {
    guard let reg = find("reg", in: node), let first = self.cell(0, of: reg) else {
      return report(node, "missing or empty reg property")
    }
    let expected = hex(first & ~Self.ownAddress)
    if unitAddress(node) != expected { report(node, "I2C bus unit address format error, expected \"\(expected)\"") }
    for cell in 0..<length(reg) / 4 {
      guard let address = self.cell(cell, of: reg).map({ $0 & ~Self.ownAddress }) else { return }
      if address & Self.tenBitAddress != 0 {
        if address & ~Self.tenBitAddress > 0x3FF {
          report(reg, "I2C address must be less than 10-bits, got \"0x\(hex(address))\"")
        }
      } else if address > 0x7F {
        report(
          reg,
          """
          I2C address must be less than 7-bits, got "0x\(hex(address))". Set I2C_TEN_BIT_ADDRESS for 10 bit \
          addresses or fix the property
          """
        )
      }
    }
  }
}
