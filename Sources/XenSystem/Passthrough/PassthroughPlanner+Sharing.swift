// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine

extension PassthroughPlanner {
  /// Whether one of the IOMMUs that Xen can drive is in front of a device, and in use.
  func isBehindIOMMU(_ node: DeviceTree.NodeID) -> Bool {
    topology.protector(of: node).map { $0.kind != .other && tree.isEnabled($0.node) } ?? false
  }

  /// What shows that a device reaches memory by itself; nil when nothing does.
  func masterReason(_ node: DeviceTree.NodeID) -> String? {
    for property in ["iommus", "dma-coherent", "dma-ranges", "memory-region", "dma-channels"]
    where tree[node, property] != nil {
      return "it has `\(property)`"
    }
    let name = String(tree[node].baseName)
    if Self.masters.contains(name) { return "it is called \(name)" }
    let compatible = tree[node, "compatible"]?.strings ?? []
    for word in Self.masterWords {
      if let found = compatible.first(where: { $0.contains(word) }) { return "it is a \(found)" }
    }
    return nil
  }

  /// Names that the specification gives to kinds of devices which are bus masters (section 2.2.2).
  private static let masters: Set<String> = [
    "ethernet", "usb", "mmc", "sata", "scsi", "pcie", "pci", "dma-controller", "gpu", "display", "display-controller",
    "video-codec", "crypto", "ide", "nand-controller", "ufs", "ufshc", "virtio_mmio", "camera", "isp",
  ]
  private static let masterWords = [
    "ethernet", "-gem", "gmac", "dwmac", "-usb", "dwc3", "xhci", "ehci", "ohci", "sdhci", "-mmc", "ahci", "-pcie",
    "-dma", "dma-", "mali", "virtio,mmio", "ufshc", "-vpu", "-isp", "-crypto", "caam", "hdmi", "-dsi",
  ]

  /// Names the devices that lie in the same pages: the guest gets these too.
  mutating func warnOfNeighbours(of node: DeviceTree.NodeID, _ registers: [Registers]) {
    var named: Set<DeviceTree.NodeID> = []
    for entry in registers {
      for (range, other) in neighbours where range.overlaps(entry.hostPages) && !named.contains(other) {
        // A bus around the device is no neighbour.
        if range.lowerBound <= entry.host.lowerBound, range.upperBound >= entry.host.upperBound { continue }
        named.insert(other)
        warn(
          "passthrough-neighbours",
          "\(tree.path(of: node)) shares the page \(describe(entry.hostPages)) with \(tree.path(of: other)) at \(describe(range)): the guest reaches that too",
          at: place(node, property: "reg"))
      }
    }
  }

  /// Names the devices that stay behind and cannot be kept apart: behind the same streams of an IOMMU, in the same power domain.
  mutating func warnOfPartners(of device: DeviceTree.NodeID) {
    for node in tree.walk(from: device) {
      let streams = Set(topology.streams(of: node))
      if !streams.isEmpty {
        for other in tree.walk() where !given.contains(other) && tree[other, "iommus"] != nil {
          guard let shared = topology.streams(of: other).first(where: streams.contains) else { continue }
          warn(
            "passthrough-stream-shared",
            "\(tree.path(of: node)) and \(tree.path(of: other)) have one stream \(hex(shared.id ?? 0)) of \(tree.path(of: shared.iommu)): they can be given to one guest only, together",
            at: place(node, property: "iommus"))
        }
      }
      for need in graph.needs(of: node) where need.kind == .powerDomain {
        guard let provider = need.target else { continue }
        let partners = graph.users(of: provider).filter {
          $0.kind == .powerDomain && $0.specifier == need.specifier && !given.contains($0.user)
            && !request.drops.contains("power-domains")
        }
        guard !partners.isEmpty else { continue }
        warn(
          "passthrough-partner",
          "\(tree.path(of: node)) is in one power domain with \(partners.map { tree.path(of: $0.user) }.joined(separator: ", "))",
          at: place(node, property: "power-domains"))
      }
    }
  }
}
