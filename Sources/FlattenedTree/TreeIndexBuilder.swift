// SPDX-License-Identifier: Apache-2.0

/// A word of the table of names: a node and under which of its names it stands there.
struct NameEntry {
  let word: UInt32

  enum Kind: UInt32 {
    case full, base, ambiguousBase
  }

  init(word: UInt32) { self.word = word }
  init(_ node: UInt32, _ kind: Kind) { word = (node << 2 | kind.rawValue) + 1 }

  var isFree: Bool { word == 0 }
  var node: UInt32 { (word - 1) >> 2 }
  var kind: Kind { Kind(rawValue: (word - 1) & 3) ?? .ambiguousBase }
}

/// Fills the arena of a `TreeIndex`.
///
/// The arena is taken at once, large enough for the most nodes that a structure block of this size can hold; memory
/// that stays untouched costs nothing on most systems. First come the nodes, then the two hash tables, which are sized
/// by what was found.
struct TreeIndexBuilder: ~Copyable {
  private let arena: Arena
  private(set) var count = 0
  private var named = 0
  private var withPhandle = 0
  private var used = 0

  /// The fewest bytes a node takes: a begin token, a name of at least one byte padded to four, and an end token.
  private static let smallestNode = 12
  /// The fewest bytes a node with a phandle takes.
  private static let smallestNodeWithPhandle = 28

  init(structureSize: Int) {
    let nodes = structureSize / Self.smallestNode + 1
    let phandles = structureSize / Self.smallestNodeWithPhandle + 1
    arena = Arena(
      words: nodes * TreeIndex.Field.size + Self.tableSize(2 * nodes) + Self.tableSize(phandles))
  }

  /// The size of a table for that many entries: a power of two, at most two thirds full.
  private static func tableSize(_ entries: Int) -> Int {
    var size = 4
    while size < entries + entries / 2 + 1 { size *= 2 }
    return size
  }

  /// Hands over the arena, which ends the builder's use.
  consuming func finish() -> Arena { arena }

  private subscript(_ node: UInt32, _ field: Int) -> UInt32 {
    @inline(__always)
    get { arena[Int(node) * TreeIndex.Field.size + field] }
    @inline(__always)
    nonmutating set { arena[Int(node) * TreeIndex.Field.size + field] = newValue }
  }
}

// MARK: - Nodes

extension TreeIndexBuilder {
  /// Reads the whole structure block and fills in the records of its nodes.
  mutating func addNodes(of tree: FlattenedTree) throws(FlattenedTreeError) {
    var scanner = Scanner(tree)
    var current = TreeIndex.none
    while true {
      switch try scanner.next() {
      case .beginNode(let name, let nameCount):
        current = addNode(name: name, count: nameCount, properties: scanner.offset, parent: current)
      case .property(let name, let nameCount, let value, let valueCount):
        if valueCount == 4, nameCount == 7 || nameCount == 13 {
          takePhandle(tree.bytes, name: name, count: nameCount, value: value, of: current)
        }
      case .endNode:
        current = self[current, TreeIndex.Field.parent]
      case .finished:
        used = count * TreeIndex.Field.size
        return
      }
    }
  }

  @inline(__always)
  private mutating func addNode(name: Int, count nameCount: Int, properties: Int, parent: UInt32) -> UInt32 {
    let node = UInt32(truncatingIfNeeded: count)
    count += 1
    self[node, TreeIndex.Field.nameOffset] = UInt32(truncatingIfNeeded: name)
    self[node, TreeIndex.Field.nameCount] = UInt32(truncatingIfNeeded: nameCount)
    self[node, TreeIndex.Field.parent] = parent
    self[node, TreeIndex.Field.firstChild] = TreeIndex.none
    self[node, TreeIndex.Field.lastChild] = TreeIndex.none
    self[node, TreeIndex.Field.nextSibling] = TreeIndex.none
    self[node, TreeIndex.Field.properties] = UInt32(truncatingIfNeeded: properties)
    self[node, TreeIndex.Field.phandle] = 0
    if parent != TreeIndex.none {
      let elder = self[parent, TreeIndex.Field.lastChild]
      if elder == TreeIndex.none {
        self[parent, TreeIndex.Field.firstChild] = node
      } else {
        self[elder, TreeIndex.Field.nextSibling] = node
      }
      self[parent, TreeIndex.Field.lastChild] = node
    }
    return node
  }

  /// Keeps the value of `phandle`, or of `linux,phandle` as long as there is no `phandle`.
  ///
  /// The values 0 and ffffffff name nothing (specification 2.3.3 and dtc's mark for a reference to be filled in).
  @inline(__always)
  private mutating func takePhandle(_ bytes: RawSpan, name: Int, count: Int, value: Int, of node: UInt32) {
    let known = self[node, TreeIndex.Field.phandle]
    if count == 7 {
      // The name and its zero are eight bytes: one comparison for what most nodes have.
      guard bytes.eightBytes(at: name) == Self.phandle else { return }
    } else {
      guard known == 0, FlattenedTree.Name(in: bytes, at: name, count: count) == "linux,phandle" else {
        return
      }
    }
    let phandle = bytes.word(at: value)
    guard phandle != 0, phandle != UInt32.max else { return }
    if known == 0 { withPhandle += 1 }
    self[node, TreeIndex.Field.phandle] = phandle
  }

  /// `phandle` and its zero, the first byte lowest.
  private static var phandle: UInt64 { 0x0065_6C64_6E61_6870 }
}

// MARK: - Tables

extension TreeIndexBuilder {
  private mutating func makeTable(entries: Int) -> TreeIndex.Table {
    let size = Self.tableSize(entries)
    let table = TreeIndex.Table(start: used, mask: size - 1)
    arena.clear(used..<used + size)
    used += size
    return table
  }

  /// Enters every node but the root under its name, and those with a unit address under what stands before it as well.
  mutating func makeNameTable(of tree: FlattenedTree) -> TreeIndex.Table {
    let table = makeTable(entries: 2 * count)
    let hasher = NameHash(seed: arena.seed)
    for node in 1..<UInt32(truncatingIfNeeded: max(count, 1)) {
      let name = FlattenedTree.Name(
        in: tree.bytes, at: Int(self[node, TreeIndex.Field.nameOffset]),
        count: Int(self[node, TreeIndex.Field.nameCount]))
      enter(node, name, .full, in: table, of: tree, hasher)
      let base = name.base
      if base.count < name.count { enter(node, base, .base, in: table, of: tree, hasher) }
    }
    return table
  }

  private func enter(
    _ node: UInt32, _ name: FlattenedTree.Name, _ kind: NameEntry.Kind, in table: TreeIndex.Table,
    of tree: FlattenedTree, _ hasher: NameHash
  ) {
    let parent = self[node, TreeIndex.Field.parent]
    let hash = hasher.hash(tree.bytes, at: name.offset, count: name.count, parent: parent)
    var slot = Int(hash) & table.mask
    while true {
      let entry = NameEntry(word: arena[table.start + slot])
      if entry.isFree {
        arena[table.start + slot] = NameEntry(node, kind).word
        return
      }
      if (entry.kind == .full) == (kind == .full), self[entry.node, TreeIndex.Field.parent] == parent {
        let other = FlattenedTree.Name(
          in: tree.bytes, at: Int(self[entry.node, TreeIndex.Field.nameOffset]),
          count: Int(self[entry.node, TreeIndex.Field.nameCount]))
        if (kind == .full ? other : other.base).bytes.hasSameBytes(as: name.bytes) {
          if kind == .base { arena[table.start + slot] = NameEntry(entry.node, .ambiguousBase).word }
          return
        }
      }
      slot = (slot + 1) & table.mask
    }
  }

  mutating func makePhandleTable() -> TreeIndex.Table {
    let table = makeTable(entries: withPhandle)
    let hasher = NameHash(seed: arena.seed)
    for node in 0..<UInt32(truncatingIfNeeded: count) {
      let phandle = self[node, TreeIndex.Field.phandle]
      if phandle != 0 { enter(node, phandle: phandle, in: table, hasher) }
    }
    return table
  }

  private func enter(_ node: UInt32, phandle: UInt32, in table: TreeIndex.Table, _ hasher: NameHash) {
    var slot = Int(hasher.hash(phandle)) & table.mask
    while true {
      let entry = arena[table.start + slot]
      if entry == 0 {
        arena[table.start + slot] = node + 1
        return
      }
      if self[entry - 1, TreeIndex.Field.phandle] == phandle { return }
      slot = (slot + 1) & table.mask
    }
  }
}
