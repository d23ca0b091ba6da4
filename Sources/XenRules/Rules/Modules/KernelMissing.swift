// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let kernelMissing = Rule(
    "kernel-missing", "a domain has no kernel",
    after: ["module-compatible", "module-reg", "module-path-length", "module-misplaced"],
    effects: [
      Effect("bad", xen417: .panics("Missing kernel boot module?"))
    ],
    explanation: """
      Xen stops with "Could not set up domain" and "Missing kernel boot module?"; when no guest has a kernel it speaks of DOM0 \
      even if none was asked for. The kernel is a child of the domain's node with compatible "multiboot,kernel", "multiboot,module": \
      both strings, in the domain's own node.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      let hasKernel = subject.modules.contains { $0.guest == guest && $0.kind == .kernel }
      guard !hasKernel else { return nil }
      return Finding("\(subject.tree[guest].name) has no kernel", at: subject.place(guest))
    }
  }
}
