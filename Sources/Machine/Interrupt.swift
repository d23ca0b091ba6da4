// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// An interrupt of a device, followed through nexus nodes to the controller that takes it.
public struct Interrupt: Hashable, Sendable {
  public var controller: DeviceTree.NodeID
  /// As the controller wants it.
  public var specifier: [UInt32]
  /// What it means to the controller, when that is a GIC.
  public var gic: GICInterrupt?
  /// From `interrupt-names`.
  public var name: String?

  public init(controller: DeviceTree.NodeID, specifier: [UInt32], gic: GICInterrupt? = nil, name: String? = nil) {
    self.controller = controller
    self.specifier = specifier
    self.gic = gic
    self.name = name
  }
}

/// Why a device's interrupts cannot be followed. Each names the node and the property at fault.
public enum InterruptFault: Error, Hashable, Sendable {
  /// Nothing above the node takes interrupts.
  case noParent(DeviceTree.NodeID)
  /// A phandle that no node has.
  case noNode(DeviceTree.NodeID, String, phandle: UInt32)
  /// A node that takes interrupts does not say how many cells they have.
  case noCells(DeviceTree.NodeID, String)
  /// A value ends within an entry.
  case badLength(DeviceTree.NodeID, String)
  /// The nexus maps other interrupts, but not this one.
  case notMapped(at: DeviceTree.NodeID)
  /// Nexus nodes that lead round in a circle.
  case circle(DeviceTree.NodeID)
}

extension Topology {
  /// The node that takes a node's interrupts: the one that `interrupt-parent` names, here or above, or the nearest one above
  /// that counts interrupt cells (specification, section 2.4). A GIC takes its own maintenance interrupt.
  public func interruptParent(of id: DeviceTree.NodeID) throws(InterruptFault) -> DeviceTree.NodeID {
    var current = id
    // An interrupt-parent may lead to a node that takes none itself, and it is looked for from there.
    var steps = 0
    while true {
      var next = tree[current].parent
      if let phandle = tree[current, "interrupt-parent"]?.cell {
        guard let named = node(phandle: phandle) else { throw .noNode(current, "interrupt-parent", phandle: phandle) }
        next = named
        steps += 1
      }
      guard let candidate = next else { throw .noParent(id) }
      if tree[candidate, "#interrupt-cells"] != nil { return candidate }
      guard steps <= Self.longestChain else { throw .circle(id) }
      current = candidate
    }
  }

  /// The interrupts of a node, in their order: those of `interrupts-extended`, else those of `interrupts`.
  public func interrupts(of id: DeviceTree.NodeID) throws(InterruptFault) -> [Interrupt] {
    let names = tree[id, "interrupt-names"]?.strings ?? []
    var sources: [(controller: DeviceTree.NodeID, specifier: [UInt32])] = []
    if let extended = tree[id, "interrupts-extended"] {
      let property = "interrupts-extended"
      guard var cells = CellReader(extended) else { throw .badLength(id, property) }
      while let phandle = cells.take() {
        // 0 leaves a place in the list empty.
        if phandle == 0 || phandle == .max { continue }
        guard let parent = node(phandle: phandle) else { throw .noNode(id, property, phandle: phandle) }
        guard let count = cellCount("#interrupt-cells", of: parent) else { throw .noCells(parent, "#interrupt-cells") }
        guard let specifier = cells.take(count) else { throw .badLength(id, property) }
        sources.append((parent, specifier))
      }
    } else if let interrupts = tree[id, "interrupts"] {
      let property = "interrupts"
      let parent = try interruptParent(of: id)
      guard let count = cellCount("#interrupt-cells", of: parent), count > 0 else {
        throw .noCells(parent, "#interrupt-cells")
      }
      guard var cells = CellReader(interrupts) else { throw .badLength(id, property) }
      while !cells.isAtEnd {
        guard let specifier = cells.take(count) else { throw .badLength(id, property) }
        sources.append((parent, specifier))
      }
    }
    var result: [Interrupt] = []
    let address = tree[id, "reg"]?.cells ?? []
    for source in sources {
      var interrupt = try follow(source.specifier, to: source.controller, address: address)
      interrupt.name = result.count < names.count ? names[result.count] : nil
      result.append(interrupt)
    }
    return result
  }

  /// The kind of GIC that a node is, if it is one.
  public func gicKind(of id: DeviceTree.NodeID) -> GICKind? {
    tree[id, "interrupt-controller"] == nil ? nil : tree[id, "compatible"]?.strings.flatMap(GICKind.init(compatible:))
  }

  /// Follows an interrupt from the node that it is addressed to, through nexus nodes, to a controller.
  func follow(
    _ specifier: [UInt32], to start: DeviceTree.NodeID, address: [UInt32]
  ) throws(InterruptFault) -> Interrupt {
    var (current, specifier, address) = (start, specifier, address)
    for _ in 0...Self.longestChain {
      if tree[current, "interrupt-controller"] != nil {
        let gic = gicKind(of: current).flatMap { _ in GICInterrupt(cells: specifier) }
        return Interrupt(controller: current, specifier: specifier, gic: gic)
      }
      if let map = try interruptMap(of: current) {
        guard let entry = map.entry(address: address, specifier: specifier) else { throw .notMapped(at: current) }
        (current, specifier, address) = (entry.parent, entry.specifier, entry.parentAddress)
      } else {
        current = try interruptParent(of: current)
      }
    }
    throw .circle(start)
  }

  /// More controllers than any machine puts one behind the other.
  static let longestChain = 32
}
