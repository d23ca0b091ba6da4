// SPDX-License-Identifier: Apache-2.0
import CompactStorage

// The tree that everybody knows, and back. Nodes keep their numbers.

extension CompactTree {
  package init(_ tree: borrowing DeviceTree) {
    self.init()
    reservations = tree.reservations
    isPlugin = tree.isPlugin
    bootCPU = tree.bootCPU
    strings = tree.strings
    nodes.removeAll()
    nodes.reserve(tree.nodes.count)
    for node in tree.nodes.indices { append(tree.nodes[node], number: Int32(truncatingIfNeeded: node)) }
  }

  private mutating func append(_ source: DeviceTree.Node, number: Int32) {
    var node = Node(name: names.symbol(for: source.name))
    node.parent = source.parent?.index ?? -1
    node.firstChild = source.firstChild?.index ?? -1
    node.lastChild = source.lastChild?.index ?? -1
    node.nextSibling = source.nextSibling?.index ?? -1
    node.previousSibling = source.previousSibling?.index ?? -1
    node.childCount = source.childCount
    if let location = source.location {
      node.location = location
      node.hasLocation = true
    }
    node.hasLostChildren = source.hasLostChildren
    node.isOmittedIfUnreferenced = source.isOmittedIfUnreferenced
    node.firstLabel = list(source.labels)
    nodes.append(node)
    for block in source.blocks { addBlock(block, to: NodeID(index: number)) }
    for property in source.properties { _ = append(compact(property, of: number)) }
  }

  private mutating func list(_ names: [String]) -> Int32 {
    var list: Int32 = -1
    for name in names.reversed() {
      let symbol = self.names.symbol(for: name)
      insert(symbol, in: &list, atEnd: false)
    }
    return list
  }

  private mutating func compact(_ source: DeviceTree.Property, of node: Int32) -> Property {
    var property = Property(
      name: names.symbol(for: source.name), node: node, start: values.count, count: source.value.bytes.count)
    unsafe source.value.bytes.withUnsafeBufferPointer { unsafe values.append(contentsOf: $0) }
    property.firstMark = Int32(truncatingIfNeeded: marks.count)
    if source.value.marks.count == 1, source.value.marks[0].offset == 0,
      case .form(let form) = source.value.marks[0].kind
    {
      property.form = form
    } else {
      for mark in source.value.marks { marks.append(compact(mark)) }
      property.markCount = Int32(truncatingIfNeeded: source.value.marks.count)
    }
    property.firstLabel = list(source.labels)
    if let location = source.location {
      property.location = location
      property.hasLocation = true
    }
    return property
  }

  private mutating func compact(_ mark: PropertyValue.Mark) -> Mark {
    switch mark.kind {
    case .label(let label): Mark(.label, names.symbol(for: label), offset: mark.offset)
    case .form(let form): Mark(form, offset: mark.offset)
    case .phandle(.label(let label)): Mark(.phandleToLabel, names.symbol(for: label), offset: mark.offset)
    case .phandle(.path(let path)): Mark(.phandleToPath, names.symbol(for: path), offset: mark.offset)
    case .phandleOf(.label(let label)): Mark(.phandleOfLabel, names.symbol(for: label), offset: mark.offset)
    case .phandleOf(.path(let path)): Mark(.phandleOfPath, names.symbol(for: path), offset: mark.offset)
    case .path(.label(let label)): Mark(.pathToLabel, names.symbol(for: label), offset: mark.offset)
    case .path(.path(let path)): Mark(.pathToPath, names.symbol(for: path), offset: mark.offset)
    }
  }
}

extension DeviceTree {
  package init(_ compact: borrowing CompactTree) {
    self.init()
    reservations = compact.reservations
    isPlugin = compact.isPlugin
    bootCPU = compact.bootCPU
    strings = compact.strings
    // A string is made of each name once.
    var names: [String?] = Array(repeating: nil, count: compact.names.count)
    func text(_ symbol: Symbol, _ compact: borrowing CompactTree) -> String {
      if let name = names[Int(symbol.index)] { return name }
      let name = compact.names[symbol]
      names[Int(symbol.index)] = name
      return name
    }
    func labels(_ first: Int32, _ compact: borrowing CompactTree) -> [String] {
      var list: [String] = []
      var at = first
      while at >= 0 {
        list.append(text(compact.labels[at].name, compact))
        at = compact.labels[at].next
      }
      return list
    }
    nodes.removeAll()
    nodes.reserveCapacity(compact.nodes.count)
    for number in 0..<compact.nodes.count {
      let source = compact.nodes[number]
      var node = Node(name: text(source.name, compact))
      node.labels = labels(source.firstLabel, compact)
      node.location = source.hasLocation ? source.location : nil
      node.hasLostChildren = source.hasLostChildren
      node.isOmittedIfUnreferenced = source.isOmittedIfUnreferenced
      node.parent = NodeID(known: source.parent)
      node.firstChild = NodeID(known: source.firstChild)
      node.lastChild = NodeID(known: source.lastChild)
      node.nextSibling = NodeID(known: source.nextSibling)
      node.previousSibling = NodeID(known: source.previousSibling)
      node.childCount = source.childCount
      var block = source.firstBlock
      while block >= 0 {
        node.blocks.append(compact.blocks[block].location)
        block = compact.blocks[block].next
      }
      node.properties.reserveCapacity(Int(source.propertyCount))
      var at = source.firstProperty
      while at >= 0 {
        let property = compact.properties[at]
        let bytes = unsafe Array(compact.value(at))
        var value = PropertyValue(bytes: bytes)
        if let form = property.form { value.marks = PropertyValue.marks(for: form) }
        for mark in property.firstMark..<property.firstMark + property.markCount {
          let mark = compact.marks[mark]
          value.marks.append(
            PropertyValue.Mark(
              offset: mark.offset, mark.kind(named: mark.name == .none ? "" : text(mark.name, compact))))
        }
        node.properties.append(
          Property(
            text(property.name, compact), value, labels: labels(property.firstLabel, compact),
            location: property.hasLocation ? property.location : nil))
        at = property.next
      }
      nodes.append(node)
    }
    indexChildren()
  }

  /// Indexes the children of each node that has many.
  private mutating func indexChildren() {
    for number in nodes.indices where nodes[number].childCount > Self.indexThreshold {
      let parent = NodeID(index: Int32(truncatingIfNeeded: number))
      childIndex[parent] = Dictionary(
        children(of: parent).map { (self[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
    }
  }
}

extension DeviceTree.NodeID {
  fileprivate init?(known index: Int32) {
    guard index >= 0 else { return nil }
    self.init(index: index)
  }
}

extension CompactTree.Mark {
  fileprivate func kind(named name: String) -> PropertyValue.Kind {
    switch kind {
    case .label: .label(name)
    case .form: .form(form)
    case .phandleToLabel: .phandle(.label(name))
    case .phandleToPath: .phandle(.path(name))
    case .phandleOfLabel: .phandleOf(.label(name))
    case .phandleOfPath: .phandleOf(.path(name))
    case .pathToLabel: .path(.label(name))
    case .pathToPath: .path(.path(name))
    }
  }
}

extension PropertyValue {
  /// Most values are of one form; all of these share their marks.
  package static func marks(for form: Form) -> [Mark] {
    switch form {
    case .string: strings
    case .bytes: bytesAlone
    case .cells8: cells8
    case .cells16: cells16
    case .cells32: cells32
    case .cells64: cells64
    }
  }

  private static let strings = [Mark(offset: 0, .form(.string))]
  private static let bytesAlone = [Mark(offset: 0, .form(.bytes))]
  private static let cells8 = [Mark(offset: 0, .form(.cells8))]
  private static let cells16 = [Mark(offset: 0, .form(.cells16))]
  private static let cells32 = [Mark(offset: 0, .form(.cells32))]
  private static let cells64 = [Mark(offset: 0, .form(.cells64))]
}
