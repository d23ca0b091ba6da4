// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

// Phandles are learned, references become phandles and paths, and nodes that nothing refers to go.
extension TreeCheck {
  static let references: InlineArray<_, TreeCheck> = [
    TreeCheck(
      .explicitPhandles, "explicit_phandles",
      demands: "a phandle is one cell, neither 0 nor -1, and belongs to one node"
    ) { run in
      run.learnPhandles()
    },
    TreeCheck(
      .phandleReferences, "phandle_references", after: .duplicateNodeNames, .explicitPhandles,
      demands: "a reference among cells names a node of the tree"
    ) { run in
      run.resolvePhandles()
    },
    TreeCheck(
      .pathReferences, "path_references", after: .duplicateNodeNames,
      demands: "a reference outside of cells names a node of the tree"
    ) { run in
      run.resolvePaths()
    },
    TreeCheck(
      .omitUnusedNodes, "omit_unused_nodes", after: .phandleReferences, .pathReferences,
      demands: "nodes marked with /omit-if-no-ref/ go when nothing refers to them"
    ) { run in
      run.omitUnusedNodes()
    },
  ]
}

// MARK: - Phandles that the tree gives

extension Inspection {
  fileprivate mutating func learnPhandles() {
    let current = tree.names.known("phandle")
    let legacy = tree.names.known("linux,phandle")
    var at = 0
    while at < properties.phandles.count {
      let node = properties.phandles[at].node
      while at < properties.phandles.count, properties.phandles[at].node == node { at += 1 }
      let first = properties.find(current, in: node).map { readPhandle($0) } ?? 0
      let second = properties.find(legacy, in: node).map { readPhandle($0) } ?? 0
      if first == 0 && second == 0 { continue }
      if first != 0, second != 0, first != second {
        report(node, "mismatching 'phandle' and 'linux,phandle' properties")
      }
      let phandle = first != 0 ? first : second
      if let other = phandles[UInt64(phandle)] {
        report(node, "duplicated phandle 0x\(hex(phandle)) (seen before at \(path: other))")
        continue
      }
      facts[node].phandle = phandle
      phandles.set(UInt64(phandle), node)
    }
  }

  /// The phandle that a property gives its node; 0 when it gives none, or asks for one by referring to its own node.
  private mutating func readPhandle(_ property: PropertyRef) -> UInt32 {
    let length = length(property)
    guard length == 4, let phandle = cell(0, of: property) else {
      let name = name(of: property)
      report(property, "bad length (\(length)) \(name) property")
      return 0
    }
    let first = tree.properties[property.index].firstMark
    for mark in first..<first + tree.properties[property.index].markCount {
      let mark = tree.marks[mark]
      guard mark.kind == .phandleToLabel || mark.kind == .phandleToPath else { continue }
      if target(of: mark) != property.node {
        let name = name(of: property)
        report(property.node, "\(name) is a reference to another node")
      }
      return 0
    }
    guard phandle != 0, phandle != .max else {
      let name = name(of: property)
      report(property, "bad value (0x\(hex(phandle))) in \(name) property")
      return 0
    }
    return phandle
  }
}

// MARK: - References

extension Inspection {
  fileprivate mutating func resolvePhandles() {
    var nextPhandle: UInt32 = 1
    for at in 0..<properties.referring.count { resolvePhandles(in: properties.referring[at], &nextPhandle) }
  }

  private mutating func resolvePhandles(in property: PropertyRef, _ nextPhandle: inout UInt32) {
    let first = tree.properties[property.index].firstMark
    let end = first + tree.properties[property.index].markCount
    var kept = first
    let writtenStart = writtenOffsets.count
    for at in first..<end {
      let mark = tree.marks[at]
      var isKept = true
      if mark.kind == .phandleToLabel || mark.kind == .phandleToPath {
        writtenOffsets.append(mark.offset)
        if let target = target(of: mark) {
          referenced[target] = true
          tree.put(phandle(of: target, from: &nextPhandle), at: mark.offset, of: property.index)
          isKept = options.keepsReferenceMarks
        } else {
          // What an overlay refers to is in the tree that it will be laid over.
          if !isPlugin { reportUnknown(mark, in: property.node) }
          tree.put(.max, at: mark.offset, of: property.index)
        }
      }
      guard isKept else { continue }
      tree.marks[kept] = mark
      kept += 1
    }
    tree.properties[property.index].markCount = kept - first
    guard writtenOffsets.count > writtenStart else { return }
    writtenOffsets.append(-1)
    written[property.index] = Int32(truncatingIfNeeded: writtenStart)
  }

  fileprivate mutating func resolvePaths() {
    for at in 0..<properties.referring.count {
      let property = properties.referring[at]
      let first = tree.properties[property.index].firstMark
      let end = first + tree.properties[property.index].markCount
      for mark in first..<end where tree.marks[mark].kind == .pathToLabel || tree.marks[mark].kind == .pathToPath {
        resolvePaths(in: property, first..<end)
        break
      }
    }
  }

  /// Writes the value anew, behind all others, with the paths in it.
  private mutating func resolvePaths(in property: PropertyRef, _ marks: Range<Int32>) {
    let (oldStart, oldCount) = (tree.properties[property.index].start, tree.properties[property.index].count)
    let start = tree.values.count
    let firstMark = tree.marks.count
    var copied = 0
    for at in marks {
      var mark = tree.marks[at]
      let target: Int32?
      let isPath = mark.kind == .pathToLabel || mark.kind == .pathToPath
      if isPath {
        target = self.target(of: mark)
        if target == nil { reportUnknown(mark, in: property.node) }
      } else {
        target = nil
      }
      guard let target else {
        mark.offset += tree.values.count - start - copied
        tree.marks.append(mark)
        continue
      }
      referenced[target] = true
      let end = min(max(mark.offset, copied), oldCount)
      tree.values.appendOwn(oldStart + copied..<oldStart + end)
      copied = end
      mark.offset = tree.values.count - start
      if options.keepsReferenceMarks { tree.marks.append(mark) }
      tree.marks.append(CompactTree.Mark(.string, offset: mark.offset))
      tree.appendPath(of: target)
      tree.values.append(0)
    }
    tree.values.appendOwn(oldStart + copied..<oldStart + oldCount)
    tree.properties[property.index].start = start
    tree.properties[property.index].count = tree.values.count - start
    tree.properties[property.index].firstMark = Int32(truncatingIfNeeded: firstMark)
    tree.properties[property.index].markCount = Int32(truncatingIfNeeded: tree.marks.count - firstMark)
  }

  fileprivate mutating func omitUnusedNodes() {
    var hasOmitted = false
    for node in order where tree.nodes[node].isOmittedIfUnreferenced && !referenced[node] {
      if !hasOmitted { keepPaths() }
      tree.remove(DeviceTree.NodeID(index: node))
      hasOmitted = true
    }
    guard hasOmitted else { return }
    survey()
    // What was below an omitted node is gone as well, be it referred to or not.
    phandles.removeAll()
    for node in order where facts[node].phandle != 0 {
      let phandle = facts[node].phandle
      if phandles[UInt64(phandle)] == nil { phandles.set(UInt64(phandle), node) }
    }
  }

  private mutating func reportUnknown(_ mark: CompactTree.Mark, in node: Int32) {
    let name = tree.names[mark.name]
    report(node, "Reference to non-existent node or label \"\(name)\"", endsInEmptyLine: true)
  }

  /// The node that a reference names.
  private mutating func target(of mark: CompactTree.Mark) -> Int32? {
    if mark.kind == .phandleToLabel || mark.kind == .pathToLabel { return node(labelled: mark.name) }
    let path = tree.names[mark.name]
    if path.utf8.first == UInt8(ascii: "/") { return tree.node(at: path, from: tree.root)?.index }
    let parts = path.split(separator: "/", maxSplits: 1)
    guard let label = parts.first, let start = node(labelled: tree.names.known(String(label))) else { return nil }
    if parts.count == 1 { return start }
    return tree.node(at: parts[1], from: DeviceTree.NodeID(index: start))?.index
  }

  private func node(labelled label: Symbol) -> Int32? {
    guard label != .none, labels[label.index] >= 0 else { return nil }
    return labels[label.index]
  }

  /// The phandle of a node; when it has none, it is given the lowest free one.
  ///
  /// - Parameter next: a number below which none is free.
  private mutating func phandle(of node: Int32, from next: inout UInt32) -> UInt32 {
    if facts[node].phandle != 0 { return facts[node].phandle }
    while phandles[UInt64(next)] != nil { next &+= 1 }
    facts[node].phandle = next
    phandles.set(UInt64(next), node)
    if options.phandleFormat != .epapr { give(node, "linux,phandle", next) }
    if options.phandleFormat != .legacy { give(node, "phandle", next) }
    return next
  }

  private mutating func give(_ node: Int32, _ name: String, _ phandle: UInt32) {
    guard find(name, in: node) == nil else { return }
    tree.append(tree.names.symbol(for: name), cell: phandle, to: node)
  }
}

func hex(_ number: some BinaryInteger) -> String { String(number, radix: 16) }
