// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let uBootBootargs = Rule(
    "u-boot-bootargs", "a command line stands in `bootargs` of /chosen, which U-Boot writes anew", level: .warning,
    effects: [Effect("bad", xen417: .hangs("Starting kernel ..."))],
    explanation: """
      When U-Boot's variable `bootargs` is set, as most boards' environments do, booti puts it into /chosen/bootargs, over what \
      the tree has there. Xen then starts with options that were meant for a Linux, or dom0 does. Give Xen's options as \
      `xen,xen-bootargs` and dom0's as `bootargs` of its kernel module: U-Boot leaves these alone.
      """
  ) { subject in
    guard subject.flow == .uBoot, let chosen = subject.chosen, subject.tree[chosen, "bootargs"] != nil else {
      return []
    }
    let dom0 = subject.dom0Kernel
    let hasOwn = dom0.map {
      subject.tree[$0.node, "bootargs"] != nil || subject.tree[chosen, "xen,dom0-bootargs"] != nil
    }
    var whose: [String] = []
    if subject.tree[chosen, "xen,xen-bootargs"] == nil { whose.append("Xen") }
    if hasOwn == false { whose.append("dom0") }
    guard !whose.isEmpty else { return [] }
    return [
      Finding(
        "\(whose.joined(separator: " and ")) takes its command line from bootargs, which U-Boot may write anew",
        at: subject.place(chosen, property: "bootargs"),
        hint: "use xen,xen-bootargs, and bootargs in dom0's kernel module")
    ]
  }
}
