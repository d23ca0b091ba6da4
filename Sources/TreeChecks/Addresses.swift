// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// reg and ranges hold as many cells as #address-cells and #size-cells say.
extension TreeCheck {
  static let addresses: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .addrSizeCells, "addr_size_cells", after: .addressCellsIsCell, .sizeCellsIsCell,
      demands: "each node knows its #address-cells and #size-cells"
    ) { run in
      for node in run.order {
        run.facts[node].addressCells = -1
        run.facts[node].sizeCells = -1
      }
      for at in run.uses(of: "#address-cells") {
        let use = run.properties.use(at)
        run.facts[use.node].addressCells = Int32(bitPattern: run.cell(0, of: use) ?? .max)
      }
      for at in run.uses(of: "#size-cells") {
        let use = run.properties.use(at)
        run.facts[use.node].sizeCells = Int32(bitPattern: run.cell(0, of: use) ?? .max)
      }
    },
    TreeCheck(
      .regFormat, "reg_format", after: .addrSizeCells, each: "reg", demands: "reg holds whole addresses and sizes"
    ) { run, reg in
      run.checkReg(reg)
    },
    TreeCheck(
      .rangesFormat, "ranges_format", after: .addrSizeCells, each: "ranges",
      demands: "ranges holds whole ranges, or both sides count alike"
    ) { run, ranges in
      run.checkRanges("ranges", ranges)
    },
    TreeCheck(
      .dmaRangesFormat, "dma_ranges_format", after: .addrSizeCells, each: "dma-ranges",
      demands: "dma-ranges holds whole ranges, or both sides count alike"
    ) { run, ranges in
      run.checkRanges("dma-ranges", ranges)
    },
  ]

  /// What depends on the cell counts that a tree leaves to their default, or gives without need.
  static let cellHabits: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .avoidDefaultAddrSize, "avoid_default_addr_size", after: .addrSizeCells,
      demands: "a node with reg or ranges stands in a parent that gives #address-cells and #size-cells"
    ) { run in
      run.checkDefaultCells()
    },
    TreeCheck(
      .avoidUnnecessaryAddrSize, "avoid_unnecessary_addr_size", after: .avoidDefaultAddrSize,
      demands: "#address-cells and #size-cells stand only where addresses are"
    ) { run in
      run.checkUnnecessaryCells()
    },
    TreeCheck(
      .uniqueUnitAddress, "unique_unit_address", after: .avoidDefaultAddrSize,
      demands: "no two nodes of one parent bear the same unit address"
    ) { run in
      run.checkUnitAddressesAreUnique(onlyEnabled: false)
    },
    TreeCheck(
      .uniqueUnitAddressIfEnabled, "unique_unit_address_if_enabled", after: .avoidDefaultAddrSize,
      demands: "no two enabled nodes of one parent bear the same unit address"
    ) { run in
      run.checkUnitAddressesAreUnique(onlyEnabled: true)
    },
  ]
}

extension Inspection {
  fileprivate mutating func checkReg(_ reg: PropertyRef) {
    guard let parent = parent(reg.node) else { return report(reg.node, "Root node has a \"reg\" property") }
    let length = length(reg)
    if length == 0 { report(reg, "property is empty") }
    let address = addressCells(parent)
    let size = sizeCells(parent)
    guard length != 0, !isMultiple(length, ofCells: address, size) else { return }
    report(
      reg, "property has invalid length (\(length) bytes) (#address-cells == \(address), #size-cells == \(size))")
  }

  fileprivate mutating func checkRanges(_ name: String, _ ranges: PropertyRef) {
    guard let parent = parent(ranges.node) else { return report(ranges, "Root node has a \"\(name)\" property") }
    let (childAddress, childSize) = (addressCells(ranges.node), sizeCells(ranges.node))
    let (parentAddress, parentSize) = (addressCells(parent), sizeCells(parent))
    let length = length(ranges)
    guard length > 0 else {
      if childAddress != parentAddress {
        report(
          ranges,
          """
          empty "\(name)" property but its #address-cells (\(childAddress)) differs from \(path: parent) \
          (\(parentAddress))
          """
        )
      }
      if childSize != parentSize {
        report(
          ranges,
          "empty \"\(name)\" property but its #size-cells (\(childSize)) differs from \(path: parent) (\(parentSize))"
        )
      }
      return
    }
    guard !isMultiple(length, ofCells: parentAddress, childAddress, childSize) else { return }
    report(
      ranges,
      """
      "\(name)" property has invalid length (\(length) bytes) (parent #address-cells == \(parentAddress), \
      child #address-cells == \(childAddress), #size-cells == \(childSize))
      """
    )
  }

  /// Whether a length is a multiple of so many cells. Counts out of all reason wrap around at 32 bits, as in dtc.
  private func isMultiple(_ length: Int, ofCells first: Int32, _ second: Int32, _ third: Int32 = 0) -> Bool {
    let entry = (first &+ second &+ third) &* 4
    return entry != 0 && length % Int(entry) == 0
  }

  fileprivate mutating func checkDefaultCells() {
    let reg = tree.names.known("reg")
    let ranges = tree.names.known("ranges")
    guard reg != .none || ranges != .none else { return }
    for node in order {
      guard let parent = parent(node) else { continue }
      let cells = facts[parent]
      guard cells.addressCells == -1 || cells.sizeCells == -1 else { continue }
      guard properties.find(reg, in: node) != nil || properties.find(ranges, in: node) != nil else { continue }
      if cells.addressCells == -1 { report(node, "Relying on default #address-cells value") }
      if cells.sizeCells == -1 { report(node, "Relying on default #size-cells value") }
    }
  }

  fileprivate mutating func checkUnnecessaryCells() {
    let reg = tree.names.known("reg")
    let ranges = tree.names.known("ranges")
    let dmaRanges = tree.names.known("dma-ranges")
    for node in order {
      let cells = facts[node]
      guard cells.parent >= 0, cells.addressCells >= 0, cells.sizeCells >= 0, cells.hadChildren else { continue }
      guard properties.find(ranges, in: node) == nil, properties.find(dmaRanges, in: node) == nil else { continue }
      let isNeeded = hasChild(node) {
        properties.find(reg, in: $0) != nil || properties.find(ranges, in: $0) != nil
      }
      if isNeeded { continue }
      report(
        node,
        """
        unnecessary #address-cells/#size-cells without "ranges", "dma-ranges" or child "reg" or "ranges" property
        """
      )
    }
  }

  fileprivate mutating func checkUnitAddressesAreUnique(onlyEnabled: Bool) {
    splitNames()
    // By unit address: the node in which it was seen last. Only a node where that happens twice is looked at closely.
    var seen = Array(repeating: Int32(-1), count: parts.count)
    for node in order {
      let cells = facts[node]
      guard cells.addressCells >= 0, cells.sizeCells >= 0, cells.firstChild >= 0 else { continue }
      var hasDuplicates = false
      forEachChild(node) { child in
        guard hasUnitAddress(child) else { return }
        let address = Int(facts[child].address.index)
        if seen[address] == node { hasDuplicates = true }
        seen[address] = node
      }
      guard hasDuplicates else { continue }
      var candidates: [Int32] = []
      var addresses: [Symbol?] = []
      forEachChild(node) { child in
        guard hasUnitAddress(child), !(onlyEnabled && isDisabled(child)) else { return }
        candidates.append(child)
        addresses.append(facts[child].address)
      }
      guard candidates.count > 1 else { continue }
      Alike(addresses).forEachPairByLater(limit: Self.comparedCopies) { earlier, later in
        report(candidates[earlier], "duplicate unit-address (also used in node \(path: candidates[later]))")
      }
    }
  }

  private func isDisabled(_ node: Int32) -> Bool {
    find("status", in: node).map { leadingString($0) == "disabled" } ?? false
  }
}
