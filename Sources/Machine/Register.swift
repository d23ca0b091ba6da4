// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// One entry of a node's `reg`.
public struct Register: Hashable, Sendable {
  /// Addresses on the bus that the node stands on.
  public var bus: Range<UInt64>
  public var translation: Translation
  /// From `reg-names`.
  public var name: String?

  public init(bus: Range<UInt64>, translation: Translation, name: String? = nil) {
    self.bus = bus
    self.translation = translation
    self.name = name
  }

  /// Addresses for the CPUs, where there are any.
  public var cpu: Range<UInt64>? { translation.range }
}

extension Topology {
  /// The entries of a node's `reg`, in their order. Empty when it has none.
  ///
  /// - Returns: nil when `reg` is no whole number of entries, or its addresses are no plain numbers, as on PCI.
  public func registers(of id: DeviceTree.NodeID) -> [Register]? {
    guard let reg = tree[id, "reg"] else { return [] }
    guard let bus = tree[id].parent, var cells = CellReader(reg) else { return nil }
    let sizes = tree.cellSizes(of: bus)
    guard (1...2).contains(sizes.address), (0...2).contains(sizes.size) else { return nil }
    let names = tree[id, "reg-names"]?.strings ?? []
    var result: [Register] = []
    while !cells.isAtEnd {
      guard let start = cells.number(cells: sizes.address), let size = cells.number(cells: sizes.size) else {
        return nil
      }
      let range = start..<start.saturatingAdd(size)
      result.append(
        Register(
          bus: range, translation: sizes.size == 0 ? .notMapped(at: bus) : cpuAddresses(of: range, on: bus),
          name: result.count < names.count ? names[result.count] : nil))
    }
    return result
  }

  /// The addresses at which the CPUs reach a node's registers.
  public func cpuRanges(of id: DeviceTree.NodeID) -> [Range<UInt64>] {
    (registers(of: id) ?? []).compactMap(\.cpu).filter { !$0.isEmpty }
  }
}
