// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Machine

/// A node of a guest's partial tree that tells Xen to give something away (docs/misc/arm/device-tree/passthrough.txt).
public struct AssignedDevice: Sendable {
  /// In the partial tree.
  public var node: DeviceTree.NodeID
  /// What `xen,path` says.
  public var path: String?
  /// The node of the host that it names.
  public var host: DeviceTree.NodeID?
  /// What `xen,reg` maps; nil when there is none, empty when there is no whole entry.
  public var mappings: [Mapping]?
  /// `xen,force-assign-without-iommu`.
  public var isForced: Bool

  /// Whether Xen takes it as a device at all, and not as half of one.
  public var isComplete: Bool { mappings != nil && (path != nil || isForced) }

  /// An entry of `xen,reg`.
  public struct Mapping: Hashable, Sendable {
    public var host: Range<UInt64>
    public var guest: Range<UInt64>

    /// The least that Xen can give away.
    public static let page: UInt64 = 4096

    public init(host: Range<UInt64>, guest: Range<UInt64>) {
      self.host = host
      self.guest = guest
    }

    public var isAligned: Bool {
      [host.lowerBound, guest.lowerBound, host.upperBound &- host.lowerBound].allSatisfy { $0 % Self.page == 0 }
    }
  }

  /// The devices of a partial tree, in its order.
  ///
  /// - Parameter host: the tree that `xen,path` names nodes of.
  public static func all(in fragment: DeviceTree, of host: DeviceTree) -> [AssignedDevice] {
    guard let top = fragment.child(of: fragment.root, named: "passthrough") else { return [] }
    return fragment.walk(from: top).compactMap { node in
      let path = fragment[node, "xen,path"]?.string
      let isForced = fragment[node, "xen,force-assign-without-iommu"] != nil
      let reg = fragment[node, "xen,reg"]
      guard reg != nil || path != nil || isForced else { return nil }
      return AssignedDevice(
        node: node, path: path, host: path.flatMap { host.node(atPathOrAlias: $0) },
        mappings: reg.map { mappings($0, of: node, in: fragment) }, isForced: isForced)
    }
  }

  /// How many cells the addresses and sizes in a device's `xen,reg` have: those of the node above it, and no other's.
  public static func cells(above node: DeviceTree.NodeID, in fragment: DeviceTree) -> CellSizes {
    fragment[node].parent.map { fragment.cellSizes(of: $0) } ?? CellSizes(address: 2, size: 1)
  }

  /// Host address, size, guest address. What is no whole entry at the end Xen leaves out.
  private static func mappings(
    _ value: PropertyValue, of node: DeviceTree.NodeID, in fragment: DeviceTree
  ) -> [Mapping] {
    let sizes = cells(above: node, in: fragment)
    guard (1...2).contains(sizes.address), (1...2).contains(sizes.size) else { return [] }
    let width = 2 * sizes.address + sizes.size
    let count = value.bytes.count / 4
    let cells = PropertyValue(bytes: Array(value.bytes.prefix(count * 4))).cells ?? []
    func number(_ cells: ArraySlice<UInt32>) -> UInt64 { cells.reduce(0) { $0 << 32 | UInt64($1) } }
    func range(_ start: UInt64, _ size: UInt64) -> Range<UInt64> { start..<start.saturatingAdd(size) }
    return stride(from: 0, to: count - count % width, by: width).map { at in
      let host = number(cells[at..<at + sizes.address])
      let size = number(cells[at + sizes.address..<at + sizes.address + sizes.size])
      let guest = number(cells[at + sizes.address + sizes.size..<at + width])
      return Mapping(host: range(host, size), guest: range(guest, size))
    }
  }
}

extension Range<UInt64> {
  /// The pages that a range touches.
  public var pages: Range<UInt64> {
    let (end, overflow) = upperBound.addingReportingOverflow(AssignedDevice.Mapping.page - 1)
    let mask = ~(AssignedDevice.Mapping.page - 1)
    return lowerBound & mask..<Swift.max(lowerBound & mask, (overflow ? .max : end) & mask)
  }
}
