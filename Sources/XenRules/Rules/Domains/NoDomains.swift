// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let noDomains = Rule(
    "no-domains", "the tree is made for Xen, but has nothing to start",
    after: ["domain-misplaced", "domain-compatible", "module-compatible", "module-misplaced"],
    effects: [
      Effect("bad", xen417: .panics("Missing kernel boot module?"))
    ],
    explanation: """
      Without a domain and without a kernel for dom0 Xen looks for dom0's kernel all the same, and stops with "Could \
      not set up DOM0 guest OS" and "Missing kernel boot module?". Under UEFI the kernel may still be named by \
      xen.cfg.
      """
  ) { subject in
    guard let chosen = subject.chosen, subject.guests.isEmpty, subject.dom0Kernel == nil else { return [] }
    // A host tree with devices set aside by xen,passthrough may get its domains later.
    guard isForXen(chosen, subject) else { return [] }
    let place = subject.place(chosen)
    // The first module that does not say what it is becomes dom0's kernel.
    guard !subject.modules.contains(where: { $0.guest == nil && $0.kind == nil }) else { return [] }
    return [
      Finding(
        "nothing here can be started: /chosen has no node that is compatible with \"xen,domain\" and no kernel for dom0",
        at: place, causes: [subject.place(subject.tree.root)])
    ]
  }

  private static func isForXen(_ chosen: DeviceTree.NodeID, _ subject: Subject) -> Bool {
    !subject.modules.isEmpty || subject.has("xen,xen-bootargs", chosen) || subject.has("xen,dom0-bootargs", chosen)
  }
}
