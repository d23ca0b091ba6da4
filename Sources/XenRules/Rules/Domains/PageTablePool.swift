// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let pageTablePool = Rule(
    "p2m-pool", "a guest has no memory for its page tables",
    effects: [
      Effect("bad", xen417: .panics("Failed to allocate requested domain memory."))
    ],
    explanation: """
      xen,domain-p2m-mem-mb is the memory, in MiB, that Xen may take for the page tables of a guest. With none it \
      stops with "Failed to allocate requested domain memory", as if the host had too little.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard subject.cell("xen,domain-p2m-mem-mb", of: guest) == 0, subject.release.version >= XenVersion(4, 17) else {
        return nil
      }
      return Finding(
        "xen,domain-p2m-mem-mb of \(subject.tree[guest].name) is 0, so that no memory can be mapped for it",
        at: subject.place(guest, property: "xen,domain-p2m-mem-mb"), hint: "leave it out to let Xen choose")
    }
  }
}
