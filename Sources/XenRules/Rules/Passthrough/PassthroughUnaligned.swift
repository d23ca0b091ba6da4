// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let passthroughUnaligned = Rule(
    "passthrough-unaligned", "`xen,reg` does not begin and end at pages",
    after: ["passthrough-cells", "passthrough-incomplete"],
    effects: [
      Effect("bad", xen417: .guestFails("PROBE-FAULT tree"), xen420: .panics("Could not set up domain domA (rc = -22)"))
    ],
    explanation: """
      Xen maps pages of 4 KiB. When the host address, the size or the guest address in `xen,reg` is no multiple of that, it says \
      "DomU passthrough config has not page aligned addresses/sizes" and maps nothing. Give the whole page, and leave the true \
      addresses in `reg`; whatever else lies in that page the guest gets as well.
      """
  ) { subject in
    subject.partialTrees.flatMap { partial in
      partial.devices.flatMap { device in
        (device.mappings ?? []).filter { !$0.isAligned }.map { mapping -> Finding in
          let start = mapping.host.lowerBound & ~(PartialTree.Mapping.page - 1)
          let end = mapping.host.upperBound.addingReportingOverflow(PartialTree.Mapping.page - 1)
          let whole = end.overflow ? nil : start..<end.partialValue & ~(PartialTree.Mapping.page - 1)
          return Finding(
            "\(subject.title(device, of: partial)) asks for \(describe(mapping.host)), which are no whole pages",
            at: partial.place(device.node, property: "xen,reg"),
            hint: whole.map { "give \(describe($0)), and the guest address of the page" })
        }
      }
    }
  }
}
