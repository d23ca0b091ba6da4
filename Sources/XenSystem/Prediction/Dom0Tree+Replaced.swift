// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Machine
internal import XenFacts

/// The nodes of the host's tree that Xen writes anew for dom0.
extension Dom0Tree {
  mutating func addInterruptController(to parent: DeviceTree.NodeID) {
    guard let controller else { return }
    let host = controller.node
    // Up to Xen 4.20 always this name, without unit address.
    let node = result.addChild("interrupt-controller", to: parent)
    func copy(_ name: String) {
      if let value = source[host, name] { result.set(name, value, on: node) }
    }
    if let phandle = controller.phandle { result.set("phandle", .cell(phandle), on: node) }
    copy("#address-cells")
    copy("#size-cells")
    result.set("#interrupt-cells", .cell(3), on: node)
    result.set("interrupt-controller", .empty, on: node)
    copy("compatible")
    if controller.isV3 {
      let regions = source[host, "#redistributor-regions"]?.cell ?? 1
      result.set("#redistributor-regions", .cell(regions), on: node)
      keepRegisters(of: host, count: 1 + Int(regions), on: node)
    } else {
      keepRegisters(of: host, count: 2, on: node)
      addMessageFrames(of: host, to: node)
    }
  }

  /// The first tuples of the controller's `reg`: what dom0 may not see of it comes behind.
  private mutating func keepRegisters(of host: DeviceTree.NodeID, count: Int, on node: DeviceTree.NodeID) {
    guard let parent = source[host].parent, let reg = source[host, "reg"]?.cells else { return }
    let sizes = source.cellSizes(of: parent)
    let length = min(max(sizes.address + sizes.size, 0) * count, reg.count)
    result.set("reg", .cells(Array(reg[..<length])), on: node)
  }

  private mutating func addMessageFrames(of host: DeviceTree.NodeID, to node: DeviceTree.NodeID) {
    for child in source.children(of: host)
    where source[child, "compatible"]?.strings?.contains("arm,gic-v2m-frame") ?? false {
      result.set("ranges", .empty, on: node)
      let frame = result.addChild("v2m", to: node)
      result.set("compatible", .string("arm,gic-v2m-frame"), on: frame)
      result.set("msi-controller", .empty, on: frame)
      for name in ["phandle", "reg"] {
        if let value = source[child, name] { result.set(name, value, on: frame) }
      }
      for name in ["arm,msi-base-spi", "arm,msi-num-spis"] {
        result.set(name, source[child, name] ?? .cell(0), on: frame)
        if source[child, name] == nil {
          open.append(
            .init(
              node: result.path(of: frame), property: name,
              reason: "Xen reads it from the frame's MSI_TYPER register"))
        }
      }
    }
  }

  mutating func addTimer(_ host: DeviceTree.NodeID, to parent: DeviceTree.NodeID) {
    let node = result.addChild("timer", to: parent)
    result.set("compatible", .string("arm,armv8-timer"), on: node)
    // Secure, non-secure and virtual; the hypervisor's own is kept.
    let cells = source[host, "interrupts"]?.cells ?? []
    let lines = stride(from: 0, to: min(cells.count, 9), by: 3).map { cells[$0..<min($0 + 3, cells.count)] }
    result.set("interrupts", .cells(lines.flatMap { Array($0.prefix(2)) + [0xf08] }), on: node)
    if let phandle = controller?.phandle { result.set("interrupt-parent", .cell(phandle), on: node) }
    if let frequency = source[host, "clock-frequency"] { result.set("clock-frequency", frequency, on: node) }
  }
}
