// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let enhanced = Rule(
    "xen-enhanced", "`xen,enhanced` has a value that Xen does not know, or asks for what is not there",
    effects: [
      Effect("bad", xen417: .panics("At the moment, Xenstore support requires dom0 to be present")),
      Effect("bad-word", xen417: .boots),
    ],
    explanation: """
      `xen,enhanced` gives a guest Xen's own interfaces. "enabled", or the property without a value, includes \
      Xenstore, which runs in dom0, or since 4.21 in the domain with the xenstore capability. Without that one Xen \
      stops: "At the moment, Xenstore support requires dom0 to be present". "no-xenstore" gives the rest: grant tables \
      and event channels. Xen takes any other text as "disabled" without a word.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard let value = subject.tree[guest, "xen,enhanced"], subject.release.version >= XenVersion(4, 17) else {
        return nil
      }
      let name = subject.tree[guest].name
      let place = subject.place(guest, property: "xen,enhanced")
      let text = value.string
      let known = subject.release.version >= XenVersion(4, 21) ? values + ["legacy"] : values
      if let text, !known.contains(text) {
        return Finding(
          "xen,enhanced of \(name) is \"\(text)\", which Xen takes as \"disabled\"", at: place, level: .warning,
          hint: "it is one of " + known.map { "\"\($0)\"" }.joined(separator: ", "))
      }
      guard text == nil || text == "enabled" || text == "legacy" else { return nil }
      guard subject.dom0Kernel == nil, !hasXenstoreDomain(subject) else { return nil }
      return Finding(
        "\(name) asks for Xenstore with xen,enhanced, and there is no \(subject.release.version >= XenVersion(4, 21) ? "domain" : "dom0") to run it",
        at: place, hint: "write xen,enhanced = \"no-xenstore\", or add a dom0")
    }
  }

  private static let values = ["enabled", "disabled", "no-xenstore"]

  private static func hasXenstoreDomain(_ subject: Subject) -> Bool {
    subject.release.version >= DomainCapability.since
      && subject.guests.contains { guest in
        (subject.tree[guest, "capabilities"]?.cell ?? 0) & DomainCapability.xenstore.rawValue != 0
      }
  }
}
