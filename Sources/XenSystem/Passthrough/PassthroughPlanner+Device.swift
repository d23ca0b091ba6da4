// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine

extension PassthroughPlanner {
  /// Copies a device and what is below it, node by node.
  mutating func give(_ device: DeviceTree.NodeID) {
    var plan = PassthroughPlan.Device(path: tree.path(of: device))
    var isReached = false
    for node in tree.walk(from: device) {
      let registers = mappings(of: node)
      let copy = fragment.addChild(name(of: node, registers), to: tree[node].parent.flatMap { copies[$0] } ?? bus)
      copies[node] = copy
      copyProperties(of: node, to: copy, registers, isTop: node == device, &plan)
      if tree[node, "interrupt-controller"] != nil, fragment[copy, "#address-cells"] == nil {
        // Newer dtc wants it said.
        fragment.set("#address-cells", .cell(0), on: copy)
      }
      if registers.isEmpty { continue }
      isReached = true
      plan.registers += registers.map { PassthroughPlan.Mapping(host: $0.host, guest: $0.guest) }
      addXenProperties(of: node, to: copy, registers)
      warnOfNeighbours(of: node, registers)
      marked.append(tree.path(of: node))
    }
    removeIdleCells(below: copies[device] ?? bus)
    if !isReached {
      fail(
        "passthrough-device",
        "\(plan.path) has no registers that the CPUs reach, so there is nothing that Xen could map for a guest",
        at: place(device), hint: "give the controller that it stands on")
    }
    warnOfPartners(of: device)
    plans.append(plan)
  }

  /// Cells that count nothing are left out: dtc frowns on them, and what they counted may have stayed behind.
  private mutating func removeIdleCells(below top: DeviceTree.NodeID) {
    for node in fragment.walk(from: top) {
      let counts =
        fragment[node, "ranges"] != nil || fragment[node, "dma-ranges"] != nil
        || fragment.children(of: node).contains { fragment[$0, "reg"] != nil || fragment[$0, "ranges"] != nil }
      guard !counts else { continue }
      fragment.removeProperty("#size-cells", from: node)
      if fragment[node, "interrupt-controller"] == nil, fragment[node, "interrupt-map"] == nil {
        fragment.removeProperty("#address-cells", from: node)
      }
    }
  }

  /// An entry of `reg` with its place in the guest.
  struct Registers {
    /// The host's own range, and the guest's.
    var host: Range<UInt64>
    var guest: Range<UInt64>
    /// The pages around it.
    var hostPages: Range<UInt64>
    var guestPages: Range<UInt64>
  }

  private mutating func mappings(of node: DeviceTree.NodeID) -> [Registers] {
    guard let registers = topology.registers(of: node) else {
      // Below a device, as on PCI, addresses need not be numbers that the CPUs know.
      guard devices.contains(node) else { return [] }
      fail("passthrough-device", "the `reg` of \(tree.path(of: node)) cannot be read", at: place(node, property: "reg"))
      return []
    }
    var result: [Registers] = []
    for range in registers.compactMap(\.cpu) where !range.isEmpty {
      let pages = range.pages
      guard let guestPages = addresses.guestPages(for: pages) else {
        fail(
          "passthrough-device", "there is no room in the guest's addresses for \(describe(pages))",
          at: place(node, property: "reg"))
        continue
      }
      let start = guestPages.lowerBound + (range.lowerBound - pages.lowerBound)
      result.append(
        Registers(
          host: range, guest: start..<(start + (range.upperBound - range.lowerBound)), hostPages: pages,
          guestPages: guestPages))
    }
    return result
  }

  /// A node that is reached by address bears the address that the guest reaches it by.
  private func name(of node: DeviceTree.NodeID, _ registers: [Registers]) -> String {
    guard let first = registers.first, tree[node].unitAddress != nil else { return tree[node].name }
    return "\(tree[node].baseName)@\(String(first.guest.lowerBound, radix: 16))"
  }

  // MARK: Properties

  private mutating func copyProperties(
    of node: DeviceTree.NodeID, to copy: DeviceTree.NodeID, _ registers: [Registers], isTop: Bool,
    _ plan: inout PassthroughPlan.Device
  ) {
    let isBus =
      tree[node, "ranges"] != nil || tree.children(of: node).contains { !topology.cpuRanges(of: $0).isEmpty }
    var needs: [String: [Dependency]] = [:]
    for dependency in graph.needs(of: node) { needs[dependency.property, default: []].append(dependency) }
    for property in tree[node].properties {
      switch property.name {
      case _ where property.name.hasPrefix("xen,"): continue
      case "linux,phandle", "interrupt-parent", "assigned-clock-rates": continue
      case "phandle": copyPhandle(property, of: node, to: copy)
      case "reg" where !registers.isEmpty: fragment.set("reg", cells(registers.map(\.guest)), on: copy)
      case "ranges" where isBus: fragment.set("ranges", .empty, on: copy)
      case "#address-cells" where isBus: fragment.set("#address-cells", .cell(2), on: copy)
      case "#size-cells" where isBus: fragment.set("#size-cells", .cell(2), on: copy)
      case "dma-ranges" where isBus: copyDMARanges(of: node, to: copy)
      case "interrupts", "interrupts-extended": copyInterrupts(of: node, to: copy, property.name, registers, &plan)
      case "status": copyStatus(property, of: node, to: copy, isTop: isTop)
      case "iommu-map-mask": continue
      default:
        if let dependencies = needs[property.name] {
          copyDependencies(dependencies, property, of: node, to: copy, &plan)
        } else if !isNamesOfDependencies(property.name, needs) {
          fragment.set(property.name, PropertyValue(bytes: property.value.bytes), on: copy)
        }
      }
    }
    closeRanksOfPins(of: node, on: copy)
    for (unreadable, property) in graph.unreadable where unreadable == node && !request.drops.contains(property) {
      fail(
        "passthrough-choice",
        "the `\(property)` of \(tree.path(of: node)) cannot be read, so nobody can tell what it needs",
        at: place(node, property: property), hint: "leave it out with --drop \(property)")
    }
  }

  /// Lists of names go along with the lists that they belong to.
  private func isNamesOfDependencies(_ name: String, _ needs: [String: [Dependency]]) -> Bool {
    needs.keys.contains { Dependency.namesProperty(of: $0) == name }
  }

  /// The names of pin states belong to `pinctrl-0`, `pinctrl-1` and so on. When a state stays behind, the further ones move up.
  private mutating func closeRanksOfPins(of node: DeviceTree.NodeID, on copy: DeviceTree.NodeID) {
    guard let names = tree[node, "pinctrl-names"]?.strings else { return }
    let states = names.indices.filter { fragment[copy, "pinctrl-\($0)"] != nil || tree[node, "pinctrl-\($0)"] == nil }
    guard states.count < names.count else { return }
    let values = states.map { fragment[copy, "pinctrl-\($0)"] }
    for index in names.indices { fragment.removeProperty("pinctrl-\(index)", from: copy) }
    fragment.removeProperty("pinctrl-names", from: copy)
    guard !states.isEmpty else { return }
    for (index, value) in values.enumerated() { value.map { fragment.set("pinctrl-\(index)", $0, on: copy) } }
    fragment.set("pinctrl-names", .strings(states.map { names[$0] }), on: copy)
  }

  private mutating func copyPhandle(
    _ property: DeviceTree.Property, of node: DeviceTree.NodeID, to copy: DeviceTree.NodeID
  ) {
    guard let phandle = property.value.cell, phandle < Self.firstReserved else {
      fail(
        "passthrough-device",
        "\(tree.path(of: node)) has the phandle \(property.value.cell.map { "\($0)" } ?? "of another length"), and Xen keeps those from \(Self.firstReserved) on for itself",
        at: place(node, property: "phandle"), hint: "compile the host's tree from its source, which numbers them anew")
      return
    }
    fragment.set("phandle", .cell(phandle), on: copy)
  }

  private mutating func copyStatus(
    _ property: DeviceTree.Property, of node: DeviceTree.NodeID, to copy: DeviceTree.NodeID, isTop: Bool
  ) {
    if !isTop || tree.isEnabled(node) {
      fragment.set("status", PropertyValue(bytes: property.value.bytes), on: copy)
      return
    }
    warn(
      "passthrough-disabled",
      "\(tree.path(of: node)) is not in use on the host; it is given to the guest as if it were",
      at: place(node, property: "status"),
      hint: "look whether the board has what the device needs: its pins, its clocks")
  }

  private mutating func copyDMARanges(of node: DeviceTree.NodeID, to copy: DeviceTree.NodeID) {
    switch topology.dmaMapping(of: node) {
    case .identity?: fragment.set("dma-ranges", .empty, on: copy)
    case .windows(let windows)?:
      let numbers = windows.flatMap { [$0.bus.lowerBound, $0.parentStart, $0.bus.upperBound - $0.bus.lowerBound] }
      fragment.set("dma-ranges", .numbers(numbers), on: copy)
    case .some(.none), .malformed?, nil:
      fail(
        "passthrough-device", "the `dma-ranges` of \(tree.path(of: node)) cannot be read",
        at: place(node, property: "dma-ranges"))
    }
  }

  /// Addresses and sizes of two cells each.
  private func cells(_ ranges: [Range<UInt64>]) -> PropertyValue {
    .numbers(ranges.flatMap { [$0.lowerBound, $0.upperBound - $0.lowerBound] })
  }

  // MARK: Interrupts

  private mutating func copyInterrupts(
    of node: DeviceTree.NodeID, to copy: DeviceTree.NodeID, _ property: String, _ registers: [Registers],
    _ plan: inout PassthroughPlan.Device
  ) {
    if property == "interrupts", tree[node, "interrupts-extended"] != nil || request.drops.contains("interrupts") {
      return
    }
    if request.drops.contains(property) { return }
    let interrupts: [Interrupt]
    do throws(InterruptFault) {
      interrupts = try topology.interrupts(of: node)
    } catch {
      fail(
        "passthrough-interrupt", "the interrupts of \(tree.path(of: node)) lead nowhere",
        at: place(node, property: property), hint: "leave them out with --drop \(property)")
      return
    }
    if interrupts.allSatisfy({ given.contains($0.controller) }) {
      fragment.set(property, PropertyValue(bytes: tree[node, property]?.bytes ?? []), on: copy)
      if let parent = tree[node, "interrupt-parent"] {
        fragment.set("interrupt-parent", PropertyValue(bytes: parent.bytes), on: copy)
      }
      return
    }
    var cells: [UInt32] = []
    var gic: DeviceTree.NodeID?
    for interrupt in interrupts {
      guard let line = interrupt.gic, line.kind == .spi else {
        let what = interrupt.gic.map { "is \($0)" } ?? "goes to \(tree.path(of: interrupt.controller))"
        fail(
          "passthrough-interrupt",
          "an interrupt of \(tree.path(of: node)) \(what), and Xen passes on shared interrupts of the GIC alone",
          at: place(node, property: property),
          hint: interrupt.gic == nil
            ? "give that controller too, or leave the interrupts out with --drop \(property)" : nil)
        return
      }
      gic = interrupt.controller
      cells += interrupt.specifier.prefix(3)
      plan.interrupts.append("\(line)")
    }
    guard let gic else { return }
    if registers.isEmpty {
      fail(
        "passthrough-interrupt",
        "\(tree.path(of: node)) has interrupts but no registers, and Xen passes on the interrupts of what it maps alone",
        at: place(node, property: property), hint: "leave them out with --drop \(property)")
      return
    }
    fragment.set("interrupts", .cells(cells), on: copy)
    fragment.set("interrupt-parent", .cell(gicPhandle(gic)), on: copy)
  }

  // MARK: For Xen

  private mutating func addXenProperties(
    of node: DeviceTree.NodeID, to copy: DeviceTree.NodeID, _ registers: [Registers]
  ) {
    var seen: Set<Range<UInt64>> = []
    var numbers: [UInt64] = []
    for entry in registers where seen.insert(entry.hostPages).inserted {
      let size = entry.hostPages.upperBound - entry.hostPages.lowerBound
      numbers += [entry.hostPages.lowerBound, size, entry.guestPages.lowerBound]
    }
    fragment.set("xen,reg", .numbers(numbers), on: copy)
    fragment.set("xen,path", .string(tree.path(of: node)), on: copy)
    guard !isBehindIOMMU(node) else { return }
    if let reason = masterReason(node) {
      guard request.iommuWaiver != nil else {
        failForDMA(of: node, because: reason)
        return
      }
    }
    fragment.set("xen,force-assign-without-iommu", .empty, on: copy)
  }

  private mutating func failForDMA(of node: DeviceTree.NodeID, because reason: String) {
    let idle = topology.protector(of: node).flatMap { tree.isEnabled($0.node) ? nil : tree.path(of: $0.node) }
    fail(
      "passthrough-dma",
      "\(tree.path(of: node)) reaches memory by itself (\(reason)), and "
        + (idle.map { "the IOMMU in front of it, \($0), is not in use" } ?? "no IOMMU is in front of it")
        + ": the guest could read and write all memory of the machine, and its addresses are not those of the device",
      at: place(node),
      hint: (idle == nil ? "" : "enable the IOMMU in the host's tree, by an overlay; or ")
        + "give the guest its memory one to one (direct-map), and say so with a reason: --waive-iommu REASON")
  }
}
