// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree

/// A value that lists phandles, each followed by cells.
struct PhandleList {
  struct Item {
    var phandle: UInt32
    /// Nil when no node has that phandle.
    var target: DeviceTree.NodeID?
    var specifier: [UInt32]
  }

  /// What could be read, with a place for each phandle of 0 or -1, which stand for an entry left out.
  var places: [Item?] = []
  /// Whether the value could be read to its end.
  var isWhole = true

  var items: [Item] { places.compactMap { $0 } }
}

extension Topology {
  /// Reads phandles, each followed by as many cells as the node that it names says in a property of that name.
  ///
  /// - Parameter cells: nil when no cells follow.
  /// - Parameter isOptional: whether a node that does not say wants none. Reading ends at a node that must say and does not.
  func phandleList(_ value: PropertyValue, cells property: String?, isOptional: Bool = false) -> PhandleList {
    var list = PhandleList()
    guard var cells = CellReader(value) else {
      list.isWhole = false
      return list
    }
    while let phandle = cells.take() {
      if phandle == 0 || phandle == .max {
        list.places.append(nil)
        continue
      }
      var item = PhandleList.Item(phandle: phandle, target: node(phandle: phandle), specifier: [])
      guard let property else {
        list.places.append(item)
        continue
      }
      let count = item.target.flatMap { cellCount(property, of: $0) } ?? (isOptional && item.target != nil ? 0 : nil)
      // Without the count nobody knows where the next phandle stands.
      guard let count, let specifier = cells.take(count) else {
        list.places.append(item)
        list.isWhole = false
        return list
      }
      item.specifier = specifier
      list.places.append(item)
    }
    return list
  }
}
