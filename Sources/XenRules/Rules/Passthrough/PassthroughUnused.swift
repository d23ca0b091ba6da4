// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let passthroughUnused = Rule(
    "passthrough-unused", "a device is kept from dom0, and no domain gets it", level: .warning,
    after: ["passthrough-path"],
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      `xen,passthrough` takes a device away from dom0. When no partial tree names it with xen,path, nobody can use it, unless a \
      toolstack gives it to a domain later. Remove the mark, or name the node in the partial tree of a guest.
      """
  ) { subject in
    let modules = subject.modules.filter { $0.kind == .deviceTree }
    // What is in a partial tree that nobody has given is not known.
    guard subject.hasHardwareDomain, !modules.isEmpty, modules.allSatisfy({ $0.file?.tree != nil }) else { return [] }
    let given = Set(subject.partialTrees.flatMap { $0.devices.compactMap(\.host) })
    return subject.tree.walk().compactMap { id in
      guard subject.tree[id, "xen,passthrough"] != nil, !given.contains(id) else { return nil }
      return Finding(
        "\(subject.tree.path(of: id)) is kept from dom0, and no partial tree names it",
        at: subject.place(id, property: "xen,passthrough"))
    }
  }
}
