// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

/// One run of the checks over one tree: the tree in tree order, what earlier checks learned of it, and what has been
/// found.
struct Inspection: ~Copyable {
  /// What checks learn of a node for those behind them.
  struct Facts: BitwiseCopyable {
    var parent: Int32 = -1
    var firstChild: Int32 = -1
    var nextSibling: Int32 = -1
    /// Whether the node has children or ever had: dtc takes a node that lost them all for one that has some.
    var hadChildren = false
    /// How many bytes of the name stand before the `@`, and in all.
    var baseLength: Int32 = 0
    var nameLength: Int32 = 0
    var name = Symbol.none
    /// What stands before the `@` of the name, and what stands behind it, among ``Inspection/parts``; none for no or an
    /// empty unit address. Known after ``Inspection/splitNames()``.
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
    mutating func take(_ node: CompactTree.Node) {
      parent = node.parent
      firstChild = node.firstChild
      nextSibling = node.nextSibling
      name = node.name
      if firstChild >= 0 || node.hasLostChildren { hadChildren = true }
    }
  }

  /// What the children of a node are.
  enum Bus: BitwiseCopyable {
    case pci, simple, i2c, spi, graphPorts, graphPort
  }

  /// Up to so many nodes that are alike are told apart pair by pair; of more, each from the first.
  static let comparedCopies = 100

  var tree: CompactTree
  let options: CheckOptions
  let isPlugin: Bool
  /// The nodes in tree order.
  private(set) var order: [Int32] = []
  /// By node.
  var facts: Pool<Facts>
  private(set) var properties = PropertyIndex()
  /// The parts of node names, once a check has asked for them.
  private(set) var parts = NameTable(expected: 0)
  private var hasParts = false
  private var paths = NodePaths()
  /// The nodes that have a phandle, by phandle. Of two with the same one the first counts.
  var phandles = NumberTable()
  /// By property: where in ``writtenOffsets`` the offsets in its value begin at which a reference to a phandle was
  /// written, in their order and with -1 behind the last; -1 for none.
  var written = Pool<Int32>()
  var writtenOffsets = Pool<Int>()
  /// By name: the node that it is a label of, -1 for none. Of two with the same one the first counts.
  private(set) var labels: Pool<Int32>
  /// How many labels stand in front of nodes, and how many different ones.
  private(set) var labelCount = 0
  private(set) var differentLabelCount = 0
  /// Nodes that something refers to.
  var referenced = Pool<Bool>()

  private(set) var findings: [CheckFinding] = []
  private var check = TreeCheck.ID.alwaysFail
  private var isSilent = true
  private(set) var hasFailed = false

  /// Takes the tree until ``giveBack(_:)``.
  init(taking tree: inout CompactTree, _ options: CheckOptions) {
    self.options = options
    switch options.origin {
    case .source(let isPlugin): self.isPlugin = isPlugin
    case .blob:
      let tables = ["__fixups__", "__local_fixups__"].map { tree.names.known($0) }
      var hasTable = false
      for table in tables where table != .none {
        if tree.child(of: tree.root, named: table) != nil { hasTable = true }
      }
      isPlugin = hasTable
    }
    facts = Pool(capacity: tree.nodes.count)
    facts.append(repeating: Facts(), count: tree.nodes.count)
    referenced.append(repeating: false, count: tree.nodes.count)
    written.append(repeating: -1, count: tree.properties.count)
    labels = Pool(capacity: tree.names.count)
    labels.append(repeating: -1, count: tree.names.count)
    self.tree = .placeholder
    swap(&self.tree, &tree)
    survey()
    for node in order {
      takeName(of: node)
      takeLabels(of: node)
    }
  }

  mutating func giveBack(_ tree: inout CompactTree) { swap(&self.tree, &tree) }

  /// Reads the tree into flat arrays. To be called again when nodes or properties have gone.
  mutating func survey() {
    order = []
    order.reserveCapacity(tree.nodes.count)
    var node: Int32 = 0
    while node >= 0 {
      order.append(node)
      facts[node].take(tree.nodes[node])
      node = tree.successor(of: node)
    }
    properties = PropertyIndex(
      tree, order: order, phandle: tree.names.known("phandle"), legacy: tree.names.known("linux,phandle"))
  }

  private mutating func takeName(of node: Int32) {
    unsafe tree.names.withBytes(of: facts[node].name) { name in
      let length = unsafe name.firstIndex(of: UInt8(ascii: "@")) ?? name.count
      facts[node].baseLength = Int32(truncatingIfNeeded: length)
      facts[node].nameLength = Int32(truncatingIfNeeded: name.count)
    }
  }

  /// Makes symbols of the parts of node names, for the checks that compare many of them.
  mutating func splitNames() {
    guard !hasParts else { return }
    hasParts = true
    parts = NameTable(expected: 128)
    for node in order {
      let length = Int(facts[node].baseLength)
      unsafe tree.names.withBytes(of: facts[node].name) { name in
        facts[node].base = unsafe parts.symbol(for: UnsafeBufferPointer(rebasing: name[..<length]))
        if length + 1 < name.count {
          facts[node].address = unsafe parts.symbol(for: UnsafeBufferPointer(rebasing: name[(length + 1)...]))
        }
      }
    }
  }

  private mutating func takeLabels(of node: Int32) {
    var label = tree.nodes[node].firstLabel
    while label >= 0 {
      let name = tree.labels[label].name.index
      labelCount += 1
      if labels[name] < 0 {
        labels[name] = node
        differentLabelCount += 1
      }
      label = tree.labels[label].next
    }
  }

  /// Whose findings are to come.
  mutating func begin(_ check: TreeCheck.ID, isSilent: Bool) {
    self.check = check
    self.isSilent = isSilent || !(options.keepsWarnings || options.levels[check] == .error)
    hasFailed = false
  }

  mutating func run(_ check: TreeCheck.Body) {
    switch check {
    case .tree(let run): run(&self)
    case .each(let name, let run): for at in uses(of: name) { run(&self, properties.use(at)) }
    case .specifiers(let provider):
      for at in uses(of: provider.name) {
        checkSpecifiers(properties.use(at), cells: provider.cells, isOptional: provider.isOptional)
      }
    }
  }

  /// Keeps the paths of nodes for the findings, before one goes.
  mutating func keepPaths() {
    if paths.isEmpty { paths = NodePaths(tree) }
  }
}

// MARK: - Reporting

extension Inspection {
  /// Says something of a node.
  mutating func report(_ node: Int32, _ text: @autoclosure () -> FindingText, endsInEmptyLine: Bool = false) {
    report(node, nil, text(), endsInEmptyLine: endsInEmptyLine)
  }

  /// Says something of a node with regard to a property, which may be that of another node.
  mutating func report(
    _ node: Int32, _ property: PropertyRef?, _ text: @autoclosure () -> FindingText, endsInEmptyLine: Bool = false
  ) {
    hasFailed = true
    guard !isSilent else { return }
    var location: SourceLocation?
    var further: [SourceLocation] = []
    if let property, tree.properties[property.index].hasLocation {
      location = tree.properties[property.index].location
    }
    if location == nil {
      var block = tree.nodes[node].firstBlock
      if block >= 0 {
        location = tree.blocks[block].location
        block = tree.blocks[block].next
      }
      while property == nil, block >= 0 {
        further.append(tree.blocks[block].location)
        block = tree.blocks[block].next
      }
    }
    append(
      .finding, node, property.map { name(of: $0) }, location, further, text(), endsInEmptyLine: endsInEmptyLine)
  }

  /// Says something of a property.
  mutating func report(_ property: PropertyRef, _ text: @autoclosure () -> FindingText) {
    report(property.node, property, text())
  }

  mutating func reportFailedPrerequisite(_ prerequisite: TreeCheck.ID, of check: TreeCheck.ID, isSilent: Bool) {
    begin(check, isSilent: isSilent)
    guard !self.isSilent else { return }
    let name = TreeCheck[prerequisite].name
    append(.failedPrerequisite(name), nil, nil, nil, [], "Failed prerequisite '\(name)'", endsInEmptyLine: false)
  }

  private mutating func append(
    _ kind: CheckFinding.Kind, _ node: Int32?, _ property: String?, _ location: SourceLocation?,
    _ further: [SourceLocation], _ text: FindingText, endsInEmptyLine: Bool
  ) {
    keepPaths()
    findings.append(
      CheckFinding(
        check: TreeCheck[check].name, level: options.levels[check] == .error ? .error : .warning, kind: kind,
        node: node.map { DeviceTree.NodeID(index: $0) }, property: property, location: location,
        furtherLocations: further, endsInEmptyLine: endsInEmptyLine, pieces: text, paths: paths))
  }
}

// MARK: - Reading

extension Inspection {
  static let root: Int32 = 0

  func name(_ node: Int32) -> String { tree.names[facts[node].name] }

  /// Whether a node has a unit address that is not empty.
  func hasUnitAddress(_ node: Int32) -> Bool { facts[node].baseLength + 1 < facts[node].nameLength }

  func baseName(_ node: Int32) -> String {
    unsafe tree.names.withBytes(of: facts[node].name) { name in
      unsafe String(decoding: name.prefix(Int(facts[node].baseLength)), as: UTF8.self)
    }
  }

  /// What follows the `@`; empty when there is none.
  func unitAddress(_ node: Int32) -> String {
    unsafe tree.names.withBytes(of: facts[node].name) { name in
      unsafe String(decoding: name.dropFirst(Int(facts[node].baseLength) + 1), as: UTF8.self)
    }
  }

  /// Whether a node bears that name, up to its unit address.
  func isBase(_ base: String, of node: Int32) -> Bool {
    unsafe tree.names.withBytes(of: facts[node].name) { name in
      unsafe name.prefix(Int(facts[node].baseLength)).elementsEqual(base.utf8)
    }
  }

  /// The nodes of that name, unit address included, in tree order.
  func nodes(called name: String) -> [Int32] {
    let symbol = tree.names.known(name)
    guard symbol != .none else { return [] }
    return order.filter { facts[$0].name == symbol }
  }

  func find(_ property: String, in node: Int32) -> PropertyRef? {
    properties.find(tree.names.known(property), in: node)
  }

  /// Where ``PropertyIndex/use(_:)`` has the property of that name of every node that has it, in tree order.
  mutating func uses(of property: String) -> Range<Int> { uses(of: tree.names.known(property)) }

  mutating func uses(of property: Symbol) -> Range<Int> { properties.uses(of: property) }

  /// The parent; nil for the root.
  func parent(_ node: Int32) -> Int32? {
    let parent = facts[node].parent
    return parent < 0 ? nil : parent
  }

  /// The kind of bus on which a node sits.
  func busAbove(_ node: Int32) -> Bus? {
    let parent = facts[node].parent
    return parent < 0 ? nil : facts[parent].bus
  }

  @inline(__always)
  func forEachChild(_ node: Int32, _ body: (Int32) -> Void) {
    var child = facts[node].firstChild
    while child >= 0 {
      body(child)
      child = facts[child].nextSibling
    }
  }

  /// Whether something holds for a child of a node.
  @inline(__always)
  func hasChild(_ node: Int32, where holds: (Int32) -> Bool) -> Bool {
    var child = facts[node].firstChild
    while child >= 0 {
      if holds(child) { return true }
      child = facts[child].nextSibling
    }
    return false
  }

  /// How many cells of an address the children of a node have, with the default of the format.
  func addressCells(_ node: Int32) -> Int32 {
    let cells = facts[node].addressCells
    return cells == -1 ? 2 : cells
  }

  func sizeCells(_ node: Int32) -> Int32 {
    let cells = facts[node].sizeCells
    return cells == -1 ? 1 : cells
  }
}

// MARK: - Values

extension Inspection {
  func name(of property: PropertyRef) -> String { tree.names[tree.properties[property.index].name] }

  /// How many bytes the value has.
  func length(_ property: PropertyRef) -> Int { tree.properties[property.index].count }

  /// The cell of that number, or nil when the value ends before it does.
  func cell(_ number: Int, of property: PropertyRef) -> UInt32? { tree.cell(number, of: property.index) }

  /// Whether the value is one string: its only zero byte is its last.
  func isString(_ property: PropertyRef) -> Bool {
    let bytes = unsafe tree.value(property.index)
    return unsafe bytes.last == 0 && bytes.firstIndex(of: 0) == bytes.count - 1
  }

  /// Whether the value is a list of strings, be it an empty one.
  func isStringList(_ property: PropertyRef) -> Bool {
    let bytes = unsafe tree.value(property.index)
    return unsafe bytes.isEmpty || bytes.last == 0
  }

  /// The bytes before the first zero, as text.
  func leadingString(_ property: PropertyRef) -> String {
    unsafe String(decoding: tree.value(property.index).prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Whether a list of strings holds that one.
  func holds(_ property: PropertyRef, _ string: String) -> Bool {
    let wanted = string.utf8
    let bytes = unsafe tree.value(property.index)
    var start = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, unsafe bytes[end] != 0 { end += 1 }
      if end - start == wanted.count, unsafe bytes[start..<end].elementsEqual(wanted) { return true }
      start = end + 1
    }
    return false
  }
}
