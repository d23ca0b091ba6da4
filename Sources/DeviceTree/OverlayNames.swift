// SPDX-License-Identifier: Apache-2.0

/// Finds children, properties and paths by name, in time that does not grow with their number.
///
/// Names are taken as libfdt takes them, which overlays rely on: a name without unit address stands for the
/// first child of that name with any unit address or none, and a path may start at an alias.
///
/// It remembers what it has seen of a tree, so whoever changes that tree has to say so.
struct OverlayNames {
  /// Up to this many names are compared one by one.
  private static let few = 16

  private var children: [DeviceTree.NodeID: [String: DeviceTree.NodeID]] = [:]
  private var properties: [DeviceTree.NodeID: [String: Int]] = [:]

  // MARK: Children

  mutating func child(
    of parent: DeviceTree.NodeID, named name: String, in tree: DeviceTree
  ) -> DeviceTree.NodeID? {
    if let known = children[parent] { return known[name] }
    if Int(tree[parent].childCount) <= Self.few {
      var next = tree[parent].firstChild
      while let child = next {
        if Self.matches(tree[child].name, name) { return child }
        next = tree[child].nextSibling
      }
      return nil
    }
    var index: [String: DeviceTree.NodeID] = [:]
    index.reserveCapacity(2 * Int(tree[parent].childCount))
    var next = tree[parent].firstChild
    while let child = next {
      let name = tree[child].name
      if index[name] == nil { index[name] = child }
      if let base = Self.withoutUnitAddress(name), index[base] == nil { index[base] = child }
      next = tree[child].nextSibling
    }
    children[parent] = index
    return index[name]
  }

  /// A node has become the first child of `parent`.
  mutating func addedFirst(_ child: DeviceTree.NodeID, named name: String, to parent: DeviceTree.NodeID) {
    guard children[parent] != nil else { return }
    children[parent]?[name] = child
    if let base = Self.withoutUnitAddress(name) { children[parent]?[base] = child }
  }

  /// Whether a node's name is the one wanted, or begins with it and has a unit address where the wanted one
  /// has none.
  private static func matches(_ name: String, _ wanted: String) -> Bool {
    if name == wanted { return true }
    let (name, wanted) = (name.utf8, wanted.utf8)
    guard name.count > wanted.count, name.starts(with: wanted) else { return false }
    return name[name.index(name.startIndex, offsetBy: wanted.count)] == UInt8(ascii: "@")
      && !wanted.contains(UInt8(ascii: "@"))
  }

  private static func withoutUnitAddress(_ name: String) -> String? {
    name.utf8.firstIndex(of: UInt8(ascii: "@")).map { String(name[..<$0]) }
  }

  // MARK: Properties

  /// Where in a node's properties the one of that name stands.
  mutating func property(_ name: String, of node: DeviceTree.NodeID, in tree: DeviceTree) -> Int? {
    if let known = properties[node] { return known[name] }
    if tree[node].properties.count <= Self.few {
      return tree[node].properties.firstIndex { $0.name == name }
    }
    var index: [String: Int] = [:]
    index.reserveCapacity(tree[node].properties.count)
    for (position, property) in tree[node].properties.enumerated() where index[property.name] == nil {
      index[property.name] = position
    }
    properties[node] = index
    return index[name]
  }

  /// A node has got one more property.
  mutating func added(_ name: String, to node: DeviceTree.NodeID, at position: Int) {
    properties[node]?[name] = position
  }

  /// The phandle of a node: `phandle` counts before `linux,phandle`; zero and all ones are none.
  mutating func phandle(of node: DeviceTree.NodeID, in tree: DeviceTree) -> UInt32? {
    for name in ["phandle", "linux,phandle"] {
      guard let at = property(name, of: node, in: tree) else { continue }
      if let cell = tree[node].properties[at].value.bytes.onlyCell { return cell.asPhandle }
    }
    return nil
  }

  // MARK: Paths

  enum Resolution {
    case found(DeviceTree.NodeID)
    /// The first component that is not there, and the node that lacks it.
    case missing(String, in: DeviceTree.NodeID)
    /// The path does not start at the root, and what it starts with is no alias of a full path.
    case noAlias(String)
  }

  mutating func resolve(_ path: String, in tree: DeviceTree) -> Resolution {
    if path.utf8.first == UInt8(ascii: "/") { return resolve(path[...], from: tree.root, in: tree) }
    let end = path.utf8.firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
    let alias = String(path[..<end])
    guard let aliases = child(of: tree.root, named: "aliases", in: tree),
      let at = property(alias, of: aliases, in: tree),
      let target = tree[aliases].properties[at].value.string, target.utf8.first == UInt8(ascii: "/")
    else { return .noAlias(alias) }
    let start = resolve(target[...], from: tree.root, in: tree)
    guard case .found(let node) = start else { return start }
    return resolve(path[end...], from: node, in: tree)
  }

  private mutating func resolve(
    _ path: Substring, from start: DeviceTree.NodeID, in tree: DeviceTree
  ) -> Resolution {
    var current = start
    let slash = UInt8(ascii: "/")
    var rest = path.utf8
    while let start = rest.firstIndex(where: { $0 != slash }) {
      rest = rest[start...]
      let end = rest.firstIndex(of: slash) ?? rest.endIndex
      let name = String(Substring(rest[..<end]))
      guard let next = child(of: current, named: name, in: tree) else { return .missing(name, in: current) }
      current = next
      rest = rest[end...]
    }
    return .found(current)
  }
}

extension [UInt8] {
  /// The value as one big-endian cell, or nil when it is not four bytes long.
  var onlyCell: UInt32? { count == 4 ? cell(at: 0) : nil }

  /// The big-endian cell at an offset, or nil when it reaches beyond the end.
  func cell(at offset: Int) -> UInt32? {
    guard offset >= 0, count >= 4, offset <= count - 4 else { return nil }
    return self[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Puts a big-endian cell at an offset; does nothing when it reaches beyond the end.
  mutating func setCell(_ cell: UInt32, at offset: Int) {
    guard offset >= 0, count >= 4, offset <= count - 4 else { return }
    for (byte, shift) in [24, 16, 8, 0].enumerated() {
      self[offset + byte] = UInt8(truncatingIfNeeded: cell >> UInt32(shift))
    }
  }
}
