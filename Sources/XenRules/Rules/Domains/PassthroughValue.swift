// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let passthroughValue = Rule(
    "passthrough-value", "`passthrough` of a domain has a value that Xen does not know", level: .warning,
    releases: .since(4, 19),
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      `passthrough` is "enabled" or "disabled". Any other text counts as "disabled", without a word, and the devices \
      of the partial tree then cannot be assigned. Without the property a domain with a partial tree gets "enabled".
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard let value = subject.tree[guest, "passthrough"], value.string != "enabled", value.string != "disabled"
      else { return nil }
      let shown = value.string.map { "\"\($0)\"" } ?? "not a string"
      return Finding(
        "passthrough of \(subject.tree[guest].name) is \(shown), which Xen takes as \"disabled\"",
        at: subject.place(guest, property: "passthrough"), hint: "it is \"enabled\" or \"disabled\"")
    }
  }
}
