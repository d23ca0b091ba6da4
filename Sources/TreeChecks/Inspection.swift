// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics

/// One run of the checks over one tree: the tree in tree order, what earlier checks learned of it, and what has been
/// found.
struct Inspection {
  /// What checks learn of a node for those behind them.
  struct Facts {
    var parent: Int32 = -1
    var firstChild: Int32 = -1
    var nextSibling: Int32 = -1
    /// Whether the node has children or ever had: dtc takes a node that lost them all for one that has some.
    var hadChildren = false
    /// How many bytes of the name stand before the `@`.
    var baseLength: Int32 = 0
    /// The name, what stands before its `@`, and what stands behind it, in the tables of ``NodeNames``.
    var name = Symbol.none
    var base = Symbol.none
    var address = Symbol.none
    /// `#address-cells` and `#size-cells` as they stand in the node; -1 when they are not there, or say so. 0 until
    /// they are read.
    var addressCells: Int32 = 0
    var sizeCells: Int32 = 0
    var bus: Bus?
    /// 0 until it is known.
    var phandle: UInt32 = 0

    /// Takes down what the tree says.
    mutating func take(_ node: borrowing DeviceTree.Node) {
      parent = node.parent?.index ?? -1
      firstChild = node.firstChild?.index ?? -1
      nextSibling = node.nextSibling?.index ?? -1
      if firstChild >= 0 || node.hasLostChildren { hadChildren = true }
    }
  }

  /// What the children of a node are.
  enum Bus {
    case pci, simple, i2c, spi, graphPorts, graphPort
  }

  /// Up to so many nodes that are alike are told apart pair by pair; of more, each from the first.
  static let comparedCopies = 100

  var tree: DeviceTree
  let options: CheckOptions
  let isPlugin: Bool
  /// The nodes in tree order.
  private(set) var order: [Int32] = []
  /// By node.
  var facts: [Facts] = []
  private(set) var properties = PropertyIndex()
  private(set) var names = NodeNames()
  private(set) var paths = NodePaths()
  /// The nodes that have a phandle. Of two with the same one the first counts.
  var phandles: [UInt32: Int32] = [:]
  /// The offsets in a value at which a reference to a phandle was written. In offset order.
  var writtenReferences: [PropertyRef: [Int]] = [:]
  /// The node that each label names. Of two with the same one the first counts.
  private(set) lazy var labels = LabelIndex(tree, order: order)
  /// Nodes that something refers to.
  var referenced: [Bool] = []

  private(set) var findings: [CheckFinding] = []
  private var check = 0
  private var isSilent = true
  private(set) var hasFailed = false

  init(_ tree: DeviceTree, _ options: CheckOptions) {
    self.tree = tree
    self.options = options
    switch options.origin {
    case .source(let isPlugin): self.isPlugin = isPlugin
    case .blob:
      isPlugin = ["__fixups__", "__local_fixups__"].contains { tree.child(of: tree.root, named: $0) != nil }
    }
    facts = Array(repeating: Facts(), count: tree.nodes.count)
    referenced = Array(repeating: false, count: tree.nodes.count)
    paths.names.reserveCapacity(tree.nodes.count)
    paths.parents.reserveCapacity(tree.nodes.count)
    for node in tree.nodes.indices {
      paths.names.append(tree.nodes[node].name)
      paths.parents.append(tree.nodes[node].parent?.index ?? -1)
    }
    survey()
    for node in order { names.take(tree.nodes[Int(node)].name, into: &facts[Int(node)]) }
  }

  /// Reads the tree into flat arrays. To be called again when nodes or properties have gone.
  mutating func survey() {
    order = tree.order().map(\.index)
    for node in order { facts[Int(node)].take(tree.nodes[Int(node)]) }
    properties = PropertyIndex(tree, order: order)
  }

  /// Whose findings are to come.
  mutating func begin(_ check: Int, isSilent: Bool) {
    self.check = check
    self.isSilent = isSilent
    hasFailed = false
  }
}

// MARK: - Reporting

extension Inspection {
  /// Says something of a node.
  mutating func report(_ node: Int32, _ text: FindingText, endsInEmptyLine: Bool = false) {
    report(node, nil, text, endsInEmptyLine: endsInEmptyLine)
  }

  /// Says something of a node with regard to a property, which may be that of another node.
  mutating func report(
    _ node: Int32, _ property: PropertyRef?, _ text: FindingText, endsInEmptyLine: Bool = false
  ) {
    hasFailed = true
    guard !isSilent else { return }
    var location: SourceLocation?
    var further: [SourceLocation] = []
    if let property { location = self[property].location }
    if location == nil {
      let blocks = tree.nodes[Int(node)].blocks
      location = blocks.first
      if property == nil { further = Array(blocks.dropFirst()) }
    }
    append(
      .finding, node, property.map { self[$0].name }, location, further, text, endsInEmptyLine: endsInEmptyLine)
  }

  /// Says something of a property.
  mutating func report(_ property: PropertyRef, _ text: FindingText) {
    report(property.node, property, text)
  }

  mutating func reportFailedPrerequisite(_ prerequisite: Int, of check: Int, isSilent: Bool) {
    begin(check, isSilent: isSilent)
    guard !isSilent else { return }
    let name = TreeCheck.all[prerequisite].name
    append(.failedPrerequisite(name), nil, nil, nil, [], "Failed prerequisite '\(name)'", endsInEmptyLine: false)
  }

  private mutating func append(
    _ kind: CheckFinding.Kind, _ node: Int32?, _ property: String?, _ location: SourceLocation?,
    _ further: [SourceLocation], _ text: FindingText, endsInEmptyLine: Bool
  ) {
    findings.append(
      CheckFinding(
        check: TreeCheck.all[check].name, level: options.levels.states[check].isError ? .error : .warning, kind: kind,
        node: node.map { DeviceTree.NodeID(index: $0) }, property: property, location: location,
        furtherLocations: further, endsInEmptyLine: endsInEmptyLine, pieces: text, paths: paths))
  }
}

// MARK: - Reading

extension Inspection {
  static let root: Int32 = 0

  subscript(property: PropertyRef) -> DeviceTree.Property {
    _read { yield tree.nodes[Int(property.node)].properties[Int(property.slot)] }
    _modify { yield &tree.nodes[Int(property.node)].properties[Int(property.slot)] }
  }

  func name(_ node: Int32) -> String { tree.nodes[Int(node)].name }

  /// Whether a node has a unit address that is not empty.
  func hasUnitAddress(_ node: Int32) -> Bool { facts[Int(node)].address != .none }

  func baseName(_ node: Int32) -> Substring {
    let name = tree.nodes[Int(node)].name
    return name[..<name.utf8.index(name.startIndex, offsetBy: Int(facts[Int(node)].baseLength))]
  }

  /// What follows the `@`; empty when there is none.
  func unitAddress(_ node: Int32) -> Substring {
    let name = tree.nodes[Int(node)].name
    let base = Int(facts[Int(node)].baseLength)
    guard base < name.utf8.count else { return "" }
    return name[name.utf8.index(name.startIndex, offsetBy: base + 1)...]
  }

  /// Whether a node bears that name, up to its unit address.
  func isBase(_ base: String, of node: Int32) -> Bool {
    facts[Int(node)].base == names.parts.known(base)
  }

  func find(_ property: String, in node: Int32) -> PropertyRef? {
    properties.find(properties.symbols.known(property), in: node)
  }

  /// The parent; nil for the root.
  func parent(_ node: Int32) -> Int32? {
    let parent = facts[Int(node)].parent
    return parent < 0 ? nil : parent
  }

  /// The kind of bus on which a node sits.
  func busAbove(_ node: Int32) -> Bus? {
    parent(node).flatMap { facts[Int($0)].bus }
  }

  func children(_ node: Int32) -> Children {
    Children(facts: facts, upcoming: facts[Int(node)].firstChild)
  }

  struct Children: Sequence, IteratorProtocol {
    let facts: [Facts]
    var upcoming: Int32

    mutating func next() -> Int32? {
      guard upcoming >= 0 else { return nil }
      defer { upcoming = facts[Int(upcoming)].nextSibling }
      return upcoming
    }
  }

  /// How many cells of an address the children of a node have, with the default of the format.
  func addressCells(_ node: Int32) -> Int32 {
    let cells = facts[Int(node)].addressCells
    return cells == -1 ? 2 : cells
  }

  func sizeCells(_ node: Int32) -> Int32 {
    let cells = facts[Int(node)].sizeCells
    return cells == -1 ? 1 : cells
  }
}

// MARK: - Values

extension PropertyValue {
  /// The cell of that number, or nil when the value ends before it does.
  func cell(at number: Int) -> UInt32? {
    let start = number * 4
    guard number >= 0, start + 4 <= bytes.count else { return nil }
    return UInt32(bytes[start]) << 24 | UInt32(bytes[start + 1]) << 16 | UInt32(bytes[start + 2]) << 8
      | UInt32(bytes[start + 3])
  }

  /// Whether the value is one string: its only zero byte is its last.
  var isString: Bool {
    bytes.last == 0 && bytes.firstIndex(of: 0) == bytes.count - 1
  }

  /// Whether the value is a list of strings, be it an empty one.
  var isStringList: Bool { bytes.isEmpty || bytes.last == 0 }

  /// The bytes before the first zero, as text.
  var leadingString: String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
}
