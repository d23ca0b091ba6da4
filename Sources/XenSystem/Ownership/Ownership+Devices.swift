// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts

// Devices and their registers.
extension Ownership {
  /// A decision that holds for a node and what is below it.
  private struct Inherited {
    var owner: Owner?
    var isDisabled = false
    /// Whether the nodes are for software and describe no part of the machine.
    var isNoDevice = false
    var place: Place?
  }

  /// Nodes of the root that describe no part of the machine.
  private static let texts: Set<String> = [
    "chosen", "aliases", "__symbols__", "__fixups__", "__local_fixups__", "cpus", "reserved-memory", "hypervisor",
  ]

  mutating func readDevices() {
    let given = givenDevices()
    var inherited: [DeviceTree.NodeID: Inherited] = [tree.root: Inherited()]
    for node in tree.walk() where node != tree.root {
      var current = tree[node].parent.flatMap { inherited[$0] } ?? Inherited()
      if tree[node].parent == tree.root, Self.texts.contains(tree[node].name) { current.isNoDevice = true }
      if tree[node, "device_type"]?.string == "memory" { current.isNoDevice = true }
      if current.isNoDevice {
        inherited[node] = current
        continue
      }
      current.isDisabled = current.isDisabled || !tree.isEnabled(node)
      let registers = topology.cpuRanges(of: node)
      let interrupts = sharedInterrupts(of: node)
      let (owner, isForAll) = decide(node, current.owner, given, hasRegisters: !registers.isEmpty)
      if isForAll { current.owner = owner }
      if let place = given[node]?.place { current.place = place }
      inherited[node] = current
      guard tree[node, "compatible"] != nil || !registers.isEmpty || !interrupts.isEmpty else { continue }
      deviceAt[node] = devices.count
      devices.append(
        Device(
          node: node, owner: owner, isDisabled: current.isDisabled, registers: registers, interrupts: interrupts,
          place: given[node]?.place ?? (owner.domain == hardware ? nil : current.place) ?? place(node)))
    }
  }

  /// The host's nodes that partial trees name, the first guest's claim before another's.
  private mutating func givenDevices() -> [DeviceTree.NodeID: (domain: Int, place: Place)] {
    var given: [DeviceTree.NodeID: (domain: Int, place: Place)] = [:]
    for (index, domain) in domains.enumerated() {
      for device in domain.assigned {
        guard let host = device.host else { continue }
        let path = tree.path(of: host)
        let claim = Conflict.Party(
          owner: .domain(index), title: title(of: device, in: domain), place: place(of: device, in: domain))
        if let first = given[host] {
          guard first.domain != index else { continue }
          conflicts.append(
            Conflict(
              kind: .device, what: path,
              first: .init(
                owner: .domain(first.domain), title: "\(domains[first.domain].name)'s \(path)", place: first.place),
              second: claim))
          continue
        }
        given[host] = (index, claim.place)
        // Without the mark dom0 gets it too.
        guard let hardware, tree[host, "xen,passthrough"] == nil, dom0Tree.exclusion(of: host) == nil else { continue }
        conflicts.append(
          Conflict(
            kind: .device, what: path,
            first: .init(owner: .domain(hardware), title: "\(domains[hardware].name)'s \(path)", place: place(host)),
            second: claim))
      }
    }
    return given
  }

  /// Who has a node, and whether what is below it goes with it.
  private func decide(
    _ node: DeviceTree.NodeID, _ inherited: Owner?, _ given: [DeviceTree.NodeID: (domain: Int, place: Place)],
    hasRegisters: Bool
  ) -> (Owner, isForAll: Bool) {
    let compatible = tree[node, "compatible"]?.strings ?? []
    if let claim = given[node] { return (.domain(claim.domain), true) }
    if node == dom0Tree.controller?.node || compatible.contains(where: Dom0Filter.timers.contains) {
      return (.xen, true)
    }
    // dom0 programs the frames that turn messages into interrupts; everything else of the controller is Xen's.
    if compatible.contains("arm,gic-v2m-frame"), inherited == .xen, let hardware { return (.domain(hardware), true) }
    if inherited == .xen { return (.xen, true) }
    if case .nobody = inherited, let inherited { return (inherited, true) }
    // A part without registers goes with its device. One with registers is given by itself, or stays with dom0.
    if let inherited, inherited.domain != hardware, !hasRegisters { return (inherited, true) }
    switch dom0Tree.exclusion(of: node) {
    case .usedByXen?, .iommu?, .cpus?, .memory?: return (.xen, true)
    case .interruptController?: return (.nobody(.secondController), true)
    case .privateInterrupt?: return (.nobody(.privateInterrupt), true)
    case .forXen?: return (.nobody(.hidden), true)
    case nil: break
    }
    if tree[node, "xen,passthrough"] != nil { return (.nobody(.setAside), false) }
    return (hardware.map { .domain($0) } ?? .nobody(.noDom0), false)
  }

  /// The line of the description, or the node of the partial tree.
  func place(of device: AssignedDevice, in domain: Domain, property: String? = nil) -> Place {
    guard let fragment = domain.fragment else { return domain.place }
    if let location = fragment.location { return Place(location) }
    return fragment.tree.place(of: device.node, property: property, file: fragment.file)
  }

  func title(of device: AssignedDevice, in domain: Domain) -> String {
    "\(domain.name)'s device \(domain.fragment.map { $0.tree.path(of: device.node) } ?? "")"
  }

  /// Each once, as a device may have one line for several causes.
  private func sharedInterrupts(of node: DeviceTree.NodeID) -> [GICInterrupt] {
    do throws(InterruptFault) {
      var seen: Set<UInt32> = []
      return try topology.interrupts(of: node).filter { $0.controller == dom0Tree.controller?.node }
        .compactMap(\.gic)
        .filter { ($0.kind == .spi || $0.kind == .extendedSPI) && seen.insert($0.id).inserted }
    } catch {
      return []
    }
  }

  // MARK: Registers

  mutating func readRegisters() {
    for device in devices where !isMapped(device) {
      let path = tree.path(of: device.node)
      for range in device.registers {
        registers.append(
          Registers(
            range: range, owner: device.owner, device: device.node, isMapped: false,
            title: "\(possessive(device.owner))\(path)", place: place(device.node, "reg")))
      }
    }
    for (index, domain) in domains.enumerated() {
      for device in domain.assigned {
        for mapping in device.mappings ?? [] where !mapping.host.isEmpty {
          registers.append(
            Registers(
              range: mapping.host, owner: .domain(index), device: device.host, isMapped: true,
              title: title(of: device, in: domain), place: place(of: device, in: domain, property: "xen,reg")))
        }
      }
    }
    registers.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    for overlap in registerOverlaps() where isConflict(overlap.mapped, overlap.other) {
      conflicts.append(
        Conflict(
          kind: .registers, what: describe(overlap.mapped.range.clamped(to: overlap.other.range.pages)),
          first: .init(owner: overlap.other.owner, title: overlap.other.title, place: overlap.other.place),
          second: .init(owner: overlap.mapped.owner, title: overlap.mapped.title, place: overlap.mapped.place)))
    }
  }

  /// Two devices at one place, or pages given away without saying of what. A neighbour with less than a page, and a window that holds the
  /// device, are no conflict by themselves.
  private func isConflict(_ mapped: Registers, _ other: Registers) -> Bool {
    guard !other.isMapped else { return false }
    let isWhole = other.range.upperBound - other.range.lowerBound >= AssignedDevice.Mapping.page
    return mapped.device == nil
      || isWhole && other.range.lowerBound >= mapped.range.lowerBound
        && other.range.upperBound <= mapped.range.upperBound
  }

  /// Whether the registers of a device are reached by the pages of a partial tree alone.
  private func isMapped(_ device: Device) -> Bool {
    guard let domain = device.owner.domain, domain != hardware else { return false }
    return true
  }

  func possessive(_ owner: Owner) -> String {
    switch owner {
    case .xen: "Xen's "
    case .domain(let index): "\(domains[index].name)'s "
    case .nobody: ""
    }
  }

  /// Pages that a guest has, and registers of somebody else in them. Buses around a device are left out.
  func registerOverlaps() -> [(mapped: Registers, other: Registers)] {
    guard registers.contains(where: \.isMapped) else { return [] }
    let index = RangeIndex(registers.map(\.range))
    var result: [(mapped: Registers, other: Registers)] = []
    for mapped in registers where mapped.isMapped {
      let above = mapped.device.map(ancestors) ?? []
      for place in index.overlapping(mapped.range, limit: Self.overlaps) {
        let other = registers[place]
        guard other.owner != mapped.owner, other.owner.isSomebody,
          other.isMapped || !(other.device.map(above.contains) ?? false)
        else {
          continue
        }
        // Two guests' pages meet twice.
        if other.isMapped, let first = mapped.owner.domain, let second = other.owner.domain, first < second { continue }
        result.append((mapped, other))
      }
    }
    return result
  }

  /// More than any honest page holds.
  private static let overlaps = 64

  private func ancestors(of node: DeviceTree.NodeID) -> Set<DeviceTree.NodeID> {
    var result: Set<DeviceTree.NodeID> = [node]
    var current = tree[node].parent
    while let above = current {
      result.insert(above)
      current = tree[above].parent
    }
    return result
  }
}
