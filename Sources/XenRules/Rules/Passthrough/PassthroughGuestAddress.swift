// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import GuestTree
internal import Machine
internal import XenFacts
internal import XenSystem

extension Rule {
  static let passthroughGuestAddress = Rule(
    "passthrough-guest-address", "a device lies over something else in the guest's memory",
    after: ["passthrough-cells", "passthrough-incomplete", "passthrough-unaligned", "memory-missing"],
    effects: [
      Effect("bad", xen417: .panics("Unable to copy the kernel in the hwdom memory")),
      Effect("bad-console", xen417: .hangs("init memory")),
    ],
    explanation: """
      A guest that is not mapped directly has its RAM from 0x40000000 on, whatever the host looks like, and below that its interrupt \
      controller, its console and, if it is enhanced, its grant table. Xen puts the device where `xen,reg` says without a look \
      at these: it hides the RAM there, with the kernel if that is in it, or the guest reads the device instead of its console. \
      Choose a guest address that is free; `reg` in the partial tree then says that address too.
      """
  ) { subject in
    subject.partialTrees.flatMap { partial -> [Finding] in
      // A direct-mapped guest has what the host has, at the same addresses.
      guard !subject.has("direct-map", partial.guest) else { return [] }
      let taken = subject.guestMap(of: partial.guest)
      var seen: [(range: Range<UInt64>, device: PartialTree.Device)] = []
      return partial.devices.flatMap { device -> [Finding] in
        guard device.isComplete else { return [] }
        return (device.mappings ?? []).compactMap { mapping -> Finding? in
          let what = "\(subject.title(device, of: partial)) is put at \(describe(mapping.guest))"
          let place = partial.place(device.node, property: "xen,reg")
          if let region = taken.first(where: { $0.range.overlaps(mapping.guest) }) {
            return Finding("\(what), over the guest's \(region.name) at \(describe(region.range))", at: place)
          }
          defer { seen.append((mapping.guest, device)) }
          guard let other = seen.first(where: { $0.range.overlaps(mapping.guest) }) else { return nil }
          return Finding("\(what), over its device \(partial.tree.path(of: other.device.node))", at: place)
        }
      }
    }
  }
}

extension Subject {
  /// What lies where in a guest's memory before any device is put there.
  func guestMap(of guest: DeviceTree.NodeID) -> [Machine.Region] {
    let map = GuestMap.arm
    var regions = map.ram(of: memory(of: guest) ?? 0).map { Machine.Region(range: $0, name: "RAM") }
    if machine.interruptController == .gicv2 {
      regions.append(.init(range: map.gicV2Distributor, name: "interrupt controller"))
      regions.append(.init(range: map.gicCPUInterface, name: "interrupt controller"))
    } else {
      regions.append(.init(range: map.gicDistributor, name: "interrupt controller"))
      regions.append(.init(range: map.gicRedistributors, name: "interrupt controller"))
    }
    if has("vpl011", guest) { regions.append(.init(range: map.vpl011, name: "console")) }
    if let enhanced = tree[guest, "xen,enhanced"], enhanced.string != "disabled" {
      regions.append(.init(range: map.grantTable, name: "grant table"))
      regions.append(.init(range: map.magicPages, name: "shared pages"))
    }
    return regions
  }
}
