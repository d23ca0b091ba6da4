// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Machine
internal import XenFacts

/// What Xen reads in the tree that it is started with, before it makes dom0's.
extension Dom0Tree {
  /// Xen's own command line.
  static func commandLine(of tree: DeviceTree) -> XenCommandLine {
    let own = module(.kernel, of: tree).flatMap { tree[$0, "bootargs"]?.string } ?? ""
    return XenCommandLine(startedWith: tree, kernelHasBootargs: !own.isEmpty)
  }

  /// dom0's command line; nil when nobody gave one.
  func dom0CommandLine() -> PropertyValue? {
    guard let chosen else { return nil }
    if let own = source[chosen, "xen,dom0-bootargs"] { return own }
    if let kernel = Self.module(.kernel, of: source), let own = source[kernel, "bootargs"], !own.isEmpty { return own }
    return source[chosen, "xen,xen-bootargs"] == nil ? nil : source[chosen, "bootargs"]
  }

  /// The module of that kind which is dom0's: below `/chosen`, but not in a domain.
  static func module(_ kind: ModuleKind, of tree: DeviceTree) -> DeviceTree.NodeID? {
    guard let chosen = tree.node(at: "/chosen") else { return nil }
    func isModule(_ node: DeviceTree.NodeID) -> Bool {
      let compatible = tree[node, "compatible"]?.strings ?? []
      return (compatible.contains(ModuleKind.module) || compatible.contains(ModuleKind.legacyModule))
        && ModuleKind(compatible: compatible) == kind
    }
    for child in tree.children(of: chosen) {
      if isModule(child) { return child }
      let isDomain = tree[child, "compatible"]?.strings?.contains(DomainProperty.domain) ?? false
      if !isDomain, let inside = tree.children(of: child).first(where: isModule) { return inside }
    }
    return nil
  }

  /// The bytes of dom0's ramdisk: of its module, or of the one that `/chosen` already names.
  func ramdiskSize() -> UInt64? {
    if let module = Self.module(.ramdisk, of: source), let parent = source[module].parent,
      let reg = source[module, "reg"],
      let range = source.ranges(reg, cells: source.cellSizes(of: parent, inherited: true))?.first
    {
      return range.upperBound - range.lowerBound
    }
    guard let chosen, let start = number(chosen, "linux,initrd-start"), let end = number(chosen, "linux,initrd-end"),
      end > start
    else { return nil }
    return end - start
  }

  private func number(_ node: DeviceTree.NodeID, _ property: String) -> UInt64? {
    guard let cells = source[node, property]?.cells, (1...2).contains(cells.count) else { return nil }
    return cells.reduce(0) { $0 << 32 | UInt64($1) }
  }

  /// The UART that is Xen's console. Nil when Xen has no driver for it.
  static func console(of tree: DeviceTree, _ commandLine: XenCommandLine) -> DeviceTree.NodeID? {
    commandLine.consoleNode(in: tree).flatMap { node in
      let names = tree[node, "compatible"]?.strings ?? []
      return names.contains(where: Dom0Filter.uarts.contains) ? node : nil
    }
  }

  static func controller(in tree: DeviceTree) -> InterruptController? {
    for node in tree.walk() where tree[node, "interrupt-controller"] != nil {
      let compatible = tree[node, "compatible"]?.strings ?? []
      let isV3 = compatible.contains(Dom0Filter.gicV3)
      guard isV3 || compatible.contains(where: Dom0Filter.gicV2.contains) else { continue }
      return InterruptController(node: node, phandle: tree.phandle(of: node), isV3: isV3)
    }
    return nil
  }
}
