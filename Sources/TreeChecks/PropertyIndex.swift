// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

/// A property of a node.
struct PropertyRef: Hashable, BitwiseCopyable {
  let node: Int32
  /// Its number in the tree.
  let index: Int32
}

/// Where each property name is used, so that a check looks only at the properties that it is about.
struct PropertyIndex: ~Copyable {
  /// How many properties a node has before they are found by hashing. Below, looking at each is faster.
  private static let threshold = 24

  /// The names that properties have.
  private(set) var names = Pool<Symbol>()
  /// The properties whose values hold references, in tree order.
  private(set) var referring = Pool<PropertyRef>()
  /// The properties that give their nodes phandles, under either name, in tree order.
  private(set) var phandles = Pool<PropertyRef>()
  /// Whether a property bears a label, or one stands in a value.
  private(set) var hasLabels = false
  /// All properties, node after node in tree order, and the names of each.
  private var all = Pool<PropertyRef>()
  private var symbols = Pool<Symbol>()
  /// By node: where its properties begin, and where they end.
  private var starts = Pool<Int32>()
  private var stops = Pool<Int32>()
  /// The properties by name, in tree order under each name, once somebody has asked; `offsets` and `ends` say where those
  /// of a name begin and end. Of two with one name in a node only the first is here.
  private var uses = Pool<PropertyRef>()
  private var offsets = Pool<Int32>()
  private var ends = Pool<Int32>()
  /// The first property of each name in nodes that have many.
  private var large = NumberTable()

  init() {}

  init(_ tree: borrowing CompactTree, order: [Int32], phandle: Symbol, legacy: Symbol) {
    starts.append(repeating: 0, count: tree.nodes.count)
    stops.append(repeating: 0, count: tree.nodes.count)
    all.reserve(tree.properties.count)
    symbols.reserve(tree.properties.count)
    for node in order {
      starts[Int(node)] = Int32(truncatingIfNeeded: all.count)
      var property = tree.nodes[node].firstProperty
      while property >= 0 {
        let place = PropertyRef(node: node, index: property)
        all.append(place)
        let name = tree.properties[property].name
        symbols.append(name)
        if name == phandle || name == legacy { phandles.append(place) }
        if tree.properties[property].firstLabel >= 0 { hasLabels = true }
        if tree.properties[property].markCount > 0 { note(place, in: tree) }
        property = tree.properties[property].next
      }
      stops[Int(node)] = Int32(truncatingIfNeeded: all.count)
      if Int(tree.nodes[node].propertyCount) > Self.threshold { noteLarge(node) }
    }
    countNames(tree.names.count)
  }

  private mutating func note(_ place: PropertyRef, in tree: borrowing CompactTree) {
    var isReferring = false
    let first = tree.properties[place.index].firstMark
    for mark in first..<first + tree.properties[place.index].markCount {
      let kind = tree.marks[mark].kind
      if kind.isReference { isReferring = true }
      if kind == .label { hasLabels = true }
    }
    if isReferring { referring.append(place) }
  }

  private mutating func noteLarge(_ node: Int32) {
    for slot in slots(of: node) {
      let name = symbols[slot].index
      if large[node, name] == nil { large.set(node, name, all[slot].index) }
    }
  }

  private mutating func countNames(_ count: Int) {
    offsets.append(repeating: 0, count: count + 1)
    for slot in 0..<symbols.count { offsets[symbols[slot].index + 1] += 1 }
    for name in 0..<count {
      if offsets[name + 1] > 0 { names.append(Symbol(index: Int32(truncatingIfNeeded: name))) }
      offsets[name + 1] += offsets[name]
    }
  }

  /// Sorts the properties by name, by counting.
  private mutating func collectUses() {
    ends.reserve(offsets.count)
    ends.appendCopy(of: offsets)
    uses.append(repeating: PropertyRef(node: 0, index: 0), count: all.count)
    for slot in 0..<all.count {
      let symbol = symbols[slot].index
      let next = ends[symbol]
      if next > offsets[symbol], uses[next - 1].node == all[slot].node { continue }
      uses[next] = all[slot]
      ends[symbol] += 1
    }
  }

  /// Where ``use(_:)`` has the property of that name of every node that has it, in tree order.
  mutating func uses(of symbol: Symbol) -> Range<Int> {
    guard symbol != .none, Int(symbol.index) + 1 < offsets.count, offsets[symbol.index] < offsets[symbol.index + 1]
    else { return 0..<0 }
    if uses.isEmpty { collectUses() }
    return Int(offsets[symbol.index])..<Int(ends[symbol.index])
  }

  func use(_ number: Int) -> PropertyRef { uses[number] }

  /// The numbers under which the properties of a node are here.
  func slots(of node: Int32) -> Range<Int> { Int(starts[node])..<Int(stops[node]) }

  func symbol(at slot: Int) -> Symbol { symbols[slot] }

  func property(at slot: Int) -> PropertyRef { all[slot] }

  /// The first property of that name in a node.
  func find(_ symbol: Symbol, in node: Int32) -> PropertyRef? {
    guard symbol != .none else { return nil }
    let slots = slots(of: node)
    if slots.count > Self.threshold {
      return large[node, symbol.index].map { PropertyRef(node: node, index: $0) }
    }
    for slot in slots where symbols[slot] == symbol { return all[slot] }
    return nil
  }
}
