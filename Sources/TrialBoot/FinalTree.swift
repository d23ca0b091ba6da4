// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
internal import Machine
public import XenFacts

/// A final tree, to be booted as it stands: not a byte of it is changed.
public struct FinalTree: Sendable {
  /// A boot module as a loader sees it: a node that says what is to lie where. Nothing of it need be right.
  public struct Module: Hashable, Sendable {
    /// The node's path.
    public var path: String
    public var kind: ModuleKind?
    /// The first address in `reg`; nil when there is none to be read.
    public var address: UInt64?
    /// The first size in `reg`.
    public var size: UInt64?
    /// The name of the domain's node; nil for what stands in `/chosen` itself.
    public var domain: String?
  }

  public var tree: DeviceTree
  /// The bytes that Xen is given.
  public var blob: [UInt8]
  /// The tree's file, for messages.
  public var file: String

  public init(_ tree: DeviceTree, blob: [UInt8], file: String) {
    self.tree = tree
    self.blob = blob
    self.file = file
  }

  /// Every node below `/chosen` that names itself a boot module, in the order of the tree.
  public var modules: [Module] {
    guard let chosen = tree.node(at: "/chosen") else { return [] }
    var result: [Module] = []
    for child in tree.children(of: chosen) {
      if let module = module(child, domain: nil) { result.append(module) }
      for grandchild in tree.children(of: child) {
        if let module = module(grandchild, domain: tree[child].name) { result.append(module) }
      }
    }
    return result
  }

  /// Whether the tree tells a loader where at least one module is to lie, and has no file named for UEFI.
  public var isLoadable: Bool {
    guard let chosen = tree.node(at: "/chosen") else { return false }
    let below = tree.children(of: chosen) + tree.children(of: chosen).flatMap { tree.children(of: $0) }
    let names = below.contains { tree[$0, "xen,uefi-binary"] != nil }
    return !names && modules.contains { $0.address != nil }
  }

  private func module(_ node: DeviceTree.NodeID, domain: String?) -> Module? {
    let names = tree[node, "compatible"]?.strings ?? []
    guard names.contains(where: Self.isModuleName), let parent = tree[node].parent else { return nil }
    let sizes = tree.cellSizes(of: parent, inherited: true)
    let cells = tree[node, "reg"]?.cells ?? []
    return Module(
      path: tree.path(of: node), kind: ModuleKind(compatible: names),
      address: Self.number(cells.prefix(sizes.address), of: sizes.address),
      size: Self.number(cells.dropFirst(sizes.address).prefix(sizes.size), of: sizes.size), domain: domain)
  }

  private static func isModuleName(_ name: String) -> Bool {
    name == ModuleKind.module || name == ModuleKind.legacyModule
      || ModuleKind.allCases.contains { $0.compatible == name || $0.legacyCompatible == name }
  }

  private static func number(_ cells: ArraySlice<UInt32>, of count: Int) -> UInt64? {
    guard (1...2).contains(count), cells.count == count else { return nil }
    return cells.reduce(0) { $0 << 32 | UInt64($1) }
  }
}
