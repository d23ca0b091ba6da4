// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts
internal import XenSystem

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

  typealias Device = AssignedDevice
  typealias Mapping = AssignedDevice.Mapping

  init?(_ module: Subject.BootModule, in host: DeviceTree) {
    guard module.kind == .deviceTree, let guest = module.guest, let file = module.file, let tree = file.tree else {
      return nil
    }
    self.guest = guest
    self.module = module
    self.file = file.name
    self.tree = tree
    devices = AssignedDevice.all(in: tree, of: host)
  }

  func place(_ node: DeviceTree.NodeID, property: String? = nil) -> Place {
    tree.place(of: node, property: property, file: file)
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
