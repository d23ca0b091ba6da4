// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let domainCompatible = Rule(
    "domain-compatible", "a node of /chosen looks like a domain, but is not compatible with \"xen,domain\"",
    effects: [
      Effect("bad", xen417: .wrong("*** LOADING DOMAIN 0 ***")),
      Effect("bad-none", xen417: .wrong("*** LOADING DOMAIN 0 ***")),
    ],
    explanation: """
      Xen knows a guest by the compatible string "xen,domain" alone. With any other, the kernel in the node counts as dom0's: the \
      guest's kernel is started with the privileges of dom0, without a word of warning.
      """
  ) { subject in
    guard let chosen = subject.tree.node(at: "/chosen") else { return [] }
    return subject.tree.children(of: chosen).compactMap { node in
      let compatible = subject.tree[node, "compatible"]?.strings ?? []
      guard !compatible.contains(DomainProperty.domain), looksLikeDomain(node, in: subject) else { return nil }
      let place = subject.place(node, property: compatible.isEmpty ? nil : "compatible")
      let shown = compatible.map { "\"\($0)\"" }.joined(separator: ", ")
      let what = compatible.isEmpty ? "has no compatible string" : "is compatible with \(shown)"
      return Finding(
        "\(subject.tree[node].name) \(what), not with \"xen,domain\": Xen would start its kernel as dom0", at: place,
        hint: "write compatible = \"xen,domain\"")
    }
  }

  /// A domain has modules below it, or the properties that only domains have.
  private static func looksLikeDomain(_ node: DeviceTree.NodeID, in subject: Subject) -> Bool {
    let compatible = subject.tree[node, "compatible"]?.strings ?? []
    if compatible.contains(where: { nearestName(to: $0, among: [DomainProperty.domain]) != nil }) { return true }
    let holdsModules = subject.modules.contains { subject.tree[$0.node].parent == node }
    return holdsModules && (subject.tree[node, "memory"] != nil || subject.tree[node, "cpus"] != nil)
  }
}
