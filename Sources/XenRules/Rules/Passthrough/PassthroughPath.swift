// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let passthroughPath = Rule(
    "passthrough-path", "`xen,path` names no node of the host",
    effects: [
      Effect("bad", xen417: .guestFails("PROBE-FAULT tree"), xen420: .panics("Could not set up domain domA (rc = -22)"))
    ],
    explanation: """
      Xen looks the path up in the host's tree to find the device's interrupts and its place behind the IOMMU. When there is no such \
      node, Xen up to 4.17 goes on after "Failed to assign device", and the guest finds a tree that breaks off at the device. Newer ones \
      stop with "Could not set up domain". The path starts at the host's root, with every unit address.
      """
  ) { subject in
    lazy var names = subject.tree.walk().map { subject.tree.path(of: $0) }
    return subject.partialTrees.flatMap { partial in
      partial.devices.compactMap { device -> Finding? in
        guard let path = device.path, device.host == nil else { return nil }
        return Finding(
          "xen,path of \(subject.title(device, of: partial)) is \(path), and the host has no such node",
          at: partial.place(device.node, property: "xen,path"),
          hint: nearestName(to: path, among: names).map { "did you mean \($0)?" })
      }
    }
  }
}
