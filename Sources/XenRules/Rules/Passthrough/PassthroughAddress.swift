// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let passthroughAddress = Rule(
    "passthrough-address", "`xen,reg` gives away what is not the device's",
    after: ["passthrough-cells", "passthrough-incomplete", "passthrough-path", "passthrough-unaligned"],
    effects: [
      Effect("bad", xen417: .boots),
      Effect("bad-ram", xen417: .boots),
    ],
    explanation: """
      Xen maps whatever host addresses `xen,reg` names; it does not compare them with the `reg` of the node that `xen,path` names. A \
      digit swapped gives the guest another device, the memory of another domain, or nothing. Here each page of `xen,reg` must hold \
      some of the device's registers, as the CPUs address them through the buses above it; without xen,path none may be RAM.
      """
  ) { subject in
    lazy var topology = Topology(subject.tree)
    return subject.partialTrees.flatMap { partial in
      partial.devices.flatMap { device -> [Finding] in
        guard device.isComplete, let mappings = device.mappings else { return [] }
        let title = subject.title(device, of: partial)
        let place = partial.place(device.node, property: "xen,reg")
        let registers = device.host.map { AddressSet(topology.registerPages(of: $0)) }
        return mappings.compactMap { mapping -> Finding? in
          if let bank = subject.machine.memory.first(where: { $0.range.overlaps(mapping.host) }) {
            return Finding(
              "\(title) is given \(describe(mapping.host)), which is RAM of \(bank.name)", at: place)
          }
          guard let registers, let host = device.host, !mapping.host.isEmpty, !registers.contains(mapping.host) else {
            return nil
          }
          let own = topology.cpuRanges(of: host).map(describe).joined(separator: ", ")
          return Finding(
            "\(title) is given \(describe(mapping.host)), which is not in `reg` of \(subject.tree.path(of: host))",
            at: place,
            notes: [
              .init(
                own.isEmpty ? "the device has no registers that the CPUs reach" : "the device's registers are \(own)",
                at: subject.place(host, property: "reg"))
            ])
        }
      }
    }
  }
}

extension Topology {
  /// The pages that hold registers of a device or of what stands below it.
  func registerPages(of device: DeviceTree.NodeID) -> [Range<UInt64>] {
    tree.walk(from: device).flatMap { cpuRanges(of: $0) }.map(\.pages)
  }
}
