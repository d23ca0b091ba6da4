// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts

extension Ownership {
  /// Everything that two domains or more have a part in, by kind. Costs a pass over the tree for who needs whose clocks.
  public func sharing() -> [Share] {
    guard domains.count > 1 else { return [] }
    let found =
      conflictShares() + registerShares() + sharedMemoryShares() + eventChannelShares() + hypervisorShares()
      + providerShares() + poolShares() + cacheShares() + iommuShares() + consoleShares()
    let order = Dictionary(uniqueKeysWithValues: Share.Kind.allCases.enumerated().map { ($1, $0) })
    return found.enumerated().sorted {
      (order[$0.element.kind] ?? 0, $0.offset) < (order[$1.element.kind] ?? 0, $1.offset)
    }.map(\.element)
  }

  /// One share of some domains, each with what says so; nil when it is one domain alone.
  private func share(_ kind: Share.Kind, _ what: String, _ parts: [Int: Place], hubs: Set<Int> = []) -> Share? {
    guard parts.count > 1 else { return nil }
    let sorted = parts.sorted { $0.key < $1.key }
    return Share(kind, what, sorted.map(\.key), hubs: hubs, places: sorted.map(\.value))
  }

  // MARK: What should not be

  private func conflictShares() -> [Share] {
    conflicts.compactMap { conflict in
      guard let first = conflict.first.owner.domain, let second = conflict.second.owner.domain, first != second
      else { return nil }
      let kind: Share.Kind
      switch conflict.kind {
      case .interrupt: kind = .interrupts
      case .stream: kind = .streams
      case .memory: kind = .memory
      // dom0's registers of it are not listed beside the guest's.
      case .device where first == hardware: kind = .registers
      // With the other registers.
      case .device, .registers: return nil
      }
      return share(kind, conflict.what, [first: conflict.first.place, second: conflict.second.place])
    }
  }

  private func registerShares() -> [Share] {
    registerOverlaps().compactMap { overlap in
      guard let first = overlap.mapped.owner.domain, let second = overlap.other.owner.domain, first != second
      else { return nil }
      let range = overlap.mapped.range.clamped(to: overlap.other.range.pages)
      return share(
        .registers, "\(describe(range)): \(overlap.mapped.title), \(overlap.other.title)",
        [first: overlap.mapped.place, second: overlap.other.place])
    }
  }

  // MARK: What was asked for

  private func sharedMemoryShares() -> [Share] {
    var parts: [String: [Int: Place]] = [:]
    for region in sharedRegions { parts[region.id, default: [:]][region.domain] = place(region.node, "xen,shared-mem") }
    return parts.sorted { $0.key < $1.key }.compactMap { share(.sharedMemory, $0.key, $0.value) }
  }

  private func eventChannelShares() -> [Share] {
    guard let chosen = dom0Tree.chosen else { return [] }
    var ends: [(node: DeviceTree.NodeID, domain: Int, port: UInt32, peer: UInt32)] = []
    var byPhandle: [UInt32: Int] = [:]
    for (index, domain) in domains.enumerated() {
      for node in tree.children(of: domain.node ?? chosen) {
        guard tree[node, "compatible"]?.lists("xen,evtchn-v1") ?? false, let cells = tree[node, "xen,evtchn"]?.cells,
          cells.count == 2
        else { continue }
        if let phandle = tree.phandle(of: node) { byPhandle[phandle] = ends.count }
        ends.append((node, index, cells[0], cells[1]))
      }
    }
    return ends.enumerated().compactMap { index, end in
      // Each end names the other one; the first in the tree speaks for both.
      guard let peer = byPhandle[end.peer], index < peer || byPhandle[ends[peer].peer] != index else { return nil }
      let other = ends[peer]
      guard other.domain != end.domain else { return nil }
      return share(
        .eventChannels,
        "port \(end.port) of \(domains[end.domain].name), port \(other.port) of \(domains[other.domain].name)",
        [end.domain: place(end.node, "xen,evtchn"), other.domain: place(other.node, "xen,evtchn")])
    }
  }

  /// What the hypervisor itself lets domains do with each other.
  private func hypervisorShares() -> [Share] {
    var result: [Share?] = []
    let server = domains.firstIndex { domain in
      domain.isDom0
        || (domain.node.flatMap { tree[$0, "capabilities"]?.cell } ?? 0) & DomainCapability.xenstore.rawValue != 0
    }
    if let server {
      var users: [Int: Place] = [:]
      for (index, domain) in domains.enumerated() where index == server || domain.enhancement == .full {
        users[index] = domain.node.map { place($0, "xen,enhanced") } ?? domain.place
      }
      result.append(share(.xenstore, "the store of \(domains[server].name)", users))
      result.append(share(.grants, "by way of xenstore's page and its devices", users, hubs: [server]))
    }
    let controllers = domains.indices.filter { domains[$0].isControl }
    if !controllers.isEmpty {
      var all: [Int: Place] = [:]
      for (index, domain) in domains.enumerated() { all[index] = domain.place }
      let names = controllers.map { domains[$0].name }.joined(separator: " and ")
      result.append(
        share(
          .control, "\(names) may map the memory of others, stop and build them", all, hubs: Set(controllers)))
    }
    return result.compactMap { $0 }
  }

  // MARK: Clocks and power

  private static let providerKinds: [Dependency.Kind: Share.Kind] = [
    .clock: .clocks, .reset: .resets, .powerDomain: .powerDomains, .regulator: .regulators,
  ]

  private struct Provider: Hashable {
    var node: DeviceTree.NodeID
    var kind: Share.Kind
  }

  /// Whose devices one controller works for. Who has the controller has a part in it too.
  private func providerShares() -> [Share] {
    guard domains.contains(where: { !$0.assigned.isEmpty }) else { return [] }
    let graph = DependencyGraph(topology)
    var order: [Provider] = []
    var parts: [Provider: [Int: Place]] = [:]
    var outputs: [Provider: [[UInt32]: Set<Int>]] = [:]
    for dependency in graph.dependencies {
      guard let kind = Self.providerKinds[dependency.kind], dependency.property.hasPrefix("assigned-") == false,
        let target = dependency.target, let user = owner(above: dependency.user),
        let domain = user.owner.domain, !isFixed(target, graph)
      else { continue }
      let provider = Provider(node: target, kind: kind)
      if parts[provider] == nil {
        order.append(provider)
        if let holder = owner(above: target), let domain = holder.owner.domain {
          parts[provider, default: [:]][domain] = place(target)
        }
      }
      if parts[provider]?[domain] == nil {
        parts[provider, default: [:]][domain] = place(dependency.user, dependency.property)
      }
      outputs[provider, default: [:]][dependency.specifier, default: []].insert(domain)
    }
    return order.compactMap { provider in
      let path = tree.path(of: provider.node)
      let same = (outputs[provider] ?? [:]).filter { $0.value.count > 1 }.keys.sorted {
        $0.lexicographicallyPrecedes($1)
      }
      let detail = same.first.map { $0.isEmpty ? "" : ", output \($0.map(String.init).joined(separator: " "))" }
      return share(provider.kind, path + (detail ?? ", different outputs"), parts[provider] ?? [:])
    }
  }

  /// The device that a node is or belongs to.
  private func owner(above node: DeviceTree.NodeID) -> Device? {
    var current: DeviceTree.NodeID? = node
    while let id = current {
      if let index = deviceAt[id] { return devices[index] }
      current = tree[id].parent
    }
    return nil
  }

  /// Whether a clock or a supply cannot be changed or switched off by anybody.
  private func isFixed(_ node: DeviceTree.NodeID, _ graph: DependencyGraph) -> Bool {
    var current = node
    for _ in 0..<16 {
      let compatible = tree[current, "compatible"]?.strings ?? []
      if compatible.contains("fixed-clock") { return true }
      if compatible.contains("regulator-fixed") {
        return !["gpio", "gpios", "enable-gpios", "vin-supply"].contains { tree[current, $0] != nil }
      }
      guard compatible.contains("fixed-factor-clock"),
        let parent = graph.needs(of: current).first(where: { $0.property == "clocks" })?.target
      else { return false }
      current = parent
    }
    return false
  }

  // MARK: Machinery

  private func poolShares() -> [Share] {
    var users: [Int: [Int: Place]] = [:]
    for (index, domain) in domains.enumerated() {
      users[domain.pool, default: [:]][index] = domain.node.map { place($0, "domain-cpupool") } ?? domain.place
    }
    return users.sorted { $0.key < $1.key }.compactMap { share(.cpuPools, pools[$0.key].name, $0.value) }
  }

  private func iommuShares() -> [Share] {
    var users: [DeviceTree.NodeID: [Int: Place]] = [:]
    for stream in streams {
      guard let domain = stream.owner.domain, users[stream.iommu]?[domain] == nil, tree.isEnabled(stream.iommu) else {
        continue
      }
      users[stream.iommu, default: [:]][domain] = devices[stream.device].place
    }
    return users.sorted { tree.path(of: $0.key) < tree.path(of: $1.key) }.compactMap {
      share(.iommus, tree.path(of: $0.key), $0.value)
    }
  }

  private func consoleShares() -> [Share] {
    var users: [Int: Place] = [:]
    for (index, domain) in domains.enumerated() where domain.isOnConsole {
      users[index] = domain.node.map { place($0, "vpl011") } ?? domain.place
    }
    return [share(.console, "Xen's console", users)].compactMap { $0 }
  }
}
