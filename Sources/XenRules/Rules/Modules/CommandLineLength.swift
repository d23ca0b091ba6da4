// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let commandLineLength = Rule(
    "bootargs-length", "the bootargs of a kernel are longer than Xen can keep",
    effects: [
      Effect("bad", xen417: .silent)
    ],
    explanation: """
      Xen copies the command line of each module into a buffer for 1024 characters while it reads the tree. A longer one stops \
      it before its console exists: a release build prints nothing at all.
      """
  ) { subject in
    subject.modules.compactMap { module in
      guard let bootargs = subject.tree[module.node, "bootargs"], bootargs.bytes.count > XenLimits.commandLine + 1
      else {
        return nil
      }
      return Finding(
        "the bootargs of \(subject.title(module)) have \(bootargs.bytes.count - 1) characters, and Xen keeps "
          + "\(XenLimits.commandLine)", at: subject.place(module.node, property: "bootargs"))
    }
  }
}
