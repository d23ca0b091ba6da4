// SPDX-License-Identifier: Apache-2.0
import DeviceTree

/// A property of a node, by its position there.
struct PropertyRef: Hashable {
  let node: Int32
  let slot: Int32
}

/// Where each property name is used, so that a check looks only at the properties that it is about.
struct PropertyIndex {
  /// How many properties a node has before they are found by hashing. Below, looking at each is faster.
  private static let threshold = 24

  private(set) var symbols = SymbolTable()
  /// The properties whose values hold references, in tree order.
  private(set) var referring: [PropertyRef] = []
  /// Whether a property bears a label, or one stands in a value.
  private(set) var hasLabels = false
  /// The names of all properties, node after node in tree order.
  private var flat: [Symbol] = []
  /// By node: where its names begin in `flat`, and how many there are.
  private var starts: [Int32] = []
  private var counts: [Int32] = []
  /// The properties by name, in tree order under each name; `offsets` and `ends` say where those of a name begin and
  /// end. Of two with one name in a node only the first is here.
  private var uses: [PropertyRef] = []
  private var offsets: [Int32] = []
  private var ends: [Int32] = []
  /// The first property of each name in nodes that have many.
  private var large: [Int64: Int32] = [:]

  init() {}

  init(_ tree: borrowing DeviceTree, order: [Int32]) {
    starts = Array(repeating: 0, count: tree.nodes.count)
    counts = Array(repeating: 0, count: tree.nodes.count)
    flat.reserveCapacity(tree.nodes.count * 4)
    for node in order {
      let properties = tree.nodes[Int(node)].properties
      starts[Int(node)] = Int32(truncatingIfNeeded: flat.count)
      counts[Int(node)] = Int32(truncatingIfNeeded: properties.count)
      for slot in properties.indices {
        let symbol = symbols.symbol(for: properties[slot].name)
        flat.append(symbol)
        let slot = Int32(truncatingIfNeeded: slot)
        if !properties[Int(slot)].labels.isEmpty { hasLabels = true }
        if properties[Int(slot)].value.marks.count > 0 {
          note(properties[Int(slot)].value, PropertyRef(node: node, slot: slot))
        }
        guard properties.count > Self.threshold else { continue }
        let key = Self.key(node, symbol)
        if large[key] == nil { large[key] = slot }
      }
    }
    collectUses(order)
  }

  @inline(__always)
  private mutating func note(_ value: borrowing PropertyValue, _ place: PropertyRef) {
    var isReferring = false
    for at in value.marks.indices {
      switch value.marks[at].kind {
      case .phandle, .path: isReferring = true
      case .label: hasLabels = true
      case .form, .phandleOf: break
      }
    }
    if isReferring { referring.append(place) }
  }

  /// Sorts the properties by name, by counting.
  private mutating func collectUses(_ order: [Int32]) {
    offsets = Array(repeating: 0, count: symbols.count + 1)
    for symbol in flat { offsets[Int(symbol.index) + 1] += 1 }
    for name in 0..<symbols.count { offsets[name + 1] += offsets[name] }
    ends = Array(offsets.dropLast())
    uses = Array(repeating: PropertyRef(node: 0, slot: 0), count: flat.count)
    for node in order {
      for slot in 0..<Int(counts[Int(node)]) {
        let symbol = Int(flat[Int(starts[Int(node)]) + slot].index)
        let next = Int(ends[symbol])
        if next > offsets[symbol], uses[next - 1].node == node { continue }
        uses[next] = PropertyRef(node: node, slot: Int32(truncatingIfNeeded: slot))
        ends[symbol] += 1
      }
    }
  }

  private static func key(_ node: Int32, _ symbol: Symbol) -> Int64 {
    Int64(node) << 32 | Int64(symbol.index)
  }

  /// The property of that name of every node that has it, in tree order.
  func uses(of name: String) -> ArraySlice<PropertyRef> { uses(of: symbols.known(name)) }

  func uses(of symbol: Symbol) -> ArraySlice<PropertyRef> {
    guard symbol != .none else { return [] }
    return uses[Int(offsets[Int(symbol.index)])..<Int(ends[Int(symbol.index)])]
  }

  func count(of node: Int32) -> Int { Int(counts[Int(node)]) }

  func symbol(_ property: PropertyRef) -> Symbol { flat[Int(starts[Int(property.node)] + property.slot)] }

  /// The first property of that name in a node.
  func find(_ symbol: Symbol, in node: Int32) -> PropertyRef? {
    guard symbol != .none else { return nil }
    let count = Int(counts[Int(node)])
    if count > Self.threshold {
      return large[Self.key(node, symbol)].map { PropertyRef(node: node, slot: $0) }
    }
    let start = Int(starts[Int(node)])
    for slot in 0..<count where flat[start + slot] == symbol {
      return PropertyRef(node: node, slot: Int32(truncatingIfNeeded: slot))
    }
    return nil
  }
}
