// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

extension DeviceTree {
  /// The cells of a node's `#address-cells` and `#size-cells`: the specification's defaults are 2 and 1 (section 2.3.5).
  public func cellSizes(of id: NodeID) -> (address: Int, size: Int) {
    (
      address: self[id, "#address-cells"]?.cell.map { Int(clamping: $0) } ?? 2,
      size: self[id, "#size-cells"]?.cell.map { Int(clamping: $0) } ?? 1
    )
  }

  /// The address ranges of a `reg`-like property of a child of `parent`; nil when its length is no whole number of tuples
  /// or a number does not fit into 64 bits. Empty ranges are kept.
  public func ranges(_ value: PropertyValue, under parent: NodeID) -> [Range<UInt64>]? {
    let sizes = cellSizes(of: parent)
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
