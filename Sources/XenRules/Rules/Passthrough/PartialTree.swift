// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts

/// The partial tree of a guest, as Xen reads it: what below /passthrough it maps, and what it only copies
/// (xen/common/device-tree/dom0less-build.c, docs/misc/arm/passthrough.txt).
struct PartialTree {
  let guest: DeviceTree.NodeID
  let module: Subject.BootModule
  /// As a person named the file.
  let file: String
  let tree: DeviceTree
  /// Nodes with a property that tells Xen to give something away.
  let devices: [Device]

  struct Device {
    var node: DeviceTree.NodeID
    /// What `xen,path` says.
    var path: String?
    /// The node of the host that it names.
    var host: DeviceTree.NodeID?
    /// What `xen,reg` maps; nil when there is none, empty when there is no whole entry.
    var mappings: [Mapping]?
    /// `xen,force-assign-without-iommu`.
    var isForced: Bool

    /// Whether Xen takes it as a device at all, and not as half of one.
    var isComplete: Bool { mappings != nil && (path != nil || isForced) }
  }

  struct Mapping: Hashable {
    var host: Range<UInt64>
    var guest: Range<UInt64>

    static let page: UInt64 = 4096

    var isAligned: Bool {
      [host.lowerBound, guest.lowerBound, host.upperBound &- host.lowerBound].allSatisfy { $0 % Self.page == 0 }
    }
  }

  init?(_ module: Subject.BootModule, in host: DeviceTree) {
    guard module.kind == .deviceTree, let guest = module.guest, let file = module.file, let tree = file.tree else {
      return nil
    }
    self.guest = guest
    self.module = module
    self.file = file.name
    self.tree = tree
    var devices: [Device] = []
    if let top = tree.child(of: tree.root, named: "passthrough") {
      for node in tree.walk(from: top) {
        let path = tree[node, "xen,path"]?.string
        let isForced = tree[node, "xen,force-assign-without-iommu"] != nil
        let reg = tree[node, "xen,reg"]
        guard reg != nil || path != nil || isForced else { continue }
        devices.append(
          Device(
            node: node, path: path, host: path.flatMap { host.node(atPathOrAlias: $0) },
            mappings: reg.map { Self.mappings($0, of: node, in: tree) }, isForced: isForced))
      }
    }
    self.devices = devices
  }

  func place(_ node: DeviceTree.NodeID, property: String? = nil) -> Place {
    tree.place(of: node, property: property, file: file)
  }

  /// How many cells the addresses and sizes in a device's `xen,reg` have: those of the node above it, and no other's.
  static func cells(above node: DeviceTree.NodeID, in tree: DeviceTree) -> CellSizes {
    tree[node].parent.map { tree.cellSizes(of: $0) } ?? CellSizes(address: 2, size: 1)
  }

  /// Host address, size, guest address. What is no whole entry at the end Xen leaves out.
  private static func mappings(
    _ value: PropertyValue, of node: DeviceTree.NodeID, in tree: DeviceTree
  ) -> [Mapping] {
    let sizes = cells(above: node, in: tree)
    guard (1...2).contains(sizes.address), (1...2).contains(sizes.size) else { return [] }
    let width = 2 * sizes.address + sizes.size
    let count = value.bytes.count / 4
    let cells = PropertyValue(bytes: Array(value.bytes.prefix(count * 4))).cells ?? []
    func number(_ cells: ArraySlice<UInt32>) -> UInt64 { cells.reduce(0) { $0 << 32 | UInt64($1) } }
    func range(_ start: UInt64, _ size: UInt64) -> Range<UInt64> {
      let (end, overflow) = start.addingReportingOverflow(size)
      return start..<(overflow ? .max : end)
    }
    return stride(from: 0, to: count - count % width, by: width).map { at in
      let host = number(cells[at..<at + sizes.address])
      let size = number(cells[at + sizes.address..<at + sizes.address + sizes.size])
      let guest = number(cells[at + sizes.address + sizes.size..<at + width])
      return Mapping(host: range(host, size), guest: range(guest, size))
    }
  }
}

extension Subject {
  /// The partial trees whose files are known, each guest's last one, which is the one that Xen takes.
  var partialTrees: [PartialTree] {
    guests.compactMap { guest in module(.deviceTree, of: guest).flatMap { PartialTree($0, in: tree) } }
  }

  /// `domA's device /passthrough/rtc@9010000`.
  func title(_ device: PartialTree.Device, of partial: PartialTree) -> String {
    "\(tree[partial.guest].name)'s device \(partial.tree.path(of: device.node))"
  }

  /// Whether some domain is the host's hardware domain: dom0, or a guest with that capability.
  var hasHardwareDomain: Bool {
    if dom0Kernel != nil { return true }
    return guests.contains { (tree[$0, "capabilities"]?.cell ?? 0) & DomainCapability.hardware.rawValue != 0 }
  }
}
