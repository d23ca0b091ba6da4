// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// How many cells make an address and a size below a node.
public struct CellSizes: Hashable, Sendable {
  public var address: Int
  public var size: Int

  public init(address: Int, size: Int) {
    self.address = address
    self.size = size
  }
}

extension DeviceTree {
  /// The cells of a node's `#address-cells` and `#size-cells`. Where one is absent the specification says 2 and 1 (section 2.3.5).
  ///
  /// - Parameter inherited: take the nearest ancestor's instead of the default, as Xen does for everything below `/chosen`.
  public func cellSizes(of id: NodeID, inherited: Bool = false) -> CellSizes {
    CellSizes(
      address: cells("#address-cells", of: id, inherited) ?? 2, size: cells("#size-cells", of: id, inherited) ?? 1)
  }

  private func cells(_ name: String, of id: NodeID, _ inherited: Bool) -> Int? {
    var current: NodeID? = id
    while let node = current {
      if let cells = self[node, name]?.cell { return Int(clamping: cells) }
      current = inherited ? self[node].parent : nil
    }
    return nil
  }

  /// The address ranges of a `reg`-like property of a child of `parent`.
  ///
  /// - Returns: nil when the value's length is no whole number of tuples, a number does not fit into 64 bits, or the cell sizes
  ///   are not 1 or 2. Empty ranges are kept.
  public func ranges(_ value: PropertyValue, under parent: NodeID) -> [Range<UInt64>]? {
    ranges(value, cells: cellSizes(of: parent))
  }

  /// The same for known cell sizes.
  public func ranges(_ value: PropertyValue, cells sizes: CellSizes) -> [Range<UInt64>]? {
    guard let cells = value.cells, (1...2).contains(sizes.address), (1...2).contains(sizes.size),
      cells.count % (sizes.address + sizes.size) == 0
    else { return nil }
    var result: [Range<UInt64>] = []
    for at in stride(from: 0, to: cells.count, by: sizes.address + sizes.size) {
      let start = number(cells[at..<at + sizes.address])
      let length = number(cells[at + sizes.address..<at + sizes.address + sizes.size])
      let (end, overflow) = start.addingReportingOverflow(length)
      guard !overflow else { return nil }
      result.append(start..<end)
    }
    return result
  }

  private func number(_ cells: ArraySlice<UInt32>) -> UInt64 {
    cells.reduce(0) { $0 << 32 | UInt64($1) }
  }
}
