// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

/// What a guest's tree has besides what its platform writes, from ``Guest/additions`` and ``Guest/model``.
struct Additions {
  let list: NodeList

  /// Nil for a guest whose tree is its platform's alone.
  ///
  /// - Throws: what is wrong with them whatever the platform writes.
  init?(_ guest: Guest, _ platform: GuestPlatform) throws(AdditionFault) {
    guard guest.additions != nil || guest.model != nil else { return nil }
    guard platform.takesAdditions else { throw .notTaken }
    var list = NodeList()
    if let blob = guest.additions {
      list = try AdditionFault.reading { () throws(FlattenedTreeError) in try NodeList(blob) }
    }
    if let model = guest.model {
      let name: StaticString = "model"
      guard !list.nodes[0].properties.contains(where: { $0.name.isSame(as: name) }) else {
        throw .describedElsewhere(list.spot(0, name.bytes))
      }
      list.nodes[0].properties.insert(NodeList.Property(name: name.bytes, value: model + [0]), at: 0)
    }
    self.list = list
    try check()
  }

  private func check() throws(AdditionFault) {
    guard !list.hasReservations else { throw .reservesMemory }
    for (number, node) in list.nodes.enumerated() {
      let isInRoot = node.parent == 0
      if node.name.isSame(as: "__overlay__") || isInRoot && node.name.isSame(as: "__fixups__") { throw .isOverlay }
      for child in node.children where list.child(of: number, named: list.nodes[child].name) != child {
        throw .twice(list.spot(child))
      }
      var names: Set<[UInt8]> = []
      for property in node.properties where !names.insert(property.name).inserted {
        throw .twice(list.spot(number, property.name))
      }
      guard isInRoot, node.name.isSame(as: "chosen") else { continue }
      for property in node.properties where Self.isDescribedElsewhere(property.name) {
        throw .describedElsewhere(list.spot(number, property.name))
      }
    }
  }

  private static func isDescribedElsewhere(_ name: [UInt8]) -> Bool {
    name.isSame(as: "bootargs") || name.isSame(as: "linux,initrd-start") || name.isSame(as: "linux,initrd-end")
  }

  /// Whether a node, which the platform does not write, says that there is RAM or a CPU.
  func isUnfounded(_ number: Int) -> Bool {
    let node = list.nodes[number]
    let parent = list.nodes[node.parent]
    if node.parent == 0, node.baseName.isSame(as: "memory") { return true }
    if parent.parent == 0, parent.name.isSame(as: "cpus"), node.baseName.isSame(as: "cpu") { return true }
    for property in node.properties where property.name.isSame(as: "device_type") {
      if property.value.isSame(as: "memory\0") || property.value.isSame(as: "cpu\0") { return true }
    }
    return false
  }
}
