// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree

/// One pass over a tree that notes every phandle.
struct DependencyReader {
  let topology: Topology
  private(set) var dependencies: [Dependency] = []
  private(set) var unreadable: [(node: DeviceTree.NodeID, property: String)] = []
  /// What is known of each name met so far.
  private var properties: [String: DependencyProperty?] = [:]

  init(topology: Topology) { self.topology = topology }

  mutating func read() {
    let tree = topology.tree
    read(tree.root)
    for top in tree.children(of: tree.root) where !Self.isText(tree[top].name) {
      for id in tree.walk(from: top) { read(id) }
    }
  }

  /// Nodes that name others by path or label, or that hold what the firmware says.
  private static func isText(_ name: String) -> Bool {
    ["aliases", "chosen", "__symbols__", "__fixups__", "__local_fixups__"].contains(name)
  }

  private mutating func read(_ id: DeviceTree.NodeID) {
    let tree = topology.tree
    for at in tree[id].properties.indices {
      let property = tree[id].properties[at]
      guard property.value.bytes.count >= 4, property.value.bytes.count % 4 == 0 else { continue }
      if let known = known(property.name) {
        // A hog's lines are of the node above, with no phandle before them.
        if known.kind == .gpio, tree[id, "gpio-hog"] != nil { continue }
        read(property, as: known, of: id)
      } else if !readMarks(property, of: id) {
        guess(property, of: id)
      }
    }
  }

  private mutating func known(_ name: String) -> DependencyProperty? {
    if let known = properties[name] { return known }
    let known = DependencyProperty.named(name)
    properties[name] = .some(known)
    return known
  }

  private mutating func read(_ property: DeviceTree.Property, as known: DependencyProperty, of id: DeviceTree.NodeID) {
    switch known.form {
    case .interruptMap: readInterruptMap(of: id)
    case .list, .plain, .head, .groups:
      let list = list(property.value, known.form)
      let names = known.names.flatMap { topology.tree[id, $0]?.strings } ?? []
      for (index, item) in list.places.enumerated() {
        guard let item else { continue }
        add(
          .init(
            user: id, property: property.name, index: index, kind: known.kind, phandle: item.phandle,
            target: item.target, specifier: item.specifier, name: index < names.count ? names[index] : nil))
        if known.kind == .mailbox { readChannels(item, index, property, of: id) }
      }
      if !list.isWhole { unreadable.append((id, property.name)) }
    }
  }

  private func list(_ value: PropertyValue, _ form: DependencyProperty.Form) -> PhandleList {
    switch form {
    case .list(let cells, let isOptional): return topology.phandleList(value, cells: cells, isOptional: isOptional)
    case .head: return groups(value, before: 0, after: max(0, value.bytes.count / 4 - 1))
    case .groups(let before, let after): return groups(value, before: before, after: after)
    case .plain, .interruptMap: return topology.phandleList(value, cells: nil)
    }
  }

  private func groups(_ value: PropertyValue, before: Int, after: Int) -> PhandleList {
    var list = PhandleList()
    guard var cells = CellReader(value) else { return list }
    while !cells.isAtEnd {
      guard let first = cells.take(before), let phandle = cells.take(), let rest = cells.take(after) else {
        list.isWhole = false
        return list
      }
      let isNone = phandle == 0 || phandle == .max
      list.places.append(
        isNone
          ? nil
          : PhandleList.Item(phandle: phandle, target: topology.node(phandle: phandle), specifier: first + rest))
    }
    return list
  }

  /// Some mailboxes name a channel by the phandle of a node of theirs.
  private mutating func readChannels(
    _ item: PhandleList.Item, _ index: Int, _ property: DeviceTree.Property, of id: DeviceTree.NodeID
  ) {
    for phandle in item.specifier {
      guard let channel = topology.node(phandle: phandle), topology.tree[channel].parent == item.target else {
        continue
      }
      add(
        .init(user: id, property: property.name, index: index, kind: .mailbox, phandle: phandle, target: channel))
    }
  }

  private mutating func readInterruptMap(of id: DeviceTree.NodeID) {
    do throws(InterruptFault) {
      for (index, entry) in (try topology.interruptMap(of: id)?.entries ?? []).enumerated() {
        add(
          .init(
            user: id, property: "interrupt-map", index: index, kind: .interrupt,
            phandle: topology.tree.phandle(of: entry.parent) ?? 0, target: entry.parent, specifier: entry.specifier))
      }
    } catch {
      if case .noNode(_, _, let phandle) = error {
        add(.init(user: id, property: "interrupt-map", kind: .interrupt, phandle: phandle, target: nil))
      }
      unreadable.append((id, "interrupt-map"))
    }
  }

  /// Takes a source's word for where references stand. False when the value has none.
  private mutating func readMarks(_ property: DeviceTree.Property, of id: DeviceTree.NodeID) -> Bool {
    let offsets = property.value.marks.compactMap { mark -> Int? in
      switch mark.kind {
      case .phandle, .phandleOf: mark.offset % 4 == 0 ? mark.offset / 4 : nil
      case .label, .path, .form: nil
      }
    }
    guard !offsets.isEmpty, let cells = property.value.cells else { return false }
    for (index, cell) in offsets.enumerated() where cell >= 0 && cell < cells.count {
      let end = index + 1 < offsets.count ? min(offsets[index + 1], cells.count) : cells.count
      let target = topology.node(phandle: cells[cell])
      add(
        .init(
          user: id, property: property.name, index: index, kind: target.map(kind) ?? .other, phandle: cells[cell],
          target: target, specifier: end > cell ? Array(cells[cell + 1..<end]) : [], evidence: .source))
    }
    return true
  }

  private func kind(of target: DeviceTree.NodeID) -> Dependency.Kind {
    topology.tree[target, "compatible"]?.strings?.contains("syscon") ?? false ? .syscon : .other
  }

  private mutating func guess(_ property: DeviceTree.Property, of id: DeviceTree.NodeID) {
    guard !Self.isNumeric(property.name), let cells = property.value.cells, let first = cells.first,
      let target = topology.node(phandle: first), target != id,
      let shape = topology.shape(of: property.name, naming: target, cells: cells)
    else { return }
    let list = list(property.value, shape.form)
    // A guess that does not come out even was none.
    guard list.isWhole else { return }
    for (index, item) in list.places.enumerated() {
      guard let item else { continue }
      add(
        .init(
          user: id, property: property.name, index: index, kind: shape.kind, phandle: item.phandle,
          target: item.target, specifier: item.specifier, evidence: .shape))
    }
  }

  /// Properties of the specification and of common bindings that never hold a phandle.
  private static func isNumeric(_ name: String) -> Bool {
    name.hasPrefix("#") || numeric.contains(name)
  }

  private static let numeric: Set<String> = [
    "reg", "ranges", "dma-ranges", "interrupts", "phandle", "linux,phandle", "compatible", "status", "model",
    "interrupt-map-mask", "bus-range", "virtual-reg", "linux,code", "linux,input-type", "linux,pci-domain",
    "opp-supported-hw", "qcom,domain",
  ]

  private mutating func add(_ dependency: Dependency) { dependencies.append(dependency) }
}
