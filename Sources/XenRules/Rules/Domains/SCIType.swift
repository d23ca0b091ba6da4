// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let sciType = Rule(
    "sci-type", "`xen,sci_type` is not a kind that Xen knows", releases: .since(4, 21),
    effects: [
      Effect("bad", outcomes: [.init(XenVersion(4, 21), .unbooted("no build of 4.21 was at hand"))])
    ],
    explanation: """
      `xen,sci_type` says how a guest speaks to the system's firmware: "none" or "scmi_smc". At any other text Xen \
      stops.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard let value = subject.tree[guest, "xen,sci_type"], value.string != "none", value.string != "scmi_smc"
      else { return nil }
      let shown = value.string.map { "\"\($0)\"" } ?? "not a string"
      return Finding(
        "xen,sci_type of \(subject.tree[guest].name) is \(shown)", at: subject.place(guest, property: "xen,sci_type"),
        hint: "it is \"none\" or \"scmi_smc\"")
    }
  }
}
