// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
public import Diagnostics
internal import GuestTree
internal import Machine
internal import XenFacts

/// What a domain finds at which of its addresses.
public struct GuestAddressMap: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case ram, kernel, tree, ramdisk, sharedMemory, interruptController, console, grantTable, magicPages
    case extendedRegion, device
  }

  public struct Row: Hashable, Sendable {
    public var range: Range<UInt64>
    public var kind: Kind
    public var title: String
    /// The machine's addresses behind it, where they are known before the boot.
    public var host: Range<UInt64>?
    /// Whether Xen decides only when it boots which memory of the machine is behind it.
    public var isOpen = false
    /// Whether it lies within RAM.
    public var isInside = false
  }

  public var domain: String
  /// By address, RAM before what lies in it.
  public var rows: [Row] = []
  /// What has no address before the boot, as sentences.
  public var open: [String] = []

  /// What lies between the rows, up to the last one.
  public var holes: [Range<UInt64>] {
    var holes: [Range<UInt64>] = []
    var end: UInt64 = 0
    for row in rows where !row.isInside {
      if row.range.lowerBound > end { holes.append(end..<row.range.lowerBound) }
      end = max(end, row.range.upperBound)
    }
    return holes
  }
}

extension XenSystem {
  /// The map of a domain's addresses.
  ///
  /// - Parameter domain: an index into ``domains``.
  /// - Throws: a failure when Xen would find no place for the guest's kernel, tree or ramdisk, or the partial tree is broken.
  public func addressMap(of domain: Int) throws(Failure) -> GuestAddressMap {
    try addressMap(of: domains[domain], hostFacts)
  }

  /// The maps of all domains, with the failures of those that have none.
  public func addressMaps() -> [Result<GuestAddressMap, Failure>] {
    let facts = hostFacts
    return domains.map { domain in
      do throws(Failure) {
        return .success(try addressMap(of: domain, facts))
      } catch {
        return .failure(error)
      }
    }
  }

  private func addressMap(of domain: Domain, _ facts: HostFacts) throws(Failure) -> GuestAddressMap {
    domain.isDom0 ? dom0Map(domain) : try guestMap(domain, facts)
  }

  private func guestMap(_ domain: Domain, _ facts: HostFacts) throws(Failure) -> GuestAddressMap {
    let made = try madeTree(of: domain, facts: facts)
    var map = GuestAddressMap(domain: domain.name.value)
    let isStatic = domain.properties.contains { $0.name == "xen,static-mem" }
    let isDirect = made.guest.directMap != nil
    for bank in made.layout.ram {
      map.rows.append(
        .init(range: bank, kind: .ram, title: "RAM", host: isDirect ? bank : nil, isOpen: !isStatic && !isDirect))
    }
    let layout = made.layout
    func inside(_ range: Range<UInt64>, _ kind: GuestAddressMap.Kind, _ title: String) {
      guard !range.isEmpty else { return }
      map.rows.append(.init(range: range, kind: kind, title: title, isInside: true))
    }
    inside(layout.kernel, .kernel, "kernel" + (domain.kernel?.file.map { " \($0.name)" } ?? ""))
    // Xen's own blob has 8 bytes more than the predicted one.
    inside(layout.tree..<layout.tree.saturatingAdd(UInt64(made.blob.count) + 8), .tree, "device tree")
    if let ramdisk = layout.ramdisk {
      inside(ramdisk, .ramdisk, "ramdisk" + (domain.ramdisk?.file.map { " \($0.name)" } ?? ""))
    }
    addController(made, to: &map)
    addSpecialPages(made, to: &map)
    for region in made.guest.sharedMemory where !region.range.isEmpty {
      let id = String(decoding: region.id.prefix { $0 != 0 }, as: UTF8.self)
      map.rows.append(.init(range: region.range, kind: .sharedMemory, title: "shared memory \(id)"))
    }
    if let blob = domain.deviceTree?.file?.bytes, let fragment = try? DeviceTree(blob: blob) {
      for device in AssignedDevice.all(in: fragment, of: host.tree) where device.isComplete {
        for mapping in device.mappings ?? [] where !mapping.guest.isEmpty {
          map.rows.append(
            .init(
              range: mapping.guest, kind: .device, title: device.path ?? fragment.path(of: device.node),
              host: mapping.host))
        }
      }
    }
    map.sort()
    return map
  }

  private func addController(_ made: GuestTree, to map: inout GuestAddressMap) {
    let isV3 = made.host.gic == .v3
    for (number, range) in made.controllerRegisters.enumerated() where !range.isEmpty {
      let title =
        if number == 0 { isV3 ? "GICv3 distributor" : "GICv2 distributor" } else {
          isV3 ? "GICv3 redistributors" : "GICv2 CPU interface"
        }
      map.rows.append(.init(range: range, kind: .interruptController, title: title))
    }
  }

  private func addSpecialPages(_ made: GuestTree, to map: inout GuestAddressMap) {
    let places = made.platform.map
    if made.guest.hasVPL011 {
      let page = made.guest.directMap.map(\.uart) ?? places.vpl011
      if let page { map.rows.append(.init(range: page, kind: .console, title: "vpl011, the emulated console")) }
    }
    guard made.guest.isEnhanced else { return }
    map.rows.append(.init(range: places.grantTable, kind: .grantTable, title: "grant table"))
    if made.guest.directMap == nil {
      map.rows.append(
        .init(range: places.magicPages, kind: .magicPages, title: "magic pages: console, store, memory events"))
    }
    guard let tree = try? DeviceTree(blob: made.blob), let hypervisor = tree.node(at: "/hypervisor"),
      let regions = tree[hypervisor, "reg"].flatMap({ tree.ranges($0, under: tree.root) })
    else { return }
    for region in regions.dropFirst() where !region.isEmpty {
      map.rows.append(
        .init(range: region, kind: .extendedRegion, title: "extended region, for memory of other domains"))
    }
  }

  /// dom0 sees the machine's addresses. Which RAM it gets, Xen decides.
  private func dom0Map(_ domain: Domain) -> GuestAddressMap {
    var map = GuestAddressMap(domain: domain.name.value)
    let machine = Machine(host.tree)
    let banks = machine.memory.map { describe($0.range) }.joined(separator: ", ")
    let size = domain.memory?.value ?? 512 << 20
    map.open = [
      "RAM: \(describeSize(size)) in one or more pieces of \(banks.isEmpty ? "the host's RAM" : banks), decided at boot",
      "kernel, device tree and ramdisk: in the first piece of its RAM, decided at boot",
      "grant table: over Xen's own code, decided at boot",
      "extended regions: in RAM that dom0 did not get, decided at boot",
      "devices: all that no other domain has, at the host's addresses",
    ]
    if let controller = Dom0Tree.controller(in: host.tree) {
      let registers = Topology(host.tree).cpuRanges(of: controller.node)
      let regions = controller.isV3 ? Int(clamping: host.tree[controller.node, "#redistributor-regions"]?.cell ?? 1) : 1
      for (index, range) in registers.prefix(1 + regions).enumerated() where !range.isEmpty {
        let part = index == 0 ? "distributor" : controller.isV3 ? "redistributors" : "CPU interface"
        map.rows.append(
          .init(range: range, kind: .interruptController, title: "\(controller.isV3 ? "GICv3" : "GICv2") \(part)"))
      }
    }
    map.sort()
    return map
  }
}

extension GuestAddressMap {
  fileprivate mutating func sort() {
    rows.sort {
      ($0.range.lowerBound, $0.isInside ? 1 : 0, $0.range.upperBound)
        < ($1.range.lowerBound, $1.isInside ? 1 : 0, $1.range.upperBound)
    }
  }
}
