// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

/// The nodes of a blob as values, found by parent and name. Parents stand before their children, the root is number 0.
struct NodeList {
  struct Property {
    var name: [UInt8]
    var value: [UInt8]

    /// The value of a phandle; nil for every other property.
    var phandle: UInt32? {
      guard value.count == 4, name.isSame(as: "phandle") || name.isSame(as: "linux,phandle") else { return nil }
      return value.word(at: 0)
    }
  }

  struct Node {
    var name: [UInt8]
    /// Of the root, the root itself.
    var parent: Int
    var properties: [Property] = []
    /// In the order in which they stand.
    var children: [Int] = []

    /// What stands before the `@`.
    var baseName: [UInt8] { Array(name.prefix { $0 != UInt8(ascii: "@") }) }
  }

  private struct ChildName: Hashable {
    var parent: Int
    var name: [UInt8]
  }

  var nodes: [Node] = [Node(name: [], parent: 0)]
  private var numbers: [ChildName: Int] = [:]
  private(set) var hasReservations = false

  /// A tree without anything.
  init() {}

  init(_ blob: [UInt8]) throws(FlattenedTreeError) {
    let tree = try FlattenedTree(blob.span)
    var reservations = tree.reservations
    hasReservations = try reservations.next() != nil
    var events = tree.events()
    var open: [Int] = []
    while let event = try events.next() {
      switch event {
      case .beginNode(let name):
        guard let parent = open.last else {
          open.append(0)
          continue
        }
        let bytes: [UInt8] = unsafe name.bytes.withUnsafeBytes { unsafe Array($0) }
        open.append(nodes.count)
        nodes[parent].children.append(nodes.count)
        numbers[ChildName(parent: parent, name: bytes)] = nodes.count
        nodes.append(Node(name: bytes, parent: parent))
      case .property(let property):
        guard let node = open.last else { continue }
        let name: [UInt8] = unsafe property.name.bytes.withUnsafeBytes { unsafe Array($0) }
        nodes[node].properties.append(Property(name: name, value: property.value.array))
      case .endNode: _ = open.popLast()
      }
    }
  }

  /// The child of a node by its full name; the last one, when there are several.
  func child(of parent: Int, named name: [UInt8]) -> Int? { numbers[ChildName(parent: parent, name: name)] }

  /// The full path of a node, made only for messages: a list of all would grow with the square of the depth.
  func path(of number: Int) -> [UInt8] {
    var names: [[UInt8]] = []
    var node = number
    while node != 0 {
      names.append(nodes[node].name)
      node = nodes[node].parent
    }
    var path: [UInt8] = names.isEmpty ? [UInt8(ascii: "/")] : []
    for name in names.reversed() {
      path.append(UInt8(ascii: "/"))
      path += name
    }
    return path
  }

  func spot(_ number: Int, _ property: [UInt8]? = nil) -> AdditionFault.Spot {
    AdditionFault.Spot(path: path(of: number), property: property)
  }
}
