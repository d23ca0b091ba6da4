// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let moduleMisplaced = Rule(
    "module-misplaced", "a boot module stands where Xen does not look for one", after: ["domain-misplaced"],
    effects: [
      Effect("bad", xen417: .panics("Missing kernel boot module?"))
    ],
    explanation: """
      Xen looks for modules in /chosen, in the children of /chosen and in the domains, not deeper and nowhere else. Others \
      are left alone without a word, and their domain stops with "Missing kernel boot module?".
      """
  ) { subject in
    let known = Set(subject.modules.map(\.node))
    return subject.marked.modules.compactMap { node in
      guard !known.contains(node) else { return nil }
      return Finding(
        "Xen does not look for boot modules at \(subject.tree.path(of: node))", at: subject.place(node),
        hint: "put dom0's modules right into /chosen and a guest's right into its domain")
    }
  }
}
