// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

// A blob with tables for overlays still says which bytes are references.

extension DeviceTree {
  /// Marks as references what `/__fixups__` and `/__local_fixups__` say are some, and makes the tree an overlay when it has
  /// one of the two. Entries that name nothing in the tree are left alone.
  ///
  /// - Parameter isLikeDtc: whether the bytes around a reference are taken for what dtc takes them.
  public mutating func adoptFixups(isLikeDtc: Bool = false) {
    let external = child(of: root, named: "__fixups__")
    let local = child(of: root, named: "__local_fixups__")
    guard external != nil || local != nil else { return }
    isPlugin = true
    var found = FoundReferences()
    if let external {
      for property in self[external].properties {
        for place in property.value.strings ?? [] { found.add(.label(property.name), at: place, in: self) }
      }
    }
    if let local { collect(local, &found) }
    for (id, properties) in found.places {
      for (at, references) in properties { mark(references, in: id, at, isLikeDtc) }
    }
  }

  /// Goes down the table and the tree side by side.
  private func collect(_ table: NodeID, _ found: inout FoundReferences) {
    let targets = PhandleTargets(self)
    var pending = [(twin: table, node: root)]
    while let (twin, node) = pending.popLast() {
      for property in self[twin].properties {
        guard let at = found.position(of: property.name, in: node, self) else { continue }
        let value = self[node].properties[at].value
        for offset in property.value.cells ?? [] {
          guard let phandle = value.cell(at: Int(offset)), let reference = targets[phandle] else { continue }
          found.places[node, default: [:]][at, default: [:]][Int(offset)] = reference
        }
      }
      for child in children(of: twin) {
        if let target = self.child(of: node, named: self[child].name) { pending.append((child, target)) }
      }
    }
  }

  private mutating func mark(_ references: [Int: Reference], in id: NodeID, _ at: Int, _ isLikeDtc: Bool) {
    let bytes = self[id].properties[at].value.bytes
    var marks: [PropertyValue.Mark] = []
    var end = 0
    func guess(_ range: Range<Int>) {
      guard !range.isEmpty else { return }
      let form = unsafe bytes.withUnsafeBufferPointer {
        unsafe PropertyValue.guess(UnsafeBufferPointer(rebasing: $0[range]), isLikeDtc: isLikeDtc)
      }
      marks.append(PropertyValue.Mark(offset: range.lowerBound, .form(form)))
    }
    for (offset, reference) in references.sorted(by: { $0.key < $1.key }) where offset >= end {
      guess(end..<offset)
      marks.append(PropertyValue.Mark(offset: offset, .form(.cells32)))
      marks.append(PropertyValue.Mark(offset: offset, .phandleOf(reference)))
      end = offset + 4
    }
    guess(end..<bytes.count)
    self[id].properties[at].value.marks = marks
  }
}

/// References by node, by the position of the property, and by offset.
private struct FoundReferences {
  var places: [DeviceTree.NodeID: [Int: [Int: Reference]]] = [:]
  /// The node asked for last, and where its properties stand: the tables name one property after the other.
  private var last: (node: DeviceTree.NodeID, positions: [String: Int])?

  /// Where the first property of that name stands in a node.
  mutating func position(of property: String, in node: DeviceTree.NodeID, _ tree: DeviceTree) -> Int? {
    let properties = tree[node].properties
    guard properties.count > 8 else { return properties.firstIndex { $0.name == property } }
    if let last, last.node == node { return last.positions[property] }
    let positions = Dictionary(zip(properties.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
    last = (node, positions)
    return positions[property]
  }

  /// - Parameter place: an entry of `/__fixups__`: `PATH:PROPERTY:OFFSET`.
  mutating func add(_ reference: Reference, at place: String, in tree: DeviceTree) {
    let parts = place.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let offset = Int(parts[2]), let node = tree.node(at: String(parts[0])),
      let at = position(of: String(parts[1]), in: node, tree),
      tree[node].properties[at].value.cell(at: offset) != nil
    else { return }
    places[node, default: [:]][at, default: [:]][offset] = reference
  }
}

/// How a source names the nodes that have phandles: by label where there is one, else by path.
private struct PhandleTargets {
  private var references: [UInt32: Reference] = [:]

  init(_ tree: borrowing DeviceTree) {
    for id in tree.order() {
      guard let phandle = tree[id, "phandle"]?.cell ?? tree[id, "linux,phandle"]?.cell, references[phandle] == nil
      else { continue }
      references[phandle] = tree[id].labels.first.map { .label($0) } ?? .path(tree.path(of: id))
    }
  }

  subscript(phandle: UInt32) -> Reference? { references[phandle] }
}

extension PropertyValue {
  /// The cell at a byte offset, or nil when the value has no four bytes there.
  fileprivate func cell(at offset: Int) -> UInt32? {
    guard offset >= 0, offset <= bytes.count - 4 else { return nil }
    return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
