// SPDX-License-Identifier: Apache-2.0

// What a tree has to tell an overlay that comes later, and what an overlay has to tell whoever applies it.

/// A label that cannot be written as a property, because the node that would hold it has another property of that name.
public struct SymbolConflict: Error, Hashable, Sendable {
  public var label: String
  /// The path of the node that holds the properties.
  public var holder: String
}

extension DeviceTree {
  /// The name of the node in which a tree tells its labels.
  public static let symbolsName = "__symbols__"
  static let fixupsName = "__fixups__"
  static let localFixupsName = "__local_fixups__"

  /// Writes the path of every labelled node into a child of the root, one property a label, in tree order.
  ///
  /// - Parameters:
  ///   - name: the child, made when there is a label and no such child: `__symbols__` or `aliases`.
  ///   - phandleNames: the properties that give a labelled node its phandle where it has none yet, such as `phandle`;
  ///     none leaves nodes without phandle as they are.
  /// - Returns: the labels that were left out because the child has another property of that name.
  @discardableResult
  public mutating func writeLabels(to name: String, phandleNames: [String] = []) -> [SymbolConflict] {
    let labelled = order().filter { !nodes[Int($0.index)].labels.isEmpty }
    guard !labelled.isEmpty else { return [] }
    let holder = ensureChild(name, of: root)
    var known = Set(self[holder].properties.map(\.name))
    var conflicts: [SymbolConflict] = []
    var phandles = FreePhandles(of: self, isNeeded: !phandleNames.isEmpty)
    for id in labelled {
      let path = path(of: id)
      for label in self[id].labels {
        guard known.insert(label).inserted else {
          conflicts.append(SymbolConflict(label: label, holder: "/" + name))
          continue
        }
        self[holder].properties.append(Property(label, .string(path)))
      }
      guard !phandleNames.isEmpty, !self[id].properties.contains(where: \.isPhandle) else { continue }
      let phandle = phandles.take()
      for property in phandleNames { self[id].properties.append(Property(property, .cell(phandle))) }
    }
    return conflicts
  }

  /// Writes `/__fixups__` and `/__local_fixups__`: where phandles stand that must change when the tree is put on another.
  ///
  /// References must have been resolved with their marks kept. What names a label of this tree is local: the phandle is
  /// moved with the tree's other phandles. What names a label of another tree is looked up there by name.
  public mutating func writeFixups() {
    let labels = labelIndex()
    var fixups = Fixups()
    for id in order() {
      var path: String?
      for property in nodes[Int(id.index)].properties {
        var local = PropertyValue.empty
        for mark in property.value.marks {
          guard let reference = mark.kind.phandleReference else { continue }
          if case .label(let label) = reference, labels[label] == nil {
            let known = path ?? self.path(of: id)
            path = known
            fixups.add(label, "\(known):\(property.name):\(mark.offset)")
          } else {
            local.append(cell: UInt32(truncatingIfNeeded: mark.offset))
          }
        }
        if !local.isEmpty { fixups.local.append((id, Property(property.name, local))) }
      }
    }
    write(fixups)
  }

  private mutating func write(_ fixups: Fixups) {
    if !fixups.external.isEmpty {
      let holder = ensureChild(Self.fixupsName, of: root)
      // One look at what is there, not one for each label.
      let known = Dictionary(
        zip(self[holder].properties.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
      for fixup in fixups.external {
        if let at = known[fixup.label] {
          self[holder].properties[at].value.add(fixup.places)
        } else {
          self[holder].properties.append(Property(fixup.label, .strings(fixup.places)))
        }
      }
    }
    guard !fixups.local.isEmpty else { return }
    // Each node with local references has a twin at the same path below the node for them.
    var twins: [NodeID: NodeID] = [root: ensureChild(Self.localFixupsName, of: root)]
    // By twin: the properties that it had before, which a source may have written.
    var known: [NodeID: [String: Int]] = [:]
    for (id, property) in fixups.local {
      var missing: [NodeID] = []
      var current = id
      while twins[current] == nil, let parent = self[current].parent {
        missing.append(current)
        current = parent
      }
      guard var twin = twins[current] else { continue }
      for node in missing.reversed() {
        twin = ensureChild(self[node].name, of: twin)
        twins[node] = twin
      }
      if known[twin] == nil {
        known[twin] = Dictionary(
          zip(self[twin].properties.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
      }
      if let at = known[twin]?[property.name] {
        self[twin].properties[at].value.add(cellsOf: property.value)
      } else {
        self[twin].properties.append(property)
      }
    }
  }

  /// Takes away what still says which bytes are references, so that the tree can be flattened as it stands.
  ///
  /// - Parameter onlyPaths: whether marks of phandles stay.
  public mutating func forgetReferences(onlyPaths: Bool = false) {
    for id in order() {
      let index = Int(id.index)
      for at in nodes[index].properties.indices {
        let isForgotten = { (mark: PropertyValue.Mark) in
          if case .path = mark.kind { return true }
          return !onlyPaths && mark.kind.phandleReference != nil
        }
        guard nodes[index].properties[at].value.marks.contains(where: isForgotten) else { continue }
        nodes[index].properties[at].value.marks.removeAll(where: isForgotten)
      }
    }
  }

  /// Lets every labelled node stay when references are resolved, also one that goes when nothing refers to it: its label
  /// is told to trees that come later.
  public mutating func keepLabelledNodes() {
    for id in order() where nodes[Int(id.index)].isOmittedIfUnreferenced {
      if !self[id].labels.isEmpty { self[id].isOmittedIfUnreferenced = false }
    }
  }
}

extension PropertyValue.Kind {
  /// The node whose phandle stands here or shall stand here.
  var phandleReference: Reference? {
    switch self {
    case .phandle(let reference), .phandleOf(let reference): reference
    case .path, .label, .form: nil
    }
  }
}

extension PropertyValue {
  /// Adds a cell in angle brackets of its own.
  fileprivate mutating func append(cell: UInt32) {
    let more = PropertyValue.cell(cell)
    marks.append(Mark(offset: bytes.count, .form(.cells32)))
    bytes += more.bytes
  }

  /// Adds those of some strings that are not there yet.
  fileprivate mutating func add(_ strings: [String]) {
    var known = Set(bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
    for string in strings where known.insert(string).inserted {
      marks.append(Mark(offset: bytes.count, .form(.string)))
      bytes += PropertyValue.string(string).bytes
    }
  }

  /// Adds those cells of another value that are not there yet.
  fileprivate mutating func add(cellsOf other: PropertyValue) {
    var known = Set(cells ?? [])
    for cell in other.cells ?? [] where known.insert(cell).inserted { append(cell: cell) }
  }
}

/// What goes into `/__fixups__` and `/__local_fixups__`, in the order in which it is met.
private struct Fixups {
  var external: [(label: String, places: [String])] = []
  var local: [(node: DeviceTree.NodeID, property: DeviceTree.Property)] = []
  private var positions: [String: Int] = [:]

  mutating func add(_ label: String, _ place: String) {
    if let position = positions[label] {
      external[position].places.append(place)
    } else {
      positions[label] = external.count
      external.append((label, [place]))
    }
  }
}

/// The numbers that no node of a tree has as its phandle, from 1.
private struct FreePhandles {
  private var taken: Set<UInt32> = []
  private var next: UInt32 = 1

  init(of tree: borrowing DeviceTree, isNeeded: Bool) {
    guard isNeeded else { return }
    for id in tree.order() {
      for property in tree.nodes[Int(id.index)].properties where property.isPhandle {
        if let phandle = property.value.cell { taken.insert(phandle) }
      }
    }
  }

  mutating func take() -> UInt32 {
    while taken.contains(next) { next &+= 1 }
    defer { next &+= 1 }
    return next
  }
}
