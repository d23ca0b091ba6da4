// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Machine

/// A `xen,domain-shared-memory-v1` node that can be read.
struct SharedMemoryNode {
  var node: DeviceTree.NodeID
  /// `xen,shm-id`.
  var id: String
  /// An index into ``Ownership/domains``.
  var domain: Int
  /// Nil where Xen takes the memory from its heap.
  var host: Range<UInt64>?
  var guest: Range<UInt64>
  var isOwner: Bool
}

extension Ownership {
  /// Memory that domains share, as far as its nodes can be read: of guests, and of dom0 right below `/chosen`.
  var sharedRegions: [SharedMemoryNode] {
    guard let chosen = dom0Tree.chosen else { return [] }
    var result: [SharedMemoryNode] = []
    for (index, domain) in domains.enumerated() {
      let parent = domain.node ?? chosen
      let sizes = tree.cellSizes(of: parent, inherited: true)
      for node in tree.children(of: parent) {
        if let region = sharedRegion(node, of: index, sizes) { result.append(region) }
      }
    }
    return result
  }

  private func sharedRegion(_ node: DeviceTree.NodeID, of domain: Int, _ sizes: CellSizes) -> SharedMemoryNode? {
    guard tree[node, "compatible"]?.lists("xen,domain-shared-memory-v1") ?? false,
      let id = tree[node, "xen,shm-id"]?.string, let cells = tree[node, "xen,shared-mem"]?.cells,
      (1...2).contains(sizes.address), (1...2).contains(sizes.size)
    else { return nil }
    let starts = cells.count - sizes.size
    guard starts == sizes.address || starts == 2 * sizes.address else { return nil }
    func number(_ cells: ArraySlice<UInt32>) -> UInt64 { cells.reduce(0) { $0 << 32 | UInt64($1) } }
    let size = number(cells[starts...])
    let guest = number(cells[(starts - sizes.address)..<starts])
    let host = starts == sizes.address ? nil : number(cells[..<sizes.address])
    return SharedMemoryNode(
      node: node, id: id, domain: domain, host: host.map { $0..<$0.saturatingAdd(size) },
      guest: guest..<guest.saturatingAdd(size), isOwner: tree[node, "role"]?.string == "owner")
  }
}
