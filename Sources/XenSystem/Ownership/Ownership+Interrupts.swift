// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine

// Interrupts of the GIC, and streams of IOMMUs.
extension Ownership {
  mutating func readInterrupts() {
    var users: [UInt32: [Int]] = [:]
    var lines: [UInt32: GICInterrupt] = [:]
    for (index, device) in devices.enumerated() {
      for interrupt in device.interrupts {
        lines[interrupt.id] = lines[interrupt.id] ?? interrupt
        users[interrupt.id, default: []].append(index)
      }
    }
    for (id, line) in lines.sorted(by: { $0.key < $1.key }) {
      let all = users[id] ?? []
      let owned = all.filter { devices[$0].owner.isSomebody }
      interrupts.append(
        Line(interrupt: line, devices: owned, owner: devices[owned.first ?? all[0]].owner))
      for second in firstOfEachOwner(owned).dropFirst() {
        addConflict(.interrupt, "\(line)", owned[0], second, property: "interrupts")
      }
    }
  }

  /// The first device of each owner, in the order of the devices.
  private func firstOfEachOwner(_ indices: [Int]) -> [Int] {
    var seen: Set<Owner> = []
    return indices.filter { seen.insert(devices[$0].owner).inserted }
  }

  /// Two devices want one thing. dom0 and Xen keep their own devices apart, so one of the two is a guest's.
  private mutating func addConflict(
    _ kind: Conflict.Kind, _ what: String, _ first: Int, _ second: Int, property: String
  ) {
    func isGuests(_ index: Int) -> Bool { devices[index].owner.domain.map { $0 != hardware } ?? false }
    guard isGuests(first) || isGuests(second) else { return }
    // The guest's part is what somebody has written.
    let (other, guest) = isGuests(second) ? (first, second) : (second, first)
    func party(_ index: Int, _ property: String?) -> Conflict.Party {
      let device = devices[index]
      return Conflict.Party(
        owner: device.owner, title: "\(possessive(device.owner))\(tree.path(of: device.node))",
        place: isGuests(index) ? device.place : place(device.node, property))
    }
    conflicts.append(
      Conflict(kind: kind, what: what, first: party(other, property), second: party(guest, nil)))
  }

  // MARK: Streams

  mutating func readStreams() {
    for (index, device) in devices.enumerated() where device.owner.isSomebody {
      for stream in topology.streams(of: device.node) {
        guard let id = stream.id else { continue }
        claim(stream.iommu, UInt64(id)..<UInt64(id) + 1, mask: stream.specifier.dropFirst().first ?? 0, index)
      }
      guard tree[device.node, "iommu-map"] != nil else { continue }
      for window in topology.streamMap(of: device.node) where !window.requesters.isEmpty {
        let start = UInt64(window.start)
        claim(window.target, start..<start + UInt64(window.requesters.count), mask: 0, index)
      }
    }
    for iommu in topology.iommus() {
      for (master, stream) in topology.listedMasters(of: iommu.node) {
        guard let index = deviceAt[master], devices[index].owner.isSomebody, let id = stream.id else { continue }
        claim(iommu.node, UInt64(id)..<UInt64(id) + 1, mask: 0, index)
      }
    }
    findSharedStreams()
  }

  private mutating func claim(_ iommu: DeviceTree.NodeID, _ ids: Range<UInt64>, mask: UInt32, _ device: Int) {
    streams.append(StreamClaim(iommu: iommu, ids: ids, mask: mask, device: device, owner: devices[device].owner))
  }

  private struct StreamName: Hashable {
    var iommu: DeviceTree.NodeID
    var id: UInt64
  }

  /// Streams of one number are found by it; those of many numbers are few.
  private mutating func findSharedStreams() {
    var single: [StreamName: [StreamClaim]] = [:]
    var several: [StreamClaim] = []
    for stream in streams {
      guard stream.isSingle else {
        several.append(stream)
        continue
      }
      let name = StreamName(iommu: stream.iommu, id: stream.ids.lowerBound)
      // The first of each owner will do.
      if !(single[name] ?? []).contains(where: { $0.owner == stream.owner }) {
        single[name, default: []].append(stream)
      }
    }
    for stream in streams {
      guard let domain = stream.owner.domain, domain != hardware, tree.isEnabled(stream.iommu) else { continue }
      func isOther(_ other: StreamClaim) -> Bool {
        guard other.iommu == stream.iommu, other.owner != stream.owner, stream.overlaps(other) else { return false }
        // Two guests' streams meet twice.
        guard let second = other.owner.domain, second != hardware else { return true }
        return second < domain
      }
      let name = StreamName(iommu: stream.iommu, id: stream.ids.lowerBound)
      let near = stream.isSingle ? single[name] ?? [] : streams
      guard let other = near.first(where: isOther) ?? several.first(where: isOther) else { continue }
      addConflict(
        .stream, "stream \(hex(stream.ids.lowerBound)) of \(tree.path(of: stream.iommu))", other.device, stream.device,
        property: "iommus")
    }
  }
}

extension Ownership.StreamClaim {
  /// Whether it is one id and no more.
  fileprivate var isSingle: Bool { mask == 0 && ids.upperBound - ids.lowerBound == 1 }

  /// Whether a transaction could be either's.
  func overlaps(_ other: Self) -> Bool {
    let ignored = UInt64(mask | other.mask)
    guard ignored != 0 else { return ids.overlaps(other.ids) }
    return (ids.lowerBound ^ other.ids.lowerBound) & ~ignored == 0 || ids.overlaps(other.ids)
  }
}
