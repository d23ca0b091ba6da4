// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// A node that masters' addresses go through.
public struct IOMMU: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable {
    case smmuv1 = "SMMUv1"
    case smmuv2 = "SMMUv2"
    case smmuv3 = "SMMUv3"
    case ipmmu = "IPMMU-VMSA"
    case other
  }

  public var node: DeviceTree.NodeID
  public var kind: Kind

  init(node: DeviceTree.NodeID, compatible: [String]) {
    self.node = node
    kind =
      compatible.lazy.compactMap { Self.kinds[$0] }.first
      ?? (compatible.contains { $0.hasPrefix("renesas,ipmmu-") } ? .ipmmu : .other)
  }

  private static let kinds: [String: Kind] = [
    "arm,smmu-v1": .smmuv1, "arm,mmu-400": .smmuv1, "arm,mmu-401": .smmuv1, "arm,smmu-v2": .smmuv2,
    "arm,mmu-500": .smmuv2, "cavium,smmu-v2": .smmuv2, "qcom,smmu-v2": .smmuv2, "arm,smmu-v3": .smmuv3,
  ]
}

/// A name that a master's transactions bear before an IOMMU.
public struct Stream: Hashable, Sendable {
  public var iommu: DeviceTree.NodeID
  /// The cells after the IOMMU's phandle: for an SMMU the stream id, and a mask of the bits that do not count.
  public var specifier: [UInt32]

  public init(iommu: DeviceTree.NodeID, specifier: [UInt32]) {
    self.iommu = iommu
    self.specifier = specifier
  }

  /// The stream id, when there is one.
  public var id: UInt32? { specifier.first }
}

/// An entry of `iommu-map` or `msi-map`: how the requester ids of PCI devices become stream ids or message sources.
public struct RequesterWindow: Hashable, Sendable {
  public var requesters: Range<UInt32>
  public var target: DeviceTree.NodeID
  /// What the first requester becomes.
  public var start: UInt32

  public init(requesters: Range<UInt32>, target: DeviceTree.NodeID, start: UInt32) {
    self.requesters = requesters
    self.target = target
    self.start = start
  }
}

extension Topology {
  /// Every node that takes `iommus` references or masters, in tree order.
  public func iommus() -> [IOMMU] {
    tree.walk().compactMap { id in
      guard tree[id, "#iommu-cells"] != nil || tree[id, "mmu-masters"] != nil else { return nil }
      return IOMMU(node: id, compatible: tree[id, "compatible"]?.strings ?? [])
    }
  }

  /// The streams of a master, by its own `iommus`. A phandle of no node is left out.
  public func streams(of id: DeviceTree.NodeID) -> [Stream] {
    guard let value = tree[id, "iommus"] else { return [] }
    return phandleList(value, cells: "#iommu-cells").items.compactMap { item in
      item.target.map { Stream(iommu: $0, specifier: item.specifier) }
    }
  }

  /// The masters that an SMMU lists itself in the older `mmu-masters`, each with its streams.
  public func listedMasters(of iommu: DeviceTree.NodeID) -> [(master: DeviceTree.NodeID, stream: Stream)] {
    guard let value = tree[iommu, "mmu-masters"] else { return [] }
    return phandleList(value, cells: "#stream-id-cells").items.flatMap { item in
      item.specifier.compactMap { id in
        item.target.map { ($0, Stream(iommu: iommu, specifier: [id])) }
      }
    }
  }

  /// The IOMMU in front of a device: that of its first stream, else one that lists it as a master.
  public func protector(of device: DeviceTree.NodeID) -> IOMMU? {
    let all = iommus()
    if let stream = streams(of: device).first { return all.first { $0.node == stream.iommu } }
    return all.first { iommu in listedMasters(of: iommu.node).contains { $0.master == device } }
  }

  /// The streams of what sits behind a PCI host.
  public func streamMap(of host: DeviceTree.NodeID) -> [RequesterWindow] { requesterMap("iommu-map", of: host) }

  /// Where messages of what sits behind a PCI host go.
  public func messageMap(of host: DeviceTree.NodeID) -> [RequesterWindow] { requesterMap("msi-map", of: host) }

  private func requesterMap(_ property: String, of host: DeviceTree.NodeID) -> [RequesterWindow] {
    guard let value = tree[host, property], var cells = CellReader(value) else { return [] }
    var result: [RequesterWindow] = []
    while let entry = cells.take(4) {
      guard let target = node(phandle: entry[1]) else { continue }
      let (end, overflow) = entry[0].addingReportingOverflow(entry[3])
      result.append(RequesterWindow(requesters: entry[0]..<(overflow ? .max : end), target: target, start: entry[2]))
    }
    return result
  }
}
