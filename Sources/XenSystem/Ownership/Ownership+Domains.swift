// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts

/// What Xen tells a guest of itself (`xen,enhanced`).
public enum Enhancement: Hashable, Sendable {
  case none
  /// Event channels and grants.
  case withoutXenstore
  case full

  /// - Parameter value: nil when the property is absent. An empty one is taken for `enabled`, a word that Xen does not know for
  ///   `disabled`.
  init(_ value: PropertyValue?, version: XenVersion) {
    guard let value else {
      self = .none
      return
    }
    guard !value.isEmpty, let word = value.string else {
      self = .full
      return
    }
    switch word {
    case "enabled": self = .full
    case "legacy" where version >= XenVersion(4, 21): self = .full
    case "no-xenstore": self = .withoutXenstore
    default: self = .none
    }
  }
}

extension Ownership {
  mutating func readDomains(dom0Name: String, fragment: (DeviceTree.NodeID) -> Fragment?) {
    if let kernel = Dom0Tree.module(.kernel, of: tree) {
      // Xen's own default when the command line does not say.
      domains.append(
        Domain(
          name: dom0Name, place: place(kernel), cpus: UInt32(clamping: dom0Tree.cpuCount),
          memory: dom0Tree.memory ?? 512 << 20, enhancement: .full, isControl: true, isOnConsole: true))
      hardware = 0
    }
    guard let chosen = dom0Tree.chosen else { return }
    for node in tree.children(of: chosen) {
      guard tree[node, "compatible"]?.lists(DomainProperty.domain) ?? false else { continue }
      let capabilities = tree[node, "capabilities"]?.cell ?? 0
      var domain = Domain(
        name: tree[node].name, node: node, place: place(node), cpus: tree[node, "cpus"]?.cell,
        memory: Self.memory(tree[node, "memory"]),
        enhancement: Enhancement(tree[node, "xen,enhanced"], version: version),
        isControl: capabilities & DomainCapability.control.rawValue != 0,
        isOnConsole: tree[node, "vpl011"] != nil, fragment: fragment(node))
      domain.assigned = domain.fragment.map { AssignedDevice.all(in: $0.tree, of: tree).filter(\.isComplete) } ?? []
      if hardware == nil, capabilities & DomainCapability.hardware.rawValue != 0 { hardware = domains.count }
      domains.append(domain)
    }
  }

  /// Two cells of KiB.
  private static func memory(_ value: PropertyValue?) -> UInt64? {
    guard let cells = value?.cells, cells.count == 2, cells[0] < 1 << 22 else { return nil }
    return (UInt64(cells[0]) << 32 | UInt64(cells[1])) << 10
  }

  /// The CPUs of the machine by pool. Xen puts the boot CPU's pool first and what is left into one more.
  mutating func readPools() {
    let cpus = topology.cpus().filter(\.isEnabled)
    var byPhandle: [UInt32: DeviceTree.NodeID] = [:]
    for cpu in cpus {
      if let phandle = tree.phandle(of: cpu.node) { byPhandle[phandle] = cpu.node }
    }
    var named: [(phandle: UInt32?, pool: Pool)] = []
    var taken: Set<DeviceTree.NodeID> = []
    for node in dom0Tree.chosen.map({ Array(tree.children(of: $0)) }) ?? []
    where tree[node, "compatible"]?.lists("xen,cpupool") ?? false {
      let members = (tree[node, "cpupool-cpus"]?.cells ?? []).compactMap { byPhandle[$0] }
      named.append(
        (
          tree.phandle(of: node),
          Pool(
            name: tree[node].name, cpus: members.filter { taken.insert($0).inserted },
            place: place(node, "cpupool-cpus"))
        ))
    }
    let rest = cpus.map(\.node).filter { !taken.contains($0) }
    if !rest.isEmpty || named.isEmpty {
      let place = tree.node(at: "/cpus").map { self.place($0) } ?? Place()
      named.append((nil, Pool(name: "Pool-0", cpus: rest, place: place)))
    }
    if let boot = cpus.first?.node, let first = named.firstIndex(where: { $0.pool.cpus.contains(boot) }) {
      named.insert(named.remove(at: first), at: 0)
    }
    // The boot CPU's pool is the one that domains are in which name none; only without pools it is the rest as well.
    if let spare = named.indices.dropFirst().first(where: { named[$0].phandle == nil }) {
      named[spare].pool.name = "the spare CPUs"
    }
    pools = named.map(\.pool)
    let indices = Dictionary(
      named.enumerated().compactMap { index, entry in entry.phandle.map { ($0, index) } },
      uniquingKeysWith: { first, _ in first })
    for index in domains.indices {
      guard let node = domains[index].node, let phandle = tree[node, "domain-cpupool"]?.cell else { continue }
      domains[index].pool = indices[phandle] ?? 0
    }
  }
}
