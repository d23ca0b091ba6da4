// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// What stands behind the @ of a node's name.
extension TreeCheck {
  static let unitAddresses: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .unitAddressVsReg, "unit_address_vs_reg", demands: "a node has a unit address exactly when it has reg or ranges"
    ) { run in
      run.checkUnitAddressesAgainstReg()
    },
    TreeCheck(
      .unitAddressFormat, "unit_address_format", after: .nodeNameFormat, .pciBridge, .simpleBusBridge,
      demands: "a unit address has neither a leading 0x nor leading zeros"
    ) { run in
      run.checkUnitAddressFormat()
    },
  ]
}

extension Inspection {
  fileprivate mutating func checkUnitAddressesAgainstReg() {
    let reg = tree.names.known("reg")
    let ranges = tree.names.known("ranges")
    let overlay = tree.names.known("__overlay__")
    for node in order {
      let isAddressed: Bool
      if properties.find(reg, in: node) != nil {
        isAddressed = true
      } else if let ranges = properties.find(ranges, in: node) {
        isAddressed = length(ranges) > 0
      } else {
        isAddressed = false
      }
      if isAddressed == hasUnitAddress(node) { continue }
      // A fragment of an overlay is numbered, and has no address.
      if overlay != .none, hasChild(node, where: { facts[$0].name == overlay }) { continue }
      report(
        node,
        isAddressed
          ? "node has a reg or ranges property, but no unit name"
          : "node has a unit name, but no reg or ranges property")
    }
  }

  fileprivate mutating func checkUnitAddressFormat() {
    // Buses have checks of their own for the addresses on them.
    for node in order where hasUnitAddress(node) && busAbove(node) == nil {
      var address = unitAddress(node)[...]
      if address.hasPrefix("0x") {
        report(node, "unit name should not have leading \"0x\"")
        address = address.dropFirst(2)
      }
      if address.utf8.first == UInt8(ascii: "0"), let second = address.utf8.dropFirst().first, second.isHexDigit {
        report(node, "unit name should not have leading 0s")
      }
    }
  }
}

extension UInt8 {
  var isHexDigit: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}
