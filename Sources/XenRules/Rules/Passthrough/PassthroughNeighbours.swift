// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let passthroughNeighbours = Rule(
    "passthrough-neighbours", "a page that is given away holds registers of other devices as well", level: .warning,
    after: ["passthrough-address", "passthrough-unaligned", "passthrough-device-twice"],
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      Devices that are closer together than 4 KiB share a page, and a page is the least that Xen can give away. The guest can then \
      read and write the registers of the neighbours too, whoever uses them. Give the neighbours to the same guest, or leave them \
      unused.
      """
  ) { subject in
    let partials = subject.partialTrees
    guard partials.contains(where: { !$0.devices.isEmpty }) else { return [] }
    lazy var topology = Topology(subject.tree)
    // In order of their addresses, so that the neighbours of a page are found without a look at all.
    var registers: [(range: Range<UInt64>, node: DeviceTree.NodeID)] = []
    for id in subject.tree.walk() where subject.tree[id, "reg"] != nil && topology.isAvailable(id) {
      guard subject.tree[id, "device_type"]?.string != "memory" else { continue }
      registers += topology.cpuRanges(of: id).map { ($0, id) }
    }
    registers.sort { $0.range.lowerBound < $1.range.lowerBound }
    return partials.flatMap { partial in
      let own = Set(partial.devices.compactMap(\.host).flatMap { subject.tree.walk(from: $0) })
      return partial.devices.compactMap { device -> Finding? in
        guard device.isComplete, device.host != nil, let mappings = device.mappings else { return nil }
        let neighbours = registers.filter { register in
          // What is larger than the page is a bus or a window, not a neighbour in it.
          !own.contains(register.node)
            && register.range.upperBound - register.range.lowerBound < PartialTree.Mapping.page
            && mappings.contains { $0.host.overlaps(register.range) }
        }.map { subject.tree.path(of: $0.node) }
        guard let first = neighbours.first else { return nil }
        let others = neighbours.count > 1 ? " and \(neighbours.count - 1) more" : ""
        return Finding(
          "\(subject.title(device, of: partial)) comes with the registers of \(first)\(others), in the same page",
          at: partial.place(device.node, property: "xen,reg"))
      }
    }
  }
}
