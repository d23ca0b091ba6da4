// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let uefiChosenRanges = Rule(
    "uefi-chosen-ranges", "/chosen has `ranges` that are not empty",
    effects: [Effect("bad", xen417: .refused("Unable to setup chosen node"))],
    explanation: """
      The UEFI stub writes addresses of memory into /chosen, and refuses a tree in which these would be translated on the way: "Unable \
      to setup chosen node". Leave `ranges` of /chosen empty, or out.
      """
  ) { subject in
    guard let chosen = subject.chosen, let ranges = subject.tree[chosen, "ranges"], !ranges.isEmpty,
      subject.flow == .uefi || subject.modules.contains(where: { $0.uefiBinary != nil })
    else { return [] }
    return [Finding("`ranges` of /chosen is not empty", at: subject.place(chosen, property: "ranges"))]
  }
}
