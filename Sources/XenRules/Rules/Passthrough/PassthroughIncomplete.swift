// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let passthroughIncomplete = Rule(
    "passthrough-incomplete", "a device has only one of `xen,reg` and `xen,path`",
    effects: [
      Effect(
        "bad", xen417: .guestFails("PROBE-FAULT tree"), xen420: .panics("Could not set up domain domA (rc = -22)")),
      Effect(
        "bad-no-reg", xen417: .guestFails("PROBE-FAULT tree"),
        xen420: .panics("Could not set up domain domA (rc = -22)")),
      Effect("bad-forced-only", xen417: .boots),
    ],
    explanation: """
      Xen gives a device away when its node has `xen,reg`, and either `xen,path` or `xen,force-assign-without-iommu`. With only a \
      part of that it says "xen,reg or xen,path missing" and fails to set up the domain; Xen up to 4.17 goes on with a broken \
      guest tree. A node that Xen shall only copy, such as a clock, has none of these properties.
      """
  ) { subject in
    subject.partialTrees.flatMap { partial in
      partial.devices.compactMap { device -> Finding? in
        let title = subject.title(device, of: partial)
        if device.mappings != nil {
          if device.path != nil || device.isForced { return nil }
          return Finding(
            "\(title) has xen,reg, but neither xen,path nor xen,force-assign-without-iommu",
            at: partial.place(device.node, property: "xen,reg"), hint: "name the host's node with xen,path")
        }
        if device.path != nil {
          return Finding(
            "\(title) has xen,path, but no xen,reg", at: partial.place(device.node, property: "xen,path"),
            hint: "give its registers as <host address, size, guest address> in xen,reg")
        }
        return Finding(
          "\(title) is forced without IOMMU, but has no xen,reg: Xen gives nothing away",
          at: partial.place(device.node, property: "xen,force-assign-without-iommu"), level: .warning)
      }
    }
  }
}
