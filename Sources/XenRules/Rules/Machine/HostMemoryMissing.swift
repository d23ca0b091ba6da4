// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts

extension Rule {
  static let hostMemoryMissing = Rule(
    "host-memory-missing", "the tree does not say where the host has RAM",
    effects: [
      Effect("bad", xen417: .silent),
      Effect("bad-type", xen417: .boots, xen420: .silent),
    ],
    explanation: """
      Xen takes the host's RAM from the /memory nodes of the tree, except under UEFI. Without any it stops before its \
      console exists: a release build prints nothing at all. U-Boot writes the node; trees that are started directly \
      have to have it.
      """
  ) { subject in
    guard subject.machine.memory.isEmpty, !subject.isFragment,
      !subject.modules.contains(where: { $0.uefiBinary != nil }),
      subject.flow != .uefi, subject.guests.count + subject.modules.count > 0
    else {
      return []
    }
    let node = subject.tree.children(of: subject.tree.root).first { subject.tree[$0].baseName == "memory" }
    guard let node else {
      return [
        Finding(
          "the tree has no /memory node, so Xen has no memory", at: subject.place(subject.tree.root),
          level: subject.flow == nil ? .warning : nil, hint: "a boot loader may add it; under UEFI it is not needed")
      ]
    }
    return [
      Finding(
        "\(subject.tree.path(of: node)) names no RAM: it needs device_type = \"memory\" and a reg that is not empty",
        at: subject.place(node), level: subject.flow == nil ? .warning : nil,
        hint: "a boot loader may fill it in; under UEFI it is not needed")
    ]
  }
}
