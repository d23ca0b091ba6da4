// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine

extension Rule {
  static let passthroughGICCopied = Rule(
    "passthrough-gic-copied", "a partial tree brings an interrupt controller of its own", after: ["passthrough-top"],
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      Xen makes the guest's interrupt controller itself. A copy of the host's in the partial tree is a second one, with registers \
      that are not there or are the host's: the guest's kernel stops early, or takes its interrupts from the wrong one. Put an empty \
      placeholder with a phandle at /gic, which Xen replaces, and let interrupt-parent name that.
      """
  ) { subject in
    subject.partialTrees.flatMap { partial -> [Finding] in
      let tree = partial.tree
      guard let top = tree.child(of: tree.root, named: "passthrough") else { return [] }
      return tree.walk(from: top).compactMap { id in
        let compatible = tree[id, "compatible"]?.strings ?? []
        guard GICKind(compatible: compatible) != nil, tree[id, "interrupt-controller"] != nil else { return nil }
        return Finding(
          "\(tree.path(of: id)) in \(subject.tree[partial.guest].name)'s partial tree is a GIC, and the guest has one from Xen",
          at: partial.place(id), hint: "leave it out and put a placeholder with its phandle at /gic")
      }
    }
  }
}
