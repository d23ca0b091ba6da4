// SPDX-License-Identifier: Apache-2.0
import DeviceTree

// Phandles are learned, references become phandles and paths, and nodes that nothing refers to go.
extension TreeCheck {
  static let references = [
    TreeCheck("explicit_phandles", .error, "a phandle is one cell, neither 0 nor -1, and belongs to one node") { run in
      run.learnPhandles()
    },
    TreeCheck(
      "phandle_references", .error, after: ["duplicate_node_names", "explicit_phandles"],
      "a reference among cells names a node of the tree"
    ) { run in
      run.resolvePhandles()
    },
    TreeCheck(
      "path_references", .error, after: ["duplicate_node_names"],
      "a reference outside of cells names a node of the tree"
    ) { run in
      run.resolvePaths()
    },
    TreeCheck(
      "omit_unused_nodes", .error, after: ["phandle_references", "path_references"],
      "nodes marked with /omit-if-no-ref/ go when nothing refers to them"
    ) { run in
      run.omitUnusedNodes()
    },
  ]
}

// MARK: - Phandles that the tree gives

extension Inspection {
  fileprivate mutating func learnPhandles() {
    let current = properties.symbols.known("phandle")
    let legacy = properties.symbols.known("linux,phandle")
    guard current != .none || legacy != .none else { return }
    for node in order {
      let first = properties.find(current, in: node).map { readPhandle($0) } ?? 0
      let second = properties.find(legacy, in: node).map { readPhandle($0) } ?? 0
      if first == 0 && second == 0 { continue }
      if first != 0, second != 0, first != second {
        report(node, "mismatching 'phandle' and 'linux,phandle' properties")
      }
      let phandle = first != 0 ? first : second
      if let other = phandles[phandle] {
        report(node, "duplicated phandle 0x\(hex(phandle)) (seen before at \(path: other))")
        continue
      }
      facts[Int(node)].phandle = phandle
      phandles[phandle] = node
    }
  }

  /// The phandle that a property gives its node; 0 when it gives none, or asks for one by referring to its own node.
  private mutating func readPhandle(_ property: PropertyRef) -> UInt32 {
    let value = self[property].value
    let name = self[property].name
    guard value.bytes.count == 4, let phandle = value.cell(at: 0) else {
      report(property, "bad length (\(value.bytes.count)) \(name) property")
      return 0
    }
    for mark in value.marks {
      guard case .phandle(let reference) = mark.kind else { continue }
      if target(of: reference) != property.node {
        report(property.node, "\(name) is a reference to another node")
      }
      return 0
    }
    guard phandle != 0, phandle != .max else {
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
    // The marks that stay, in memory that is used again.
    var marks: [PropertyValue.Mark] = []
    forEachReferring { run, property in
      marks.removeAll(keepingCapacity: true)
      var offsets: [Int] = []
      let before = run[property].value.marks
      for mark in before {
        guard case .phandle(let reference) = mark.kind else {
          marks.append(mark)
          continue
        }
        offsets.append(mark.offset)
        if let target = run.target(of: reference) {
          run.referenced[Int(target)] = true
          run.write(run.phandle(of: target, from: &nextPhandle), to: property, at: mark.offset)
          if run.options.keepsReferenceMarks { marks.append(mark) }
        } else {
          // What an overlay refers to is in the tree that it will be laid over.
          if !run.isPlugin { run.reportUnknown(reference, in: property.node) }
          run.write(.max, to: property, at: mark.offset)
          marks.append(mark)
        }
      }
      guard !offsets.isEmpty else { return }
      run.writtenReferences[property] = offsets
      if marks.count != before.count {
        run[property].value.marks = unsafe marks.withUnsafeBufferPointer { unsafe Array($0) }
      }
    }
  }

  fileprivate mutating func resolvePaths() {
    forEachReferring { run, property in
      guard run[property].value.marks.contains(where: { if case .path = $0.kind { true } else { false } }) else {
        return
      }
      let value = run[property].value
      var bytes: [UInt8] = []
      var marks: [PropertyValue.Mark] = []
      var copied = 0
      for var mark in value.marks {
        let end = min(max(mark.offset, copied), value.bytes.count)
        let shift = bytes.count - copied
        guard case .path(let reference) = mark.kind else {
          mark.offset += shift
          marks.append(mark)
          continue
        }
        guard let target = run.target(of: reference) else {
          run.reportUnknown(reference, in: property.node)
          mark.offset += shift
          marks.append(mark)
          continue
        }
        run.referenced[Int(target)] = true
        bytes += value.bytes[copied..<end]
        copied = end
        if run.options.keepsReferenceMarks {
          marks.append(PropertyValue.Mark(offset: bytes.count, mark.kind))
        }
        marks.append(PropertyValue.Mark(offset: bytes.count, .form(.string)))
        bytes += run.paths.path(of: target).utf8
        bytes.append(0)
      }
      bytes += value.bytes[copied...]
      run[property].value = PropertyValue(bytes: bytes, marks: marks)
    }
  }

  fileprivate mutating func omitUnusedNodes() {
    var hasOmitted = false
    for node in order where tree.nodes[Int(node)].isOmittedIfUnreferenced && !referenced[Int(node)] {
      tree.remove(DeviceTree.NodeID(index: node))
      hasOmitted = true
    }
    guard hasOmitted else { return }
    survey()
    // What was below an omitted node is gone as well, be it referred to or not.
    phandles = [:]
    for node in order where facts[Int(node)].phandle != 0 {
      let phandle = facts[Int(node)].phandle
      if phandles[phandle] == nil { phandles[phandle] = node }
    }
  }

  /// Calls `body` with each property whose value holds a reference, in tree order.
  private mutating func forEachReferring(_ body: (inout Inspection, PropertyRef) -> Void) {
    for property in properties.referring { body(&self, property) }
  }

  private mutating func reportUnknown(_ reference: Reference, in node: Int32) {
    let name =
      switch reference {
      case .label(let label): label
      case .path(let path): path
      }
    report(node, "Reference to non-existent node or label \"\(name)\"", endsInEmptyLine: true)
  }

  private mutating func write(_ cell: UInt32, to property: PropertyRef, at offset: Int) {
    guard offset >= 0, offset + 4 <= self[property].value.bytes.count else { return }
    unsafe self[property].value.bytes.withUnsafeMutableBytes {
      unsafe $0.storeBytes(of: cell.bigEndian, toByteOffset: offset, as: UInt32.self)
    }
  }

  /// The node that a reference names.
  private mutating func target(of reference: Reference) -> Int32? {
    switch reference {
    case .label(let label): return labels[label]
    case .path(let path):
      if path.utf8.first == UInt8(ascii: "/") { return tree.node(at: path)?.index }
      let parts = path.split(separator: "/")
      guard let label = parts.first, let start = labels[String(label)] else { return nil }
      var node = DeviceTree.NodeID(index: start)
      for part in parts.dropFirst() {
        guard let child = tree.child(of: node, named: String(part)) else { return nil }
        node = child
      }
      return node.index
    }
  }

  /// The phandle of a node; when it has none, it is given the lowest free one.
  ///
  /// - Parameter next: a number below which none is free.
  private mutating func phandle(of node: Int32, from next: inout UInt32) -> UInt32 {
    if facts[Int(node)].phandle != 0 { return facts[Int(node)].phandle }
    while phandles[next] != nil { next &+= 1 }
    facts[Int(node)].phandle = next
    phandles[next] = node
    let wanted =
      switch options.phandleFormat {
      case .epapr: ["phandle"]
      case .legacy: ["linux,phandle"]
      case .both: ["linux,phandle", "phandle"]
      }
    for name in wanted where find(name, in: node) == nil {
      tree.nodes[Int(node)].properties.append(DeviceTree.Property(name, .cell(next)))
    }
    return next
  }
}

func hex(_ number: some BinaryInteger) -> String { String(number, radix: 16) }
