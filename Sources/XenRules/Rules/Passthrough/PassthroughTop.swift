// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics

extension Rule {
  static let passthroughTop = Rule(
    "passthrough-top", "a partial tree holds devices where Xen does not look for them",
    effects: [
      Effect("bad", xen417: .boots),
      Effect("bad-empty", xen417: .boots),
      Effect("bad-clock-outside", xen417: .boots),
    ],
    explanation: """
      Of a partial tree Xen reads three nodes below the root: /passthrough, /aliases and /gic. Everything else is left out without \
      a word: the guest starts, and its devices are not there. Put the devices below a node called `passthrough`.
      """
  ) { subject in
    subject.partialTrees.flatMap { partial -> [Finding] in
      let tree = partial.tree
      let guest = subject.tree[partial.guest].name
      let hasTop = tree.child(of: tree.root, named: "passthrough") != nil
      let lost = tree.children(of: tree.root).filter { !known.contains(tree[$0].name) }
      let findings = lost.compactMap { node -> Finding? in
        let holdsDevices = tree.walk(from: node).contains { id in
          ["xen,reg", "xen,path"].contains { tree[id, $0] != nil }
        }
        // What describes no device is of use to nobody, and does no harm.
        guard holdsDevices || tree[node, "compatible"] != nil else { return nil }
        return Finding(
          "Xen leaves \(tree.path(of: node)) out of \(guest)'s tree: it reads /passthrough, /aliases and /gic only",
          at: partial.place(node), level: holdsDevices ? nil : .warning,
          hint: hasTop ? "move the node into /passthrough" : "call the node passthrough")
      }
      if findings.isEmpty, !hasTop {
        return [
          Finding(
            "the partial tree of \(guest) has no /passthrough, so that it gives \(guest) no device",
            at: partial.place(tree.root))
        ]
      }
      return findings
    }
  }

  /// What Xen reads, and what compilers add.
  private static let known: Set<String> = [
    "passthrough", "aliases", "gic", "__symbols__", "__fixups__", "__local_fixups__",
  ]
}
