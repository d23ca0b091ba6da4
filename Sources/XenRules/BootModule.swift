// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
internal import Machine
public import XenFacts

extension Subject {
  /// A node that Xen takes for a boot module (xen/common/device-tree/bootinfo-fdt.c).
  public struct BootModule: Sendable {
    public var node: DeviceTree.NodeID
    /// Nil when its compatible strings name none.
    public var kind: ModuleKind?
    /// The domain that it stands in; nil for dom0's and Xen's own.
    public var guest: DeviceTree.NodeID?
    /// Nil when `reg` is absent, too short, or unreadable.
    public var range: Range<UInt64>?
    public var uefiBinary: String?
    /// The file behind it; nil when nobody gave one.
    public var file: ModuleFile?
  }

  /// Xen looks three levels deep: /chosen/module, /chosen/container/module, /chosen/domain/module.
  static func modules(
    below chosen: DeviceTree.NodeID, guests: Set<DeviceTree.NodeID>, in tree: DeviceTree
  ) -> [BootModule] {
    var result: [BootModule] = []
    func visit(_ node: DeviceTree.NodeID, guest: DeviceTree.NodeID?) {
      guard let value = tree[node, "compatible"],
        value.lists(ModuleKind.module) || value.lists(ModuleKind.legacyModule), let parent = tree[node].parent
      else { return }
      let compatible = value.strings ?? []
      // Xen looks at the first tuple and leaves the others.
      let range = tree[node, "reg"].flatMap { reg in
        firstRange(of: reg, cells: tree.cellSizes(of: parent, inherited: true))
      }
      result.append(
        BootModule(
          node: node, kind: ModuleKind(compatible: compatible), guest: guest, range: range,
          uefiBinary: tree[node, "xen,uefi-binary"]?.string))
    }
    for child in tree.children(of: chosen) {
      visit(child, guest: nil)
      for grandchild in tree.children(of: child) {
        visit(grandchild, guest: guests.contains(child) ? child : nil)
      }
    }
    return result
  }

  /// The first address and size of a value; nil when it is shorter, or does not fit into 64 bits.
  private static func firstRange(of reg: PropertyValue, cells sizes: CellSizes) -> Range<UInt64>? {
    guard (1...2).contains(sizes.address), (1...2).contains(sizes.size), let cells = reg.cells,
      cells.count >= sizes.address + sizes.size
    else { return nil }
    func number(_ cells: ArraySlice<UInt32>) -> UInt64 { cells.reduce(0) { $0 << 32 | UInt64($1) } }
    let start = number(cells[..<sizes.address])
    let (end, overflow) = start.addingReportingOverflow(number(cells[sizes.address...].prefix(sizes.size)))
    return overflow ? nil : start..<end
  }
}
