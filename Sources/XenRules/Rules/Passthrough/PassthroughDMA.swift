// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let passthroughDMA = Rule(
    "passthrough-dma", "a device that reads and writes memory by itself is forced past the IOMMU", level: .warning,
    after: ["passthrough-path", "passthrough-incomplete", "passthrough-xen-device"],
    effects: [Effect("bad", xen417: .boots)],
    explanation: """
      `xen,force-assign-without-iommu` waives the protection of an IOMMU. A device that reads and writes memory by itself then reaches \
      all memory, that of Xen too. It also takes the addresses that its guest gives it for the machine's: unless the guest is \
      mapped directly (`direct-map`), these are others, and the device writes where something else is. Give such a device only to a \
      guest with direct-map that is trusted with everything, or use a machine with an IOMMU. What a device does with memory the tree \
      does not always say; `dma-coherent` and the names of Ethernet, storage, USB and PCI controllers tell.
      """
  ) { subject in
    lazy var topology = Topology(subject.tree)
    return subject.partialTrees.flatMap { partial in
      partial.devices.compactMap { device -> Finding? in
        guard device.isComplete, device.isForced, let host = device.host, subject.isMaster(host),
          topology.streams(of: host).isEmpty
        else { return nil }
        let isDirect = subject.has("direct-map", partial.guest)
        let consequence =
          isDirect
          ? "can reach all memory"
          : "takes the addresses of \(subject.tree[partial.guest].name)'s memory for the machine's"
        return Finding(
          "\(subject.title(device, of: partial)) is \(subject.tree.path(of: host)), which has no IOMMU in front of it and "
            + consequence,
          at: partial.place(device.node, property: "xen,force-assign-without-iommu"),
          hint: isDirect ? nil : "map the guest directly, with xen,static-mem and direct-map")
      }
    }
  }
}

extension Subject {
  /// Whether a device of the host reads and writes memory by itself, as far as the tree tells.
  fileprivate func isMaster(_ node: DeviceTree.NodeID) -> Bool {
    if tree[node, "dma-coherent"] != nil || tree[node, "iommus"] != nil { return true }
    if tree[node, "compatible"]?.strings?.contains("virtio,mmio") ?? false { return true }
    // The generic names that the specification recommends (section 2.2.2).
    return ["dma-controller", "ethernet", "mmc", "pcie", "sata", "ufs", "usb"].contains(String(tree[node].baseName))
  }
}
