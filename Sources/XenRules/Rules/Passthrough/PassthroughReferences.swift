// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts

extension Rule {
  static let passthroughReferences = Rule(
    "passthrough-references", "a device in a partial tree needs a node that is not in it", level: .warning,
    after: ["passthrough-top", "passthrough-gic-copied"],
    effects: [
      Effect("bad", xen417: .boots),
      Effect("bad-outside", xen417: .boots),
    ],
    explanation: """
      A phandle leads to a node of the same tree. What was cut out of the host's tree keeps the host's phandles, for a clock, a reset or \
      a power domain that the guest does not have: the driver gives up, or takes whatever bears that number in the guest. Carry the \
      node over, replace it (a fixed clock for a clock controller), or drop the property.
      """
  ) { subject in
    subject.partialTrees.flatMap { partial -> [Finding] in
      let tree = partial.tree
      let topology = Topology(tree)
      let kept = Set(
        ["passthrough", "gic"].compactMap { tree.child(of: tree.root, named: $0) }.flatMap { tree.walk(from: $0) })
      let hasOwnPhandle = tree.child(of: tree.root, named: "gic").flatMap { tree.phandle(of: $0) } != nil
      return topology.dependencies().dependencies.compactMap { dependency in
        guard kept.contains(dependency.user), dependency.evidence == .binding else { return nil }
        if let target = dependency.target, kept.contains(target) { return nil }
        if !hasOwnPhandle, dependency.phandle == GuestPhandles.interruptController { return nil }
        let missing =
          dependency.target.map { "\(tree.path(of: $0)), which Xen leaves out" }
          ?? "the phandle \(hex(dependency.phandle)), which no node has"
        return Finding(
          "\(dependency.property) of \(subject.tree[partial.guest].name)'s \(tree.path(of: dependency.user)) names \(missing)",
          at: partial.place(dependency.user, property: dependency.property))
      }
    }
  }

  static let passthroughNames = Rule(
    "passthrough-names", "a list of names does not go with the list that it names", level: .warning,
    after: ["passthrough-references"],
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      A driver asks for a clock or a reset by its name in `clock-names` or `reset-names`; the place of the name in the list says which \
      entry is meant. When the list is empty or shorter, the driver does not find it and gives up. Some tools lose these lists when \
      they cut a device out.
      """
  ) { subject in
    subject.partialTrees.flatMap { partial -> [Finding] in
      let tree = partial.tree
      let graph = Topology(tree).dependencies()
      guard let top = tree.child(of: tree.root, named: "passthrough") else { return [] }
      var findings: [Finding] = []
      for id in tree.walk(from: top) {
        let needs = graph.needs(of: id)
        for (list, names) in named {
          guard let value = tree[id, names] else { continue }
          let count = needs.count { $0.property == list }
          let given = value.strings?.count ?? 0
          guard count > 0, given != count else { continue }
          findings.append(
            Finding(
              "\(names) of \(subject.tree[partial.guest].name)'s \(tree.path(of: id)) has \(given) names for \(count) \(list)",
              at: partial.place(id, property: names)))
        }
      }
      return findings
    }
  }

  private static let named = [
    ("clocks", "clock-names"), ("resets", "reset-names"), ("dmas", "dma-names"), ("phys", "phy-names"),
    ("mboxes", "mbox-names"), ("power-domains", "power-domain-names"), ("io-channels", "io-channel-names"),
  ]
}
