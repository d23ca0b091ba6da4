// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts

// RAM: what has an owner by its address, and the rest, which is Xen's heap.
extension Ownership {
  mutating func readMemory(spots: [Spot]) {
    var claims = reservedMemory() + staticMemory() + sharedClaims() + modules()
    claims += spots.map {
      Memory(range: $0.range, owner: .xen, kind: .loader, title: $0.name, place: Place())
    }
    claims.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    findSharedMemory(claims)
    let ram = dom0Tree.machine.memory.first.flatMap { tree.node(at: $0.name) }.map { place($0, "reg") } ?? Place()
    memory = claims
    memory += Self.rest(of: dom0Tree.machine.ram.ranges, without: claims).map {
      Memory(range: $0, owner: .xen, kind: .heap, title: "heap", place: ram)
    }
    memory.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
  }

  /// What is left of RAM; both lists ascend.
  private static func rest(of ram: [Range<UInt64>], without claims: [Memory]) -> [Range<UInt64>] {
    var result: [Range<UInt64>] = []
    var next = 0
    for bank in ram {
      var start = bank.lowerBound
      while next < claims.count, claims[next].range.lowerBound < bank.upperBound {
        let claim = claims[next].range
        if claim.lowerBound > start { result.append(start..<claim.lowerBound) }
        start = max(start, claim.upperBound)
        // The next bank may lie under it, too.
        if claim.upperBound > bank.upperBound { break }
        next += 1
      }
      if start < bank.upperBound { result.append(start..<bank.upperBound) }
    }
    return result
  }

  /// The RAM that a domain gets out of Xen's heap, at addresses that Xen chooses when it boots; 0 for one with memory of its own.
  public func heapMemory(of domain: Int) -> UInt64 {
    guard let node = domains[domain].node, tree[node, "xen,static-mem"] != nil else {
      return domains[domain].memory ?? 0
    }
    return 0
  }

  private func reservedMemory() -> [Memory] {
    let owner: Owner = hardware.map { .domain($0) } ?? .nobody(.firmware)
    return dom0Tree.machine.reserved.map { region in
      let node = tree.node(at: region.name)
      return Memory(
        range: region.range, owner: owner, kind: .reserved, title: region.name,
        place: node.map { place($0, "reg") } ?? Place())
    }
  }

  private func staticMemory() -> [Memory] {
    guard let chosen = dom0Tree.chosen else { return [] }
    var result: [Memory] = []
    if let value = tree[chosen, "xen,static-heap"] {
      let ranges = tree.ranges(value, cells: tree.cellSizes(of: tree.root, inherited: true)) ?? []
      result += ranges.filter { !$0.isEmpty }.map {
        Memory(
          range: $0, owner: .xen, kind: .staticHeap, title: "Xen's static heap", place: place(chosen, "xen,static-heap")
        )
      }
    }
    let cells = tree.cellSizes(of: chosen, inherited: true)
    for (index, domain) in domains.enumerated() {
      guard let node = domain.node, let value = tree[node, "xen,static-mem"] else { continue }
      result += (tree.ranges(value, cells: cells) ?? []).filter { !$0.isEmpty }.map {
        Memory(
          range: $0, owner: .domain(index), kind: .staticMemory, title: "static memory of \(domain.name)",
          place: place(node, "xen,static-mem"))
      }
    }
    return result
  }

  /// One claim for each piece, its owner's when one has that role, else Xen's.
  private func sharedClaims() -> [Memory] {
    var claims: [String: Memory] = [:]
    for region in sharedRegions {
      guard let host = region.host else { continue }
      if let known = claims[region.id], !(known.owner == .xen && region.isOwner) { continue }
      claims[region.id] = Memory(
        range: host, owner: region.isOwner ? .domain(region.domain) : .xen, kind: .sharedMemory,
        title: "shared memory \(region.id)", place: place(region.node, "xen,shared-mem"))
    }
    return claims.sorted { $0.key < $1.key }.map(\.value)
  }

  private func modules() -> [Memory] {
    guard let chosen = dom0Tree.chosen else { return [] }
    var result: [Memory] = []
    var byRange: [Range<UInt64>: Int] = [:]
    func add(_ node: DeviceTree.NodeID, of domain: Int?, below parent: DeviceTree.NodeID) {
      let compatible = tree[node, "compatible"]?.strings ?? []
      guard compatible.contains(ModuleKind.module) || compatible.contains(ModuleKind.legacyModule),
        let range = tree[node, "reg"].flatMap({
          tree.ranges($0, cells: tree.cellSizes(of: parent, inherited: true))?.first
        }), !range.isEmpty
      else { return }
      let kind = ModuleKind(compatible: compatible)
      let title =
        kind == .xsmPolicy
        ? "the XSM policy"
        : "\(domain.map { domains[$0].name } ?? domains.first { $0.isDom0 }?.name ?? "dom0")'s \(kind.map(XenSystem.noun) ?? "module")"
      // One load may serve several domains.
      if let same = byRange[range] {
        result[same].title += ", \(title)"
        return
      }
      byRange[range] = result.count
      result.append(Memory(range: range, owner: .xen, kind: .module, title: title, place: place(node, "reg")))
    }
    for node in tree.children(of: chosen) { add(node, of: nil, below: chosen) }
    for (index, domain) in domains.enumerated() {
      guard let parent = domain.node else { continue }
      for node in tree.children(of: parent) { add(node, of: index, below: parent) }
    }
    return result
  }

  /// Claims that overlap the one that reaches furthest before them. One load serves several modules, and a tree may name a reserved
  /// piece twice.
  private mutating func findSharedMemory(_ claims: [Memory]) {
    var furthest: Memory?
    for claim in claims {
      defer {
        if furthest.map({ claim.range.upperBound > $0.range.upperBound }) ?? true { furthest = claim }
      }
      guard let before = furthest, before.range.overlaps(claim.range), before.kind != claim.kind || claim.isExclusive
      else { continue }
      conflicts.append(
        Conflict(
          kind: .memory, what: describe(before.range.clamped(to: claim.range)),
          first: .init(
            owner: before.owner, title: "\(before.title) at \(describe(before.range))", place: before.place,
            memory: before.kind),
          second: .init(
            owner: claim.owner, title: "\(claim.title) at \(describe(claim.range))", place: claim.place,
            memory: claim.kind)))
    }
  }
}

extension Ownership.Memory {
  /// Whether two of the kind may not overlap.
  fileprivate var isExclusive: Bool { kind == .staticMemory || kind == .sharedMemory || kind == .staticHeap }
}
