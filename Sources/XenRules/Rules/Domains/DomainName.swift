// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let domainName = Rule(
    "domain-name", "a domain whose name makes Xen lose the bootargs of its kernel", level: .warning,
    effects: [
      Effect("bad", xen417: .wrong("PROBE bootargs=")),
      Effect("bad-long", xen417: .wrong("PROBE bootargs=")),
    ],
    explanation: """
      Xen keeps the bootargs of a kernel under the name of the domain's node as it stands in the tree, and looks for \
      them by the name before the @. A domain called domU@1 starts without its bootargs. The same happens to names of \
      more than 40 characters.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      let name = subject.tree[guest].name
      let bootargs = subject.module(.kernel, of: guest).flatMap { subject.tree[$0.node, "bootargs"] }
      guard let bootargs, bootargs.bytes.count > 1 else { return nil }
      if name.utf8.count > XenLimits.domainName {
        return Finding(
          "the name \(name) has \(name.utf8.count) characters; Xen loses the bootargs of a domain whose name has more than "
            + "\(XenLimits.domainName)", at: subject.place(guest))
      }
      guard subject.tree[guest].unitAddress != nil else { return nil }
      return Finding(
        "\(name) has an @ in its name, and Xen does not find its kernel's bootargs again", at: subject.place(guest),
        hint: "call it \(subject.tree[guest].baseName)")
    }
  }
}
