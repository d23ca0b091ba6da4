// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
internal import Diagnostics
internal import Machine

/// Cuts devices out of a host's tree.
///
/// Phandles keep the numbers that they have in the host's tree, and the GIC's placeholder takes that of the host's GIC, so that
/// references within the devices stay as they are.
struct PassthroughPlanner {
  let request: PassthroughRequest
  let file: String
  let tree: DeviceTree
  let topology: Topology
  let graph: DependencyGraph
  /// The tops of what is given, in the order of the request.
  private(set) var devices: [DeviceTree.NodeID] = []
  /// The registers of all that is not given, as the CPUs reach them.
  private(set) var neighbours: [(range: Range<UInt64>, node: DeviceTree.NodeID)] = []
  /// Everything that is given.
  var given: Set<DeviceTree.NodeID> = []
  var addresses = GuestAddresses()
  var fragment = DeviceTree()
  /// `/passthrough`.
  var bus: DeviceTree.NodeID
  /// Phandles in use in the fragment.
  var phandles: Set<UInt32> = []
  var controller: UInt32?
  /// What was copied or stands in for something of the host, by what it stands for.
  var substitutes: [String: UInt32] = [:]
  /// Nodes below `/passthrough` that hold copies, by name.
  var shelves: [String: DeviceTree.NodeID] = [:]
  var marked: [String] = []
  var plans: [PassthroughPlan.Device] = []
  var diagnostics: [Diagnostic] = []

  init(_ request: PassthroughRequest, tree: DeviceTree, file: String) {
    self.request = request
    self.file = file
    self.tree = tree
    topology = Topology(tree)
    graph = DependencyGraph(topology)
    bus = fragment.root
    addresses.taken = AddressSet(request.taken)
  }

  mutating func plan() -> PassthroughPlan {
    findDevices()
    for node in tree.walk() where tree[node, "reg"] != nil && !given.contains(node) {
      for range in topology.cpuRanges(of: node) { neighbours.append((range, node)) }
    }
    begin()
    for device in devices { give(device) }
    copyAliases()
    if let controller {
      let gic = fragment.addChild("gic", to: fragment.root)
      fragment.set("#interrupt-cells", .cell(3), on: gic)
      fragment.set("#address-cells", .cell(0), on: gic)
      fragment.set("interrupt-controller", .empty, on: gic)
      fragment.set("phandle", .cell(controller), on: gic)
    }
    return PassthroughPlan(fragment: fragment, marked: marked, devices: plans, diagnostics: diagnostics)
  }

  // MARK: The devices

  private mutating func findDevices() {
    for name in request.devices {
      guard let node = tree.node(atPathOrAlias: name) ?? tree.node(labelled: name) else {
        let near = nearestName(to: name, among: tree.walk().map { tree.path(of: $0) })
        fail(
          "passthrough-device", "no node of the host is called \(name)", at: Place(file: file),
          hint: near.map { "is \($0) meant?" })
        continue
      }
      guard node != tree.root, tree[node, "compatible"] != nil else {
        fail("passthrough-device", "\(tree.path(of: node)) is no device: it has no `compatible`", at: place(node))
        continue
      }
      if let owner = xensOwn(node) {
        fail("passthrough-device", "\(tree.path(of: node)) is \(owner), which Xen keeps for itself", at: place(node))
        continue
      }
      if given.contains(node) { continue }
      devices.removeAll { tree.walk(from: node).contains($0) }
      devices.append(node)
      given.formUnion(tree.walk(from: node))
    }
    for id in given {
      if let phandle = tree.phandle(of: id) { phandles.insert(phandle) }
    }
  }

  /// What a node is that no guest can have; nil for all others.
  private func xensOwn(_ node: DeviceTree.NodeID) -> String? {
    if topology.gicKind(of: node) != nil { return "the interrupt controller of the CPUs" }
    if topology.iommus().contains(where: { $0.node == node && $0.kind != .other }) { return "an IOMMU" }
    if tree[node, "device_type"]?.string == "pci" {
      return "a PCI host, with windows and messages for devices behind it"
    }
    if tree[node, "device_type"]?.string == "cpu" { return "a CPU" }
    if tree[node, "device_type"]?.string == "memory" { return "RAM" }
    let compatible = tree[node, "compatible"]?.strings ?? []
    return compatible.contains { $0.hasSuffix("-timer") && $0.hasPrefix("arm,armv") } ? "the timer of the CPUs" : nil
  }

  private mutating func begin() {
    fragment.set("#address-cells", .cell(2), on: fragment.root)
    fragment.set("#size-cells", .cell(2), on: fragment.root)
    bus = fragment.addChild("passthrough", to: fragment.root)
    fragment.set("compatible", .string("simple-bus"), on: bus)
    fragment.set("ranges", .empty, on: bus)
    fragment.set("#address-cells", .cell(2), on: bus)
    fragment.set("#size-cells", .cell(2), on: bus)
    // The host's number, unless Xen keeps those from there on for itself.
    let gic = tree.walk().first { topology.gicKind(of: $0) != nil }
    if let phandle = gic.flatMap({ tree.phandle(of: $0) }), phandle < Self.firstReserved { phandles.insert(phandle) }
  }

  /// Xen takes phandles from here on for its own nodes.
  static let firstReserved: UInt32 = 65000

  mutating func freshPhandle() -> UInt32 {
    var number: UInt32 = 1
    while phandles.contains(number) { number += 1 }
    phandles.insert(number)
    return number
  }

  /// The placeholder's phandle.
  mutating func gicPhandle(_ node: DeviceTree.NodeID) -> UInt32 {
    if let controller { return controller }
    var phandle = tree.phandle(of: node) ?? 0
    if phandle == 0 || phandle >= Self.firstReserved { phandle = freshPhandle() }
    controller = phandle
    return phandle
  }

  // MARK: Aliases

  private mutating func copyAliases() {
    guard let aliases = tree.node(at: "/aliases") else { return }
    var node: DeviceTree.NodeID?
    for property in tree[aliases].properties {
      guard let path = property.value.string, let target = tree.node(at: path), let copy = copies[target] else {
        continue
      }
      let owner = node ?? fragment.addChild("aliases", to: fragment.root)
      node = owner
      fragment.set(property.name, .string(fragment.path(of: copy)), on: owner)
    }
  }

  /// The fragment's nodes by those of the host.
  var copies: [DeviceTree.NodeID: DeviceTree.NodeID] = [:]

  // MARK: Saying things

  func place(_ node: DeviceTree.NodeID, property: String? = nil) -> Place {
    tree.place(of: node, property: property, file: file)
  }

  mutating func fail(_ rule: String, _ message: String, at place: Place, hint: String? = nil) {
    diagnostics.append(.error(rule, message, at: place, hint: hint))
  }

  mutating func warn(_ rule: String, _ message: String, at place: Place, hint: String? = nil) {
    diagnostics.append(.warning(rule, message, at: place, hint: hint))
  }
}

extension XenSystem {
  /// Plans how devices of a host's tree are given to a guest.
  ///
  /// - Parameters:
  ///   - tree: the host's tree, with phandles in place of references.
  ///   - file: the tree's file, for messages.
  public static func passthrough(
    _ request: PassthroughRequest, from tree: DeviceTree, file: String
  ) -> PassthroughPlan {
    var planner = PassthroughPlanner(request, tree: tree, file: file)
    return planner.plan()
  }
}
