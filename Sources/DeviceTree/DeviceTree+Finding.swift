// SPDX-License-Identifier: Apache-2.0

// MARK: - Labels and aliases

extension DeviceTree {
  /// Every node label of the tree. Where a label stands on two nodes, the first in tree order counts.
  public func labelIndex() -> [String: NodeID] {
    let order = order()
    var index: [String: NodeID] = [:]
    index.reserveCapacity(order.reduce(0) { $0 + nodes[Int($1.index)].labels.count })
    for id in order {
      for label in nodes[Int(id.index)].labels where index[label] == nil {
        index[label] = id
      }
    }
    return index
  }

  /// The node that carries a label, or nil. Takes one pass over the tree: for many look-ups use ``labelIndex()``.
  public func node(labelled label: String) -> NodeID? {
    order().first { nodes[Int($0.index)].labels.contains(label) }
  }

  /// The node that a reference names, or nil. The path may start at the root or at a label (`label/rel/path`).
  public func node(for reference: Reference) -> NodeID? {
    node(for: reference) { node(labelled: $0) }
  }

  func node(for reference: Reference, label look: (String) -> NodeID?) -> NodeID? {
    switch reference {
    case .label(let label):
      return look(label)
    case .path(let path):
      if path.utf8.first == UInt8(ascii: "/") { return node(at: path) }
      let parts = path.split(separator: "/", maxSplits: 1)
      guard let label = parts.first, let start = look(String(label)) else { return nil }
      return parts.count == 1 ? start : node(atRelativePath: parts[1], from: start)
    }
  }

  /// The node that a person names as `/a/b`, `serial0` or `serial0/x`: by full path, or by a path that starts with a
  /// name defined in `/aliases`. What follows a `:` are options for the node's user and is left out.
  public func node(atPathOrAlias text: String) -> NodeID? {
    let path = text.prefix { $0 != ":" }
    if path.utf8.first == UInt8(ascii: "/") { return node(at: String(path)) }
    let parts = path.split(separator: "/", maxSplits: 1)
    guard let alias = parts.first, let aliases = child(of: root, named: "aliases"),
      let target = self[aliases, String(alias)]?.string, let start = node(at: target)
    else { return nil }
    return parts.count == 1 ? start : node(atRelativePath: parts[1], from: start)
  }

  private func node(atRelativePath path: Substring, from start: NodeID) -> NodeID? {
    var current = start
    for component in path.split(separator: "/") {
      guard let next = child(of: current, named: String(component)) else { return nil }
      current = next
    }
    return current
  }

  /// The boot CPU of a tree that does not say: the `reg` of the first node in `/cpus`, or 0.
  public var firstCPU: UInt32 {
    guard let cpus = child(of: root, named: "cpus"), let first = self[cpus].firstChild else { return 0 }
    return self[first, "reg"]?.cell ?? 0
  }

  /// The ids of all nodes in tree order: the same as ``walk(from:)``, for loops that change the tree.
  package func order() -> [NodeID] {
    var order: [NodeID] = []
    order.reserveCapacity(nodes.count)
    var current = root
    while true {
      order.append(current)
      if let child = nodes[Int(current.index)].firstChild {
        current = child
        continue
      }
      while nodes[Int(current.index)].nextSibling == nil {
        guard let parent = nodes[Int(current.index)].parent else { return order }
        current = parent
      }
      guard let sibling = nodes[Int(current.index)].nextSibling else { return order }
      current = sibling
    }
  }

  /// Gives nodes the labels that a blob keeps in `/__symbols__`, a later one in front of an earlier one.
  ///
  /// - Returns: the labels whose path leads to no node.
  @discardableResult
  public mutating func adoptSymbols() -> [(label: String, path: String)] {
    guard let symbols = child(of: root, named: "__symbols__") else { return [] }
    var missing: [(label: String, path: String)] = []
    for symbol in self[symbols].properties {
      guard let path = symbol.value.string else { continue }
      guard let target = node(at: path) else {
        missing.append((symbol.name, path))
        continue
      }
      if !self[target].labels.contains(symbol.name) { self[target].labels.insert(symbol.name, at: 0) }
    }
    return missing
  }
}
