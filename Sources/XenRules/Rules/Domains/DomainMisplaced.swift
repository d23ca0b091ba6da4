// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let domainMisplaced = Rule(
    "domain-misplaced", "a domain stands where Xen does not look for one",
    effects: [
      Effect("bad", xen417: .panics("Missing kernel boot module?")),
      Effect("bad-deep", xen417: .panics("Missing kernel boot module?")),
    ],
    explanation: """
      Domains are direct children of /chosen. Xen does not see a domain anywhere else: the guest is not started, and \
      where no other domain has a kernel Xen stops with "Could not set up DOM0 guest OS".
      """
  ) { subject in
    let known = Set(subject.guests)
    return subject.marked.domains.compactMap { node in
      guard !known.contains(node) else { return nil }
      return Finding(
        "Xen does not look for domains at \(subject.tree.path(of: node))", at: subject.place(node),
        hint: "put the domain right into /chosen")
    }
  }
}
