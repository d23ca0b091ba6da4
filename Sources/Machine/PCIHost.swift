// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// A PCI host bridge.
public struct PCIHost: Hashable, Sendable {
  public enum Space: UInt32, Hashable, Sendable {
    case configuration = 0
    case io = 1
    case memory32 = 2
    case memory64 = 3
  }

  /// An entry of the host's `ranges` (PCI bus binding, section 2.2.1.1).
  public struct Window: Hashable, Sendable {
    public var space: Space
    public var isPrefetchable: Bool
    public var pci: Range<UInt64>
    public var translation: Translation

    /// Addresses for the CPUs, where there are any.
    public var cpu: Range<UInt64>? { translation.range }
  }

  public var node: DeviceTree.NodeID
  /// Bus numbers, both ends included; 0 to 255 where the tree does not say.
  public var buses: ClosedRange<UInt32>
  /// From `linux,pci-domain`.
  public var domain: UInt32?
  public var windows: [Window]
}

extension Topology {
  /// Every PCI host bridge, in tree order: nodes with device_type "pci" that do not stand below another one.
  public func pciHosts() -> [PCIHost] {
    tree.walk().compactMap { id in
      guard isPCI(id), let parent = tree[id].parent, !isPCI(parent) else { return nil }
      var buses: ClosedRange<UInt32> = 0...255
      if let range = tree[id, "bus-range"]?.cells, range.count == 2, range[0] <= range[1] {
        buses = range[0]...range[1]
      }
      return PCIHost(
        node: id, buses: buses, domain: tree[id, "linux,pci-domain"]?.cell, windows: windows(of: id, on: parent))
    }
  }

  private func isPCI(_ id: DeviceTree.NodeID) -> Bool { tree[id, "device_type"]?.string == "pci" }

  private func windows(of host: DeviceTree.NodeID, on bus: DeviceTree.NodeID) -> [PCIHost.Window] {
    let sizes = tree.cellSizes(of: host)
    guard sizes.address == 3, let value = tree[host, "ranges"], var cells = CellReader(value) else { return [] }
    let outer = tree.cellSizes(of: bus).address
    var result: [PCIHost.Window] = []
    while let head = cells.take(), let space = PCIHost.Space(rawValue: head >> 24 & 3),
      let pci = cells.number(cells: 2), let start = cells.number(cells: outer),
      let size = cells.number(cells: sizes.size)
    {
      result.append(
        PCIHost.Window(
          space: space, isPrefetchable: head & 0x4000_0000 != 0, pci: pci..<pci.saturatingAdd(size),
          translation: cpuAddresses(of: start..<start.saturatingAdd(size), on: bus)))
    }
    return result
  }
}
