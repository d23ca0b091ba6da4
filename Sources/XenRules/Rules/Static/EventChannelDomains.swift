// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let eventChannelDomains = Rule(
    "event-channel-domain", "a static event channel of a domain that cannot use it", level: .warning,
    releases: .since(4, 17), after: ["event-channels"],
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      The interrupt of event channels is told to a guest in the /hypervisor node of its tree, and Xen makes that node \
      only for domains with xen,enhanced. Xen connects the channel all the same, and the guest does not hear of it.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard let end = subject.tree.children(of: guest).first(where: { subject.isCompatible($0, "xen,evtchn-v1") })
      else { return nil }
      let enhanced = subject.tree[guest, "xen,enhanced"]
      guard enhanced == nil || enhanced?.string == "disabled" else { return nil }
      return Finding(
        "\(subject.tree[guest].name) has an event channel, but without xen,enhanced no interrupt for it",
        at: subject.place(end),
        hint: "write xen,enhanced = \"no-xenstore\"")
    }
  }
}
