// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// What a host's device tree says of the machine: its memory, its CPUs and its interrupt controller.
public struct Machine: Hashable, Sendable {
  /// A range of addresses and the node or entry that names it.
  public struct Region: Hashable, Sendable {
    public var range: Range<UInt64>
    /// The node's path, or `/memreserve/`.
    public var name: String

    public init(range: Range<UInt64>, name: String) {
      self.range = range
      self.name = name
    }
  }

  /// Banks of RAM in the order of the tree, as Xen reads them: `/memory*` with device_type "memory", not disabled.
  public var memory: [Region] = []
  /// What the firmware keeps: children of `/reserved-memory` and the memory reservation block.
  public var reserved: [Region] = []
  /// CPUs that are not disabled.
  public var cpuCount = 0
  /// The most specific compatible string of the first CPU, such as `arm,cortex-a57`.
  public var cpuCompatible: String?
  /// The root's compatible strings, the most specific one first.
  public var compatible: [String] = []
  public var interruptController: GICKind?

  public init(_ tree: DeviceTree) {
    compatible = tree[tree.root, "compatible"]?.strings ?? []
    for id in tree.children(of: tree.root) where tree.isEnabled(id) {
      if tree[id].baseName == "memory", tree[id, "device_type"]?.string == "memory" {
        memory += regions(of: id, under: tree.root, in: tree)
      }
    }
    if let parent = tree.node(at: "/reserved-memory") {
      for id in tree.children(of: parent) where tree.isEnabled(id) {
        reserved += regions(of: id, under: parent, in: tree)
      }
    }
    for entry in tree.reservations {
      let end = entry.address.addingReportingOverflow(entry.size)
      reserved.append(
        Region(range: entry.address..<(end.overflow ? .max : end.partialValue), name: "/memreserve/"))
    }
    readCPUs(tree)
    for id in tree.walk() where tree[id, "interrupt-controller"] != nil {
      guard let kind = tree[id, "compatible"]?.strings.flatMap(GICKind.init(compatible:)) else { continue }
      interruptController = kind
      break
    }
  }

  /// The addresses of RAM.
  public var ram: AddressSet { AddressSet(memory.map(\.range)) }

  private func regions(
    of id: DeviceTree.NodeID, under parent: DeviceTree.NodeID, in tree: DeviceTree
  ) -> [Region] {
    guard let reg = tree[id, "reg"], let ranges = tree.ranges(reg, under: parent) else { return [] }
    let name = tree.path(of: id)
    return ranges.filter { !$0.isEmpty }.map { Region(range: $0, name: name) }
  }

  private mutating func readCPUs(_ tree: DeviceTree) {
    guard let cpus = tree.node(at: "/cpus") else { return }
    for id in tree.children(of: cpus) where tree[id, "device_type"]?.string == "cpu" && tree.isEnabled(id) {
      cpuCount += 1
      if cpuCompatible == nil { cpuCompatible = tree[id, "compatible"]?.strings?.first }
    }
  }
}
