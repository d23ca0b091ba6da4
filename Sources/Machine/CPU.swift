// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// A CPU of the machine, from its node in `/cpus`.
public struct CPU: Hashable, Sendable {
  public var node: DeviceTree.NodeID
  /// The bits of MPIDR that name it; nil when `reg` cannot be read.
  public var id: UInt64?
  public var compatible: [String]
  public var enableMethod: String?
  public var isEnabled: Bool
}

extension Topology {
  /// The CPUs in the order of the tree, disabled ones too.
  public func cpus() -> [CPU] {
    guard let parent = tree.node(at: "/cpus") else { return [] }
    let width = tree.cellSizes(of: parent).address
    return tree.children(of: parent).filter { tree[$0, "device_type"]?.string == "cpu" }.map { id in
      CPU(
        node: id,
        id: tree[id, "reg"].flatMap { CellReader($0) }.flatMap { cells in
          var cells = cells
          return cells.number(cells: width)
        }, compatible: tree[id, "compatible"]?.strings ?? [], enableMethod: tree[id, "enable-method"]?.string,
        isEnabled: tree.isEnabled(id))
    }
  }
}
