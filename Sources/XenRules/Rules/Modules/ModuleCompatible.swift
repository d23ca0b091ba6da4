// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let moduleCompatible = Rule(
    "module-compatible", "a node looks like a boot module, but its compatible strings are not the pair that Xen wants",
    effects: [
      Effect("bad", xen417: .panics("Missing kernel boot module?")),
      Effect("bad-untyped", xen417: .panics("Missing kernel boot module?")),
      Effect("bad-slip", xen417: .wrong("PROBE ramdisk=none")),
    ],
    explanation: """
      A boot module carries two compatible strings: what it is, such as "multiboot,kernel", and "multiboot,module". \
      Without the second Xen does not see the node at all; without the first a guest's module is nobody's. Either way the \
      domain stops with "Missing kernel boot module?", or starts without its ramdisk. The names of Xen 4.4, \
      "xen,linux-zimage" and "xen,multiboot-module", go together in the same way.
      """
  ) { subject in
    guard let chosen = subject.chosen else { return [] }
    let modules = Dictionary(subject.modules.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
    let parents = [chosen] + subject.tree.children(of: chosen)
    return parents.flatMap { parent in
      subject.tree.children(of: parent).compactMap { node in
        let compatible = subject.tree[node, "compatible"]?.strings ?? []
        if let module = modules[node] { return untyped(module, compatible, in: subject) }
        guard let kind = kind(meantBy: compatible) else { return nil }
        let shown = compatible.map { "\"\($0)\"" }.joined(separator: ", ")
        return Finding(
          "\(subject.tree.path(of: node)) is compatible with \(shown), so Xen does not take it for a boot module",
          at: subject.place(node, property: "compatible"),
          hint: "write compatible = \"\(kind.compatible)\", \"\(ModuleKind.module)\"")
      }
    }
  }

  /// A module of a guest whose kind Xen does not know is nobody's.
  private static func untyped(_ module: Subject.BootModule, _ compatible: [String], in subject: Subject) -> Finding? {
    guard module.kind == nil, let guest = module.guest else { return nil }
    let near = compatible.lazy.compactMap { nearestName(to: $0, among: ModuleKind.allCases.map(\.compatible)) }
      .first { $0 != ModuleKind.module }
    return Finding(
      "\(subject.tree.path(of: module.node)) does not say what it is to \(subject.tree[guest].name): Xen leaves it alone",
      at: subject.place(module.node, property: "compatible"),
      hint: "write compatible = \"\(near ?? ModuleKind.kernel.compatible)\", \"\(ModuleKind.module)\"")
  }

  /// The kind of module that strings without `multiboot,module` were meant to name.
  private static func kind(meantBy compatible: [String]) -> ModuleKind? {
    if let kind = ModuleKind(compatible: compatible), kind != .xsmPolicy { return kind }
    for text in compatible
    where text.hasPrefix("multiboot") || text.hasPrefix("xen,linux") || text.hasPrefix("xen,multiboot") {
      if let near = nearestName(to: text, among: ModuleKind.allCases.map(\.compatible)),
        let kind = ModuleKind.allCases.first(where: { $0.compatible == near })
      {
        return kind
      }
      return .kernel
    }
    return nil
  }
}
