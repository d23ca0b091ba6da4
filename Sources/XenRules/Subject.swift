// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Diagnostics
public import Machine
public import XenFacts
public import XenSystem

/// A tree under judgement, read from its final bytes, seen as Xen's early scan sees it.
public struct Subject: Sendable {
  /// The tree as its bytes say.
  public let tree: DeviceTree
  /// The file that messages name.
  public let file: String
  public let machine: Machine
  public let release: XenRelease
  /// The tree that the bytes were made from, which knows the lines that its nodes came from.
  public let provenance: DeviceTree?
  /// What the loader keeps: the Xen image, the tree, its own memory. Empty when nobody knows.
  public let spots: [Spot]
  /// Direct children of `/chosen` that are domains.
  public let guests: [DeviceTree.NodeID]
  /// Everything that Xen takes for a boot module.
  public let modules: [BootModule]

  /// A node that Xen takes for a boot module (xen/common/device-tree/bootinfo-fdt.c).
  public struct BootModule: Sendable {
    public var node: DeviceTree.NodeID
    /// Nil when its compatible strings name none.
    public var kind: ModuleKind?
    /// The domain that it stands in; nil for dom0's and Xen's own.
    public var guest: DeviceTree.NodeID?
    /// Nil when `reg` is absent, too short, or unreadable.
    public var range: Range<UInt64>?
    public var uefiBinary: String?
  }

  public init(
    tree: DeviceTree, file: String, release: XenRelease, provenance: DeviceTree? = nil, spots: [Spot] = []
  ) {
    self.tree = tree
    self.file = file
    self.release = release
    self.provenance = provenance
    self.spots = spots
    machine = Machine(tree)
    guard let chosen = tree.node(at: "/chosen") else {
      guests = []
      modules = []
      return
    }
    let domains = tree.children(of: chosen).filter { node in
      tree[node, "compatible"]?.strings?.contains(DomainProperty.domain) ?? false
    }
    guests = domains
    modules = Self.modules(below: chosen, guests: Set(domains), in: tree)
  }

  /// Whether the tree is one for Xen at all, not the plain tree of a host.
  public var isXen: Bool {
    if !modules.isEmpty || !guests.isEmpty { return true }
    return tree.walk().contains { id in
      tree[id].properties.contains { $0.name.hasPrefix("xen,") }
        || tree[id, "compatible"]?.strings?.contains { $0.hasPrefix("multiboot,") } ?? false
    }
  }

  /// The place of a node for a message: the line that it was made from where that is known.
  public func place(_ id: DeviceTree.NodeID, property: String? = nil) -> Place {
    let path = tree.path(of: id)
    if let provenance, let origin = provenance.node(at: path) {
      return provenance.place(of: origin, property: property, file: file)
    }
    return tree.place(of: id, property: property, file: file)
  }

  /// The memory that a guest asks for, in bytes; nil when its property is not two cells.
  public func memory(of guest: DeviceTree.NodeID) -> UInt64? {
    guard let cells = tree[guest, "memory"]?.cells, cells.count == 2 else { return nil }
    let kib = UInt64(cells[0]) << 32 | UInt64(cells[1])
    return kib.leadingZeroBitCount >= 10 ? kib << 10 : .max
  }

  /// Xen's command line.
  public var commandLine: XenCommandLine {
    XenCommandLine(tree.node(at: "/chosen").flatMap { tree[$0, "xen,xen-bootargs"]?.string } ?? "")
  }

  /// `domA's kernel`, or `dom0's kernel`, or the node's path when its kind is not known.
  func title(_ module: BootModule) -> String {
    let owner = module.guest.map { tree[$0].name } ?? "dom0"
    switch module.kind {
    case .xsmPolicy: return "the XSM policy"
    case .deviceTree: return "\(owner)'s partial device tree"
    case .some(let kind): return "\(owner)'s \(kind.rawValue)"
    case nil: return "the module \(tree.path(of: module.node))"
    }
  }

  /// Xen looks three levels deep: /chosen/module, /chosen/container/module, /chosen/domain/module.
  private static func modules(
    below chosen: DeviceTree.NodeID, guests: Set<DeviceTree.NodeID>, in tree: DeviceTree
  ) -> [BootModule] {
    var result: [BootModule] = []
    func visit(_ node: DeviceTree.NodeID, guest: DeviceTree.NodeID?) {
      let compatible = tree[node, "compatible"]?.strings ?? []
      guard compatible.contains(ModuleKind.module) || compatible.contains(ModuleKind.legacyModule),
        let parent = tree[node].parent
      else { return }
      // Xen looks at the first tuple and leaves the others.
      let sizes = tree.cellSizes(of: parent, inherited: true)
      let range = tree[node, "reg"].flatMap { tree.ranges($0, cells: sizes)?.first }
      result.append(
        BootModule(
          node: node, kind: ModuleKind(compatible: compatible), guest: guest, range: range,
          uefiBinary: tree[node, "xen,uefi-binary"]?.string))
    }
    for child in tree.children(of: chosen) {
      visit(child, guest: nil)
      for grandchild in tree.children(of: child) {
        visit(grandchild, guest: guests.contains(child) ? child : nil)
      }
    }
    return result
  }
}
