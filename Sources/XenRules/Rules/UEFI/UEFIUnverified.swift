// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let uefiUnverified = Rule(
    "uefi-unverified", "secure boot does not verify what guests are made of", level: .note,
    effects: [Effect("bad", xen417: .boots)],
    explanation: """
      With secure boot the firmware verifies Xen, and Xen's stub lets shim verify the kernel of dom0. Kernels of guests, ramdisks and \
      trees it loads as they are. Where the chain of trust must reach the guests, put the files into Xen's own unified image, which is \
      verified as a whole, or let dom0 start the guests and verify them.
      """
  ) { subject in
    guard subject.flow == .uefi else { return [] }
    let kernels = subject.modules.filter { $0.guest != nil && $0.kind == .kernel && $0.uefiBinary != nil }
    guard let first = kernels.first, subject.dom0Kernel != nil else { return [] }
    let others = kernels.count > 1 ? " and \(kernels.count - 1) more" : ""
    return [
      Finding(
        "\(subject.title(first))\(others) is not verified by secure boot, as dom0's is",
        at: subject.place(first.node, property: "xen,uefi-binary"))
    ]
  }
}
