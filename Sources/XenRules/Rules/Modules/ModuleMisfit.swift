// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let moduleMisfit = Rule(
    "module-misfit", "a boot module is of a kind that its owner has no use for", level: .warning,
    effects: [
      Effect("bad", xen417: .boots),
      Effect("bad-tree", xen417: .boots),
    ],
    explanation: """
      Xen takes partial device trees from the nodes of guests only, and its XSM policy from /chosen. A module of another \
      kind is loaded and never looked at: the guest gets no devices, or Xen its built-in policy.
      """
  ) { subject in
    subject.modules.compactMap { module in
      switch (module.kind, module.guest) {
      case (.deviceTree, nil):
        Finding(
          "a partial device tree is for a guest, and this one stands outside of any", at: subject.place(module.node),
          hint: "put it into the domain that gets the devices")
      case (.xsmPolicy, let guest?):
        Finding(
          "the XSM policy is Xen's, but stands in \(subject.tree[guest].name)", at: subject.place(module.node),
          hint: "put it into /chosen")
      default: nil
      }
    }
  }
}
