// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

// What statements do to the tree.
extension Parser {
  mutating func setLocation(of node: NodeID, _ location: SourceLocation) {
    tree[node].location = location
    tree[node].hasLocation = true
  }

  // MARK: Labels

  /// Makes the labels of the tree that the sources stand on known.
  mutating func adoptLabels() {
    var node: Int32 = 0
    while node >= 0 {
      var label = tree.nodes[node].firstLabel
      while label >= 0 {
        let name = tree.labels[label].name.index
        if names[name].labelled < 0 { names[name].labelled = node }
        names[name].wasLabel = true
        label = tree.labels[label].next
      }
      node = tree.successor(of: node)
    }
  }

  /// Gives the labels that stand in front of a node to it. Those of a later block come before those of earlier ones, each
  /// in front of the one before: that is the order in which dtc tells them in `/__symbols__`.
  mutating func addLabels(to node: NodeID, isNew: Bool = false) {
    for at in 0..<pendingLabels.count {
      let site = pendingLabels[at]
      record(site)
      if !tree.hasLabel(site.label, in: tree[node].firstLabel) {
        var list = tree[node].firstLabel
        tree.insert(site.label, in: &list, atEnd: isNew)
        tree[node].firstLabel = list
      }
      // A label on two nodes is an error in the end; until then it means the first.
      if self.node(labelled: site.label) == nil { names[site.label.index].labelled = node.index }
    }
  }

  mutating func node(labelled label: Symbol) -> NodeID? {
    let index = names[label.index].labelled
    guard index >= 0, !tree.nodes[index].isDeleted else { return nil }
    return tree.hasLabel(label, in: tree.nodes[index].firstLabel) ? NodeID(index: index) : nil
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
    guard let found = tree.node(at: rest, from: current) else { return nil }
    return tree[found].isDeleted ? nil : found
  }

  // MARK: Properties

  /// Sets a property of the open node to the value just read, with the labels that stand in front of it.
  mutating func define(_ name: Symbol, location: SourceLocation) {
    guard !frames.isEmpty else { return }
    let (node, isNew) = (frames[frames.count - 1].node, frames[frames.count - 1].isNew)
    for at in firstReference..<referenceSites.count {
      referenceSites[at].node = node
      referenceSites[at].property = name
    }
    let known = property(name, in: frames.count - 1)
    if name.index <= nodeName.index {
      if name == phandleName || name == oldPhandleName { phandleHolders.append(node) }
      if name == nodeName { nameHolders.append(node) }
    }
    for at in 0..<pendingLabels.count {
      record(pendingLabels[at])
      hasPropertyLabels = true
    }
    guard let known, !(leavesChecks && isNew) else {
      let new = append(name, to: node, location: location)
      remember(name, new, in: frames.count - 1)
      if !pendingLabels.isEmpty {
        var list: Int32 = -1
        for at in 0..<pendingLabels.count { tree.insert(pendingLabels[at].label, in: &list, atEnd: true) }
        tree.properties[new].firstLabel = list
      }
      return
    }
    if isNew {
      let first = tree.properties[known].hasLocation ? tree.properties[known].location : nil
      reportDuplicateProperty(name, location, first)
    }
    let value = takeValue(name, of: node, location: location)
    tree.properties[known].start = value.start
    tree.properties[known].count = value.count
    tree.properties[known].form = value.form
    tree.properties[known].firstMark = value.firstMark
    tree.properties[known].markCount = value.markCount
    tree.properties[known].location = value.location
    tree.properties[known].hasLocation = true
    tree.properties[known].isDeleted = false
    for at in 0..<pendingLabels.count {
      let label = pendingLabels[at].label
      guard !tree.hasLabel(label, in: tree.properties[known].firstLabel) else { continue }
      var list = tree.properties[known].firstLabel
      tree.insert(label, in: &list, atEnd: false)
      tree.properties[known].firstLabel = list
    }
  }

  mutating func deleteProperty(_ name: Symbol) {
    guard !frames.isEmpty else { return }
    let (node, isNew) = (frames[frames.count - 1].node, frames[frames.count - 1].isNew)
    let known = property(name, in: frames.count - 1)
    if isNew {
      if known == nil {
        // A later block that sets the property finds its place here.
        var place = CompactTree.Property(name: name, node: node.index)
        place.isDeleted = true
        _ = tree.append(place)
        deletedHolders.append(node.index)
      }
      reportIneffectiveDeletion("/delete-property/", name, isDefined: known != nil)
      return
    }
    guard let known, !tree.properties[known].isDeleted else {
      var names: [String] = []
      var at = tree[node].firstProperty
      while at >= 0 {
        names.append(tree.names[tree.properties[at].name])
        at = tree.properties[at].next
      }
      reportMissingDeletion("property", name, among: names)
      return
    }
    empty(known)
    deletedHolders.append(node.index)
  }

  private mutating func empty(_ property: Int32) {
    tree.properties[property].firstLabel = -1
    tree.properties[property].count = 0
    tree.properties[property].markCount = 0
    tree.properties[property].form = nil
    tree.properties[property].isDeleted = true
  }

  /// A property of an open node. In a node that is new here, one that was only deleted does not count.
  private mutating func property(_ name: Symbol, in frame: Int) -> Int32? {
    if frames[frame].isNew {
      return names[name.index].seenInFrame == frames[frame].serial ? names[name.index].seenAt : nil
    }
    let node = frames[frame].node.index
    if tree.nodes[node].propertyCount < Self.propertyIndexThreshold {
      var deleted: Int32?
      var at = tree.nodes[node].firstProperty
      while at >= 0 {
        if tree.properties[at].name == name {
          guard tree.properties[at].isDeleted else { return at }
          deleted = at
        }
        at = tree.properties[at].next
      }
      return deleted
    }
    if propertyIndex[node, Symbol.none.index] == nil {
      propertyIndex.set(node, Symbol.none.index, node)
      var at = tree.nodes[node].firstProperty
      while at >= 0 {
        let name = tree.properties[at].name.index
        if !tree.properties[at].isDeleted || propertyIndex[node, name] == nil { propertyIndex.set(node, name, at) }
        at = tree.properties[at].next
      }
    }
    return propertyIndex[node, name.index]
  }

  private mutating func remember(_ name: Symbol, _ property: Int32, in frame: Int) {
    if frames[frame].isNew {
      names[name.index].seenInFrame = frames[frame].serial
      names[name.index].seenAt = property
    } else if propertyIndex[frames[frame].node.index, Symbol.none.index] != nil {
      propertyIndex.set(frames[frame].node.index, name.index, property)
    }
  }

  // MARK: Nodes

  mutating func deleteChild(_ name: Symbol) {
    guard !frames.isEmpty else { return }
    let (node, isNew) = (frames[frames.count - 1].node, frames[frames.count - 1].isNew)
    let known = tree.child(of: node, named: name)
    frames[frames.count - 1].hasPlaceholders = true
    if let known, !tree[known].isDeleted {
      delete(known)
      return
    }
    if isNew, known == nil {
      // A later block that defines the node finds its place here.
      let place = tree.addChild(name, to: node)
      tree[place].isDeleted = true
      deletedNodes.append(place)
    }
    var names: [String] = []
    var child = tree[node].firstChild
    while child >= 0 {
      if !tree.nodes[child].isDeleted { names.append(tree.names[tree.nodes[child].name]) }
      child = tree.nodes[child].nextSibling
    }
    reportMissingDeletion("node", name, among: names)
  }

  /// Marks a node and all below it as deleted.
  mutating func delete(_ node: NodeID) {
    var pending = [node]
    while let id = pending.popLast() {
      tree[id].isDeleted = true
      deletedNodes.append(id)
      tree[id].firstLabel = -1
      var property = tree[id].firstProperty
      if property >= 0 { deletedHolders.append(id.index) }
      while property >= 0 {
        empty(property)
        property = tree.properties[property].next
      }
      var child = tree[id].firstChild
      while child >= 0 {
        if !tree.nodes[child].isDeleted { pending.append(NodeID(index: child)) }
        child = tree.nodes[child].nextSibling
      }
    }
  }

  /// Takes what is still deleted out of the tree.
  mutating func sweep() {
    for at in 0..<deletedHolders.count where !tree.nodes[deletedHolders[at]].isDeleted {
      tree.removeProperties(of: deletedHolders[at]) { tree, property in tree.properties[property].isDeleted }
    }
    for at in 0..<deletedNodes.count {
      let node = deletedNodes[at]
      guard tree[node].isDeleted else { continue }
      let parent = tree[node].parent
      if leavesChecks, parent >= 0 { tree.nodes[parent].hasLostChildren = true }
      tree.remove(node)
    }
    if !leavesChecks { for node in nameHolders { dropName(of: node) } }
  }

  /// A `name` that says what the node is called anyway is a relic of early formats, and compilers leave it out.
  private mutating func dropName(of node: NodeID) {
    guard let property = tree.find(nodeName, in: node.index) else { return }
    let baseName = Array(tree.names[tree[node].name].utf8.prefix { $0 != UInt8(ascii: "@") })
    guard unsafe tree.value(property).elementsEqual(baseName + [0]) else { return }
    let name = nodeName
    tree.removeProperties(of: node.index) { tree, property in tree.properties[property].name == name }
  }
}
