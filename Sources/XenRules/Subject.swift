// SPDX-License-Identifier: Apache-2.0
internal import BootImages
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
  /// How the tree gets to Xen; nil when nobody knows.
  public let flow: Flow?
  /// Whether the tree is one for Xen at all, not the plain tree of a host.
  public let isXen: Bool
  public let chosen: DeviceTree.NodeID?
  /// Direct children of `/chosen` that are domains, in the order in which Xen numbers them.
  public let guests: [DeviceTree.NodeID]
  /// Everything that Xen takes for a boot module, with the files behind them.
  public let modules: [BootModule]
  /// Every node that is compatible with a domain's or a module's string, wherever it stands.
  let marked: (domains: [DeviceTree.NodeID], modules: [DeviceTree.NodeID])
  /// The words that Xen is started with, as it finds them in the tree.
  public let commandLine: XenCommandLine
  /// Who has what of the machine, by this tree and the partial trees whose files are known: all of it where the tree asserts something,
  /// else what conflicts need.
  let ownership: Ownership

  /// - Parameters:
  ///   - file: What messages call the tree.
  ///   - release: The Xen that the tree is for, with its build options where they are known.
  ///   - provenance: The tree that the bytes were made from.
  ///   - spots: What the loader keeps.
  ///   - flow: How the tree gets to Xen.
  ///   - fileBehind: The file that a module's loader brings, where somebody knows it.
  public init(
    tree: DeviceTree, file: String, release: XenRelease, provenance: DeviceTree? = nil, spots: [Spot] = [],
    flow: Flow? = nil, fileBehind: (BootModule) -> ModuleFile? = { _ in nil }
  ) {
    self.tree = tree
    self.file = file
    self.release = release
    self.provenance = provenance
    self.spots = spots
    self.flow = flow
    machine = Machine(tree)
    chosen = tree.node(at: "/chosen")
    if let chosen {
      let domains = tree.children(of: chosen).filter { node in
        tree[node, "compatible"]?.lists(DomainProperty.domain) ?? false
      }
      guests = domains
      modules = Self.modules(below: chosen, guests: Set(domains), in: tree).map { module in
        var module = module
        module.file = fileBehind(module)
        return module
      }
    } else {
      guests = []
      modules = []
    }
    marked = Self.marked(in: tree)
    isXen = !modules.isEmpty || !guests.isEmpty || Self.mentionsXen(tree)
    let kernelHasBootargs = modules.contains { module in
      module.guest == nil && module.kind == .kernel && tree[module.node, "bootargs"]?.string?.isEmpty == false
    }
    commandLine = XenCommandLine(startedWith: tree, kernelHasBootargs: kernelHasBootargs)
    // The last partial tree of a guest is the one that Xen takes.
    let fragments = Dictionary(
      modules.compactMap { module in
        module.guest.flatMap { guest in module.kind == .deviceTree ? (guest, module.file) : nil }
      },
      uniquingKeysWith: { $1 })
    ownership = Ownership(
      of: isXen ? tree : DeviceTree(), version: release.version,
      depth: chosen.map { tree[$0, Self.assertions] != nil } ?? false ? .whole : .conflicts,
      fragment: { node in
        guard let file = fragments[node] ?? nil, let fragment = file.tree else { return nil }
        return Ownership.Fragment(file: file.name, tree: fragment)
      }, place: { Self.place($0, property: $1, in: tree, from: provenance, file: file) })
  }

  /// The property of `/chosen` with sentences about the system.
  static let assertions = "grove,assert"

  // MARK: What the tree says

  /// The kernel that makes a dom0: the last one outside of any domain.
  public var dom0Kernel: BootModule? { modules.last { $0.guest == nil && $0.kind == .kernel } }

  /// The module of a kind that Xen takes for a guest: the last one in its node.
  public func module(_ kind: ModuleKind, of guest: DeviceTree.NodeID) -> BootModule? {
    modules.last { $0.guest == guest && $0.kind == kind }
  }

  /// The partial device tree of a guest, where its file is known.
  public func partialTree(of guest: DeviceTree.NodeID) -> DeviceTree? { module(.deviceTree, of: guest)?.file?.tree }

  /// The memory that a guest asks for, in bytes; nil when its property has less than two cells.
  public func memory(of guest: DeviceTree.NodeID) -> UInt64? {
    guard let bytes = tree[guest, "memory"]?.bytes, bytes.count >= 8 else { return nil }
    let kib = bytes.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    return kib.leadingZeroBitCount >= 10 ? kib << 10 : .max
  }

  /// Whether the tree is only Xen's part of one, to be put on a host's: it has nothing but `/chosen` and `/aliases`.
  public var isFragment: Bool {
    tree.children(of: tree.root).allSatisfy { tree[$0].name == "chosen" || tree[$0].name == "aliases" }
  }

  /// The number that Xen reads where it expects one cell: the first; nil when there is none.
  func cell(_ property: String, of node: DeviceTree.NodeID) -> UInt32? {
    guard let bytes = tree[node, property]?.bytes, bytes.count >= 4 else { return nil }
    return bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Whether a domain has a flag, which Xen takes by its presence alone.
  public func has(_ property: String, _ node: DeviceTree.NodeID) -> Bool { tree[node, property] != nil }

  // MARK: What is known of the Xen

  public enum OptionState: Hashable, Sendable {
    case on, off, unknown
  }

  /// Whether the Xen is built with an option; the name may have its `CONFIG_`.
  public func state(of option: String) -> OptionState {
    guard let config = release.config else { return .unknown }
    if config.isEnabled(option) { return .on }
    if config.isMentioned(option) { return .off }
    // A whole configuration leaves out what depends on an option that is off; a few words on a command line leave out all else.
    let isWhole = config.isMentioned("ARM_64") || config.isMentioned("ARM_32") || config.isMentioned("ARM")
    return isWhole ? .off : .unknown
  }

  // MARK: For messages

  /// The place of a node for a message: the line that it was made from where that is known.
  public func place(_ id: DeviceTree.NodeID, property: String? = nil) -> Place {
    Self.place(id, property: property, in: tree, from: provenance, file: file)
  }

  private static func place(
    _ id: DeviceTree.NodeID, property: String?, in tree: DeviceTree, from provenance: DeviceTree?, file: String
  ) -> Place {
    let path = tree.path(of: id)
    if let provenance, let origin = provenance.node(at: path) {
      return provenance.place(of: origin, property: property, file: file)
    }
    return tree.place(of: id, property: property, file: file)
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

  // MARK: Reading

  /// Whether anything is there that only Xen reads. What Xen itself writes into the trees of domains does not count.
  private static func mentionsXen(_ tree: DeviceTree) -> Bool {
    tree.walk().contains { id in
      tree[id].properties.contains { property in
        if property.name == "compatible" { return isForXen(property.value) }
        return property.name.hasPrefix("xen,") && property.name != "xen,id" && property.name != "xen,offset"
      }
    }
  }

  private static func isForXen(_ compatible: PropertyValue) -> Bool {
    compatible.lists(DomainProperty.domain) || compatible.lists(ModuleKind.module)
      || compatible.lists(ModuleKind.legacyModule) || ModuleKind.allCases.contains { compatible.lists($0.compatible) }
  }

  private static func marked(
    in tree: DeviceTree
  ) -> (domains: [DeviceTree.NodeID], modules: [DeviceTree.NodeID]) {
    var domains: [DeviceTree.NodeID] = []
    var modules: [DeviceTree.NodeID] = []
    for node in tree.walk() {
      guard let compatible = tree[node, "compatible"] else { continue }
      if compatible.lists(DomainProperty.domain) { domains.append(node) }
      if compatible.lists(ModuleKind.module) || compatible.lists(ModuleKind.legacyModule) { modules.append(node) }
    }
    return (domains, modules)
  }
}
