// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let passthroughRegister = Rule(
    "passthrough-register", "`reg` of a device is where `xen,reg` maps nothing", level: .warning,
    after: [
      "passthrough-cells", "passthrough-incomplete", "passthrough-unaligned", "passthrough-path", "passthrough-bus",
    ],
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      The guest finds the registers by `reg`; Xen puts them where the guest addresses of `xen,reg` say. When these differ, the guest \
      reads an address with nothing behind it and takes a fault. Let `reg`, as the guest sees it through `ranges`, lie within \
      the guest addresses of `xen,reg`.
      """
  ) { subject in
    subject.partialTrees.flatMap { partial in
      let topology = Topology(partial.tree)
      let mapped = AddressSet(partial.devices.flatMap { $0.mappings ?? [] }.map(\.guest))
      return partial.devices.compactMap { device -> Finding? in
        guard device.isComplete,
          let register = topology.cpuRanges(of: device.node).first(where: { !mapped.contains($0) })
        else { return nil }
        let guests = (device.mappings ?? []).map { describe($0.guest) }.joined(separator: ", ")
        return Finding(
          "\(subject.title(device, of: partial)) has its registers at \(describe(register)), and xen,reg maps \(guests)",
          at: partial.place(device.node, property: "reg"))
      }
    }
  }
}
