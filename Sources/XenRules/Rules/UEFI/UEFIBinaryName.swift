// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics

extension Rule {
  static let uefiBinaryName = Rule(
    "uefi-binary-name", "a module names its file with `uefi,binary`, which no Xen reads",
    effects: [
      Effect("bad", xen417: .silent)
    ],
    explanation: """
      The property that Xen's UEFI stub reads is `xen,uefi-binary` (since 4.16). `uefi,binary` was the name in a proposal. Xen \
      ignores it, finds a module without `reg`, and stops before its console exists: nothing at all is printed.
      """
  ) { subject in
    subject.modules.compactMap { module in
      guard subject.tree[module.node, "uefi,binary"] != nil, module.uefiBinary == nil else { return nil }
      return Finding(
        "\(subject.title(module)) names its file with uefi,binary, which Xen does not read",
        at: subject.place(module.node, property: "uefi,binary"), hint: "call it xen,uefi-binary")
    }
  }
}
