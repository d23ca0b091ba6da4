// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
internal import Machine
public import XenFacts
public import XenSystem

/// What Xen finds in a boot tree: the domains that it will start and the modules that it expects.
public struct StartedSystem: Hashable, Sendable {
  public struct Module: Hashable, Sendable {
    public let kind: ModuleKind
    public let reference: ModuleReference
    public let bootargs: String?
  }

  public struct Domain: Hashable, Sendable {
    public let name: String
    public let node: DeviceTree.NodeID
    public let modules: [Module]
  }

  /// In Xen's order: the first one has the id 1.
  public let domains: [Domain]
  /// What stands in `/chosen` itself: dom0's modules and the XSM policy.
  public let chosenModules: [Module]

  /// Whether Xen makes a dom0: it has a kernel.
  public var hasDom0: Bool { chosenModules.contains { $0.kind == .kernel } }
  /// Every module, those of `/chosen` first.
  public var modules: [Module] { chosenModules + domains.flatMap(\.modules) }

  public init(_ tree: DeviceTree) {
    guard let chosen = tree.node(at: "/chosen") else {
      domains = []
      chosenModules = []
      return
    }
    chosenModules = Self.modules(of: chosen, in: tree)
    domains = tree.children(of: chosen).compactMap { id in
      guard tree[id, "compatible"]?.strings?.contains(DomainProperty.domain) ?? false else { return nil }
      return Domain(name: tree[id].name, node: id, modules: Self.modules(of: id, in: tree))
    }
  }

  private static func modules(of parent: DeviceTree.NodeID, in tree: DeviceTree) -> [Module] {
    tree.children(of: parent).compactMap { id in
      guard let names = tree[id, "compatible"]?.strings, names.contains(ModuleKind.module),
        let kind = ModuleKind(compatible: names)
      else { return nil }
      let reference: ModuleReference
      if let name = tree[id, "xen,uefi-binary"]?.string {
        reference = .uefiBinary(name)
      } else if let reg = tree[id, "reg"], let range = tree.ranges(reg, under: parent)?.first {
        reference = .address(range)
      } else {
        return nil
      }
      return Module(kind: kind, reference: reference, bootargs: tree[id, "bootargs"]?.string)
    }
  }
}
