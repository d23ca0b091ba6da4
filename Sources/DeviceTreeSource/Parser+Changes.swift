// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics

// What statements do to the tree.
extension Parser {
  // MARK: Labels

  /// Makes the labels of the tree that the sources stand on known.
  mutating func adoptLabels() {
    for id in tree.order() {
      for label in tree[id].labels {
        let symbol = symbol(for: label)
        if labelled[Int(symbol.index)] < 0 { labelled[Int(symbol.index)] = id.index }
        wasLabel[Int(symbol.index)] = true
      }
    }
  }

  /// Gives the labels that stand in front of a node to it. Those of a later block come before those of earlier ones, each
  /// in front of the one before: that is the order in which dtc tells them in `/__symbols__`.
  mutating func addLabels(to node: NodeID, isNew: Bool = false) {
    guard !pendingLabels.isEmpty else { return }
    for site in pendingLabels {
      record(site)
      let name = symbols[site.label]
      if !tree[node].labels.contains(name) {
        tree[node].labels.insert(name, at: isNew ? tree[node].labels.count : 0)
      }
      // A label on two nodes is an error in the end; until then it means the first.
      if self.node(labelled: site.label) == nil { labelled[Int(site.label.index)] = node.index }
    }
  }

  func node(labelled label: Symbol) -> NodeID? {
    let index = labelled[Int(label.index)]
    guard index >= 0, !isDeleted[Int(index)] else { return nil }
    let id = NodeID(index: index)
    return tree[id].labels.contains(symbols[label]) ? id : nil
  }

  mutating func node(atReferencePath path: String) -> NodeID? {
    var current = tree.root
    var rest = path[...]
    if path.utf8.first != UInt8(ascii: "/") {
      let label = path.prefix { $0 != "/" }
      guard let start = node(labelled: symbol(for: String(label))) else { return nil }
      current = start
      rest = path[label.endIndex...]
    }
    for component in rest.split(separator: "/") {
      guard let next = tree.child(of: current, named: String(component)) else { return nil }
      current = next
    }
    return isDeleted[Int(current.index)] ? nil : current
  }

  // MARK: Properties

  /// Sets a property of the open node to the value just read.
  mutating func define(_ name: Symbol, labels: [LabelSite], location: SourceLocation) {
    guard let frame = frames.last else { return }
    for reference in valueReferences {
      referenceSites.append(
        ReferenceSite(
          node: frame.node, property: name, offset: reference.offset, start: reference.start,
          end: reference.end))
    }
    let position = position(of: name, in: frame)
    let value = takeValue()
    if name == phandleName || name == oldPhandleName { phandleHolders.append(frame.node) }
    if name == nodeName { nameHolders.append(frame.node) }
    if !labels.isEmpty {
      for label in labels { record(label) }
      hasPropertyLabels = true
    }
    guard let position, !(leavesChecks && frame.isNew) else {
      if tree[frame.node].properties.isEmpty { tree[frame.node].properties.reserveCapacity(6) }
      remember(name, in: frame, at: tree[frame.node].properties.count)
      tree[frame.node].properties.append(
        DeviceTree.Property(
          symbols[name], value, labels: labels.map { symbols[$0.label] }, location: location))
      return
    }
    if frame.isNew { reportDuplicateProperty(name, location, tree[frame.node].properties[position].location) }
    tree[frame.node].properties[position].value = value
    tree[frame.node].properties[position].location = location
    for label in labels {
      let label = symbols[label.label]
      guard !tree[frame.node].properties[position].labels.contains(label) else { continue }
      tree[frame.node].properties[position].labels.insert(label, at: 0)
    }
    if deletedProperties[frame.node]?.remove(position) != nil, deletedProperties[frame.node]?.isEmpty == true {
      deletedProperties[frame.node] = nil
    }
  }

  mutating func deleteProperty(_ name: Symbol) {
    guard let frame = frames.last else { return }
    let position = position(of: name, in: frame)
    if frame.isNew {
      if position == nil {
        // A later block that sets the property finds its place here.
        let count = tree[frame.node].properties.count
        tree[frame.node].properties.append(DeviceTree.Property(symbols[name], .empty))
        deletedProperties[frame.node, default: []].insert(count)
      }
      reportIneffectiveDeletion("/delete-property/", name, isDefined: position != nil)
      return
    }
    guard let position, deletedProperties[frame.node]?.contains(position) != true else {
      let names = tree[frame.node].properties.map(\.name)
      reportMissingDeletion("property", name, among: names)
      return
    }
    tree[frame.node].properties[position].labels = []
    tree[frame.node].properties[position].value = .empty
    deletedProperties[frame.node, default: []].insert(position)
  }

  /// Where a property stands in the open node. In a node that is new here, one that was only deleted does not count.
  private mutating func position(of name: Symbol, in frame: Frame) -> Int? {
    if frame.isNew {
      return seenInFrame[Int(name.index)] == frame.serial ? Int(seenAt[Int(name.index)]) : nil
    }
    let count = tree[frame.node].properties.count
    if count < Self.propertyIndexThreshold {
      let wanted = symbols[name]
      var deleted: Int?
      for position in 0..<count where tree[frame.node].properties[position].name == wanted {
        guard deletedProperties[frame.node]?.contains(position) == true else { return position }
        deleted = position
      }
      return deleted
    }
    if propertyIndex[frame.node] == nil {
      var index: [String: Int] = [:]
      for (position, property) in tree[frame.node].properties.enumerated() {
        let isDeleted = deletedProperties[frame.node]?.contains(position) == true
        if !isDeleted || index[property.name] == nil { index[property.name] = position }
      }
      propertyIndex[frame.node] = index
    }
    return propertyIndex[frame.node]?[symbols[name]]
  }

  private mutating func remember(_ name: Symbol, in frame: Frame, at position: Int) {
    if frame.isNew {
      seenInFrame[Int(name.index)] = frame.serial
      seenAt[Int(name.index)] = Int32(truncatingIfNeeded: position)
    } else if position >= Self.propertyIndexThreshold {
      propertyIndex[frame.node]?[symbols[name]] = position
    }
  }

  // MARK: Nodes

  mutating func deleteChild(_ name: Symbol) {
    guard let frame = frames.last else { return }
    if let child = tree.child(of: frame.node, named: symbols[name]), !isDeleted[Int(child.index)] {
      delete(child)
      return
    }
    if frame.isNew, tree.child(of: frame.node, named: symbols[name]) == nil {
      // A later block that defines the node finds its place here.
      let place = tree.addChild(symbols[name], to: frame.node)
      isDeleted.append(true)
      deletedNodes.append(place)
    }
    let names = tree.children(of: frame.node).filter { !isDeleted[Int($0.index)] }.map { tree[$0].name }
    reportMissingDeletion("node", name, among: names)
  }

  /// Marks a node and all below it as deleted.
  mutating func delete(_ node: NodeID) {
    var pending = [node]
    while let id = pending.popLast() {
      isDeleted[Int(id.index)] = true
      deletedNodes.append(id)
      tree[id].labels = []
      let count = tree[id].properties.count
      if count > 0 { deletedProperties[id] = Set(0..<count) }
      for position in 0..<count {
        tree[id].properties[position].labels = []
        tree[id].properties[position].value = .empty
      }
      var child = tree[id].firstChild
      while let next = child {
        if !isDeleted[Int(next.index)] { pending.append(next) }
        child = tree[next].nextSibling
      }
    }
  }

  /// Takes what is still deleted out of the tree.
  mutating func sweep() {
    for (node, positions) in deletedProperties where !isDeleted[Int(node.index)] {
      tree[node].properties = tree[node].properties.enumerated().filter { !positions.contains($0.offset) }
        .map(\.element)
    }
    for node in deletedNodes where isDeleted[Int(node.index)] {
      if leavesChecks, let parent = tree[node].parent { tree[parent].hasLostChildren = true }
      tree.remove(node)
    }
    if !leavesChecks { for node in nameHolders { dropName(of: node) } }
  }

  /// A `name` that says what the node is called anyway is a relic of early formats, and compilers leave it out.
  private mutating func dropName(of node: NodeID) {
    guard let name = tree[node, "name"]?.string, name == tree[node].baseName else { return }
    tree.removeProperty("name", from: node)
  }
}
