// SPDX-License-Identifier: Apache-2.0
internal import BootImages
public import DeviceTree
internal import Machine
public import XenFacts

/// Makes dom0's tree of the tree that Xen is started with, as Xen does (xen/arch/arm/domain_build.c, `handle_node` and what it calls).
public struct Dom0Tree: Sendable {
  /// The tree that Xen is started with.
  let source: DeviceTree
  let version: XenVersion
  let flow: Flow
  /// Virtual CPUs.
  let cpuCount: Int
  /// RAM in bytes; nil when the command line does not say.
  let memory: UInt64?
  /// Nodes that Xen's own drivers use.
  let usedByXen: Set<DeviceTree.NodeID>
  let controller: InterruptController?
  let topology: Topology
  let machine: Machine
  let chosen: DeviceTree.NodeID?
  var result = DeviceTree()
  var open: [PredictedTree.OpenValue] = []

  /// The GIC that Xen drives.
  struct InterruptController {
    var node: DeviceTree.NodeID
    var phandle: UInt32?
    var isV3: Bool
  }

  /// - Parameter source: the final tree with its modules, as the loader hands it to Xen.
  /// - Parameter flow: who hands the tree over: some loaders write into it.
  public init(_ source: DeviceTree, version: XenVersion, flow: Flow = .direct) {
    self.source = source
    self.version = version
    self.flow = flow
    let commandLine = Self.commandLine(of: source)
    chosen = source.node(at: "/chosen")
    machine = Machine(source)
    cpuCount = Int(commandLine.dom0CPUs ?? UInt32(clamping: machine.cpuCount))
    memory = commandLine.dom0Memory
    topology = Topology(source)
    controller = Self.controller(in: source)
    usedByXen = Set([Self.console(of: source, commandLine)].compactMap { $0 })
  }

  /// The tree that dom0 will find.
  public mutating func predict() -> PredictedTree {
    result = DeviceTree()
    open = []
    copyProperties(of: source.root, to: result.root)
    for child in source.children(of: source.root) { copy(child, to: result.root) }
    addHypervisor()
    addPSCI()
    addCPUs()
    addMemory()
    return PredictedTree(tree: result, open: open)
  }

  // MARK: Filtering

  private mutating func copy(_ top: DeviceTree.NodeID, to parent: DeviceTree.NodeID) {
    // A list of work instead of recursion: no depth of nesting costs stack.
    var work = [(source: top, parent: parent)]
    while let (node, parent) = work.popLast() {
      if exclusion(of: node) != nil { continue }
      if node == controller?.node {
        addInterruptController(to: parent)
        continue
      }
      let compatible = source[node, "compatible"]?.strings ?? []
      if compatible.contains(where: Dom0Filter.timers.contains) {
        addTimer(node, to: parent)
        continue
      }
      let copy = result.addChild(source[node].name, to: parent)
      copyProperties(of: node, to: copy)
      for child in source.children(of: node).reversed() { work.append((child, copy)) }
    }
  }

  /// Why Xen leaves a node out of dom0's tree, with everything below it.
  enum Exclusion: Hashable {
    /// It is there for Xen to read.
    case forXen
    case cpus
    case memory
    /// Xen's own drivers use it.
    case usedByXen
    case iommu
    /// A second interrupt controller.
    case interruptController
    case privateInterrupt
  }

  func exclusion(of node: DeviceTree.NodeID) -> Exclusion? {
    let compatible = source[node, "compatible"]?.strings ?? []
    if Dom0Filter.skipped.contains(where: { $0.since <= version && compatible.contains($0.compatible) }) {
      return .forXen
    }
    if version >= XenVersion(4, 18), source[node, "xen,static-heap"] != nil, node != chosen { return .forXen }
    if source[node].parent == source.root, source[node].name == "cpus" { return .cpus }
    if source[node, "device_type"]?.string == "memory" { return .memory }
    if usedByXen.contains(node) { return .usedByXen }
    if compatible.contains(where: Dom0Filter.iommus.contains) { return .iommu }
    if isInterruptController(compatible), node != controller?.node { return .interruptController }
    let isReplaced = compatible.contains(where: Dom0Filter.timers.contains) || node == controller?.node
    return hasPrivateInterrupt(node) && !isReplaced ? .privateInterrupt : nil
  }

  private func isInterruptController(_ compatible: [String]) -> Bool {
    compatible.contains(Dom0Filter.gicV3) || compatible.contains(where: Dom0Filter.gicV2.contains)
  }

  /// Whether one of the node's interrupts is private to a CPU: the virtual GIC cannot pass those on.
  private func hasPrivateInterrupt(_ node: DeviceTree.NodeID) -> Bool {
    do throws(InterruptFault) {
      return try topology.interrupts(of: node).contains { $0.gic?.kind == .ppi && $0.controller == controller?.node }
    } catch {
      return false
    }
  }

  // MARK: Properties

  private mutating func copyProperties(of node: DeviceTree.NodeID, to copy: DeviceTree.NodeID) {
    let isHidden = source[node, "xen,passthrough"] != nil
    let isMaster = source[node, "iommus"] != nil && isBehindXensIOMMU(node)
    var status: PropertyValue?
    if node == chosen { addLoadersProperties(to: copy) }
    for property in source[node].properties {
      switch property.name {
      case "xen,passthrough": continue
      case "status":
        status = property.value
        continue
      case "iommus" where isMaster: continue
      case "iommu-map" where isMaster && version >= XenVersion(4, 18): continue
      case "iommu-map-mask" where isMaster && version >= XenVersion(4, 18): continue
      case _ where node == chosen && Dom0Filter.chosenProperties.contains(property.name): continue
      default: result.set(property.name, property.value, on: copy)
      }
      if node == chosen, property.name.hasSuffix("-seed") {
        open.append(
          .init(node: "/chosen", property: property.name, reason: "the firmware makes a new one at each boot"))
      }
    }
    // Xen writes the status behind everything else.
    if isHidden {
      result.set("status", .string("disabled"), on: copy)
    } else if let status {
      result.set("status", status, on: copy)
    }
    if node == chosen { addBootProperties(to: copy) }
  }

  private func isBehindXensIOMMU(_ node: DeviceTree.NodeID) -> Bool {
    guard let phandle = source[node, "iommus"]?.cells?.first, let iommu = topology.node(phandle: phandle) else {
      return false
    }
    return source[iommu, "compatible"]?.strings?.contains(where: Dom0Filter.iommus.contains) ?? false
  }
}
