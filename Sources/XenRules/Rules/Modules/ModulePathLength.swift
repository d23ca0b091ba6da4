// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let modulePathLength = Rule(
    "module-path-length", "the path of a boot module is too long for Xen",
    effects: [
      Effect("bad", xen417: .panics("Missing kernel boot module?"))
    ],
    explanation: """
      Xen keeps the path of a module in a buffer of 92 bytes with the terminating zero. A module with a longer path is \
      left out without a word, and its domain stops with "Missing kernel boot module?".
      """
  ) { subject in
    subject.modules.compactMap { module in
      let length = subject.tree.path(of: module.node).utf8.count
      guard length > XenLimits.modulePath else { return nil }
      return Finding(
        "the path of \(subject.title(module)) has \(length) characters, and Xen leaves out what has more than \(XenLimits.modulePath)",
        at: subject.place(module.node), hint: "give the domain or the module a shorter name")
    }
  }
}
