// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let directMap = Rule(
    "direct-map", "a domain is `direct-map` without static memory", releases: .since(4, 17),
    effects: [
      Effect("bad", xen417: .panics("direct-map is not valid for domain domA without static allocation."))
    ],
    explanation: """
      A direct-mapped guest sees its memory at the host's addresses, so these have to be chosen: with xen,static-mem. \
      Without it Xen stops with "direct-map is not valid for domain domA without static allocation."
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard subject.has("direct-map", guest), !subject.has("xen,static-mem", guest) else { return nil }
      return Finding(
        "\(subject.tree[guest].name) is direct-map, but has no xen,static-mem that says which addresses",
        at: subject.place(guest, property: "direct-map"))
    }
  }
}
