// SPDX-License-Identifier: Apache-2.0

extension DeviceTree {
  /// Puts reservations in order by address and size, and properties and children of every node in order by the bytes of
  /// their names. What is equal keeps its order.
  public mutating func sort() {
    reservations.sort { ($0.address, $0.size) < ($1.address, $1.size) }
    for id in order() {
      let index = Int(id.index)
      nodes[index].properties.sort { Self.precedes($0.name, $1.name) }
      let before = Array(children(of: id))
      guard before.count > 1 else { continue }
      let after = before.sorted { Self.precedes(self[$0].name, self[$1].name) }
      for (at, child) in after.enumerated() {
        self[child].previousSibling = at > 0 ? after[at - 1] : nil
        self[child].nextSibling = at + 1 < after.count ? after[at + 1] : nil
      }
      nodes[index].firstChild = after.first
      nodes[index].lastChild = after.last
    }
  }

  private static func precedes(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
  }
}
