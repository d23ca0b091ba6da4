// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// Who takes interrupts, and whether interrupts are written as that node wants them.
extension TreeCheck {
  static let interrupts: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .interruptsProperty, "interrupts_property", after: .phandleReferences,
      demands: "interrupts holds as many cells for each interrupt as its controller's #interrupt-cells says"
    ) { run in
      run.checkInterrupts()
    },
    TreeCheck(
      .interruptProvider, "interrupt_provider", after: .interruptsExtendedIsCell,
      demands: "#interrupt-cells stands in interrupt controllers and interrupt-map nodes, and only there"
    ) { run in
      run.checkInterruptProviders()
    },
    TreeCheck(
      .interruptMap, "interrupt_map", after: .phandleReferences, .addrSizeCells, .interruptProvider,
      each: "interrupt-map",
      demands: "interrupt-map holds whole entries, and interrupt-map-mask is as long as what it masks"
    ) { run, map in
      run.checkInterruptMap(map)
    },
  ]
}

/// Where a node's interrupts go.
private enum InterruptParent {
  /// To that node, because it stands above and takes interrupts.
  case node(Int32)
  /// Where that `interrupt-parent` says.
  case property(PropertyRef)
}

extension Inspection {
  fileprivate mutating func checkInterrupts() {
    let uses = uses(of: "interrupts")
    guard !uses.isEmpty else { return }
    let parents = interruptParents()
    for at in uses { checkInterrupts(properties.use(at), parents) }
  }

  private mutating func checkInterrupts(_ interrupts: PropertyRef, _ parents: [InterruptParent?]) {
    let node = interrupts.node
    let length = length(interrupts)
    if length % 4 != 0 {
      report(interrupts, "size (\(length)) is invalid, expected multiple of 4")
    }
    var controller: Int32?
    switch find("interrupt-parent", in: node).map({ .property($0) }) ?? parent(node).flatMap({ parents[Int($0)] }) {
    case .node(let above)?: controller = above
    case .property(let property)?:
      let phandle = cell(0, of: property) ?? 0
      if phandle == 0 || phandle == .max {
        // In an overlay the controller may be in the tree below.
        if isPlugin { return }
        report(property, "Invalid phandle")
      } else {
        guard let target = phandles[UInt64(phandle)] else { return report(property, "Bad phandle") }
        if find("interrupt-controller", in: target) == nil, find("interrupt-map", in: target) == nil {
          report(target, "Missing interrupt-controller or interrupt-map property")
        }
        controller = target
      }
    case nil: break
    }
    guard let controller else { return report(node, "Missing interrupt-parent") }
    guard let cells = find("#interrupt-cells", in: controller), let count = cell(0, of: cells) else {
      return
    }
    let size = Int(Int32(bitPattern: count) &* 4)
    if size == 0 ? length != 0 : length % size != 0 {
      report(node, cells, "size is (\(length)), expected multiple of \(size)")
    }
  }

  /// For each node: where the interrupts of its children go when they do not say so themselves.
  private func interruptParents() -> [InterruptParent?] {
    var parents = [InterruptParent?](repeating: nil, count: facts.count)
    let controller = tree.names.known("interrupt-controller")
    let map = tree.names.known("interrupt-map")
    let said = tree.names.known("interrupt-parent")
    for node in order {
      if properties.find(controller, in: node) != nil || properties.find(map, in: node) != nil {
        parents[Int(node)] = .node(node)
      } else if let said = properties.find(said, in: node) {
        parents[Int(node)] = .property(said)
      } else if let parent = parent(node) {
        parents[Int(node)] = parents[Int(parent)]
      }
    }
    return parents
  }

  fileprivate mutating func checkInterruptProviders() {
    let cells = tree.names.known("#interrupt-cells")
    let controller = tree.names.known("interrupt-controller")
    let map = tree.names.known("interrupt-map")
    for node in order {
      let takes = properties.find(controller, in: node) != nil || properties.find(map, in: node) != nil
      let counts = properties.find(cells, in: node) != nil
      if takes, !counts { report(node, "Missing '#interrupt-cells' in interrupt provider") }
      if counts, !takes { report(node, "'#interrupt-cells' found, but node is not an interrupt provider") }
    }
  }
}
