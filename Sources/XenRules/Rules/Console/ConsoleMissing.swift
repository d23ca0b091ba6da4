// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let consoleMissing = Rule(
    "console-missing", "a guest has no console", level: .note, after: ["guest-console", "property-value"],
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      Without vpl011, without devices of its own and without Xen's interfaces nothing that a guest prints is seen. A \
      kernel that writes to the UART blindly takes a fault at 0x22000000, and Xen shows nothing of that either. A \
      domain may do without a console; this is a note.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard !subject.has("vpl011", guest), subject.module(.deviceTree, of: guest) == nil,
        subject.tree[guest, "xen,enhanced"].map({ $0.string == "disabled" }) ?? true
      else { return nil }
      return Finding(
        "\(subject.tree[guest].name) has no console: nothing that it says is seen", at: subject.place(guest),
        hint: "add vpl011 to the domain")
    }
  }
}
