// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let passthroughMark = Rule(
    "passthrough-mark", "a device is given away, and the host's node is not marked `xen,passthrough`",
    after: ["passthrough-path", "passthrough-incomplete", "passthrough-xen-device"],
    effects: [
      Effect("bad", xen417: .guestFails("PROBE-FAULT tree"), xen420: .panics("Could not set up domain domA (rc = -22)"))
    ],
    explanation: """
      Xen gives dom0 every device of the host's tree but those marked with the empty property `xen,passthrough`. Without the mark \
      the interrupt is dom0's already when the guest is set up: Xen 4.20 stops, and 4.17 lets both have the registers and breaks off the guest's tree. With the mark \
      dom0 finds the node disabled. A system without dom0 needs no marks.
      """
  ) { subject in
    guard subject.hasHardwareDomain else { return [] }
    var seen: Set<DeviceTree.NodeID> = []
    return subject.partialTrees.flatMap { partial in
      partial.devices.compactMap { device -> Finding? in
        guard device.isComplete, let host = device.host, subject.tree[host, "xen,passthrough"] == nil,
          seen.insert(host).inserted
        else { return nil }
        return Finding(
          "\(subject.tree.path(of: host)) is given to \(subject.tree[partial.guest].name), and dom0 gets it too",
          at: subject.place(host), hint: "add the empty property xen,passthrough to the node",
          notes: [.init("it is given away here", at: partial.place(device.node))])
      }
    }
  }
}
