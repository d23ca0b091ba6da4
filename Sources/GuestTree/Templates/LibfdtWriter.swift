// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

/// Writes the bytes that libfdt's sequential writer writes, down to the order of property names and to what is left over
/// when a value shrinks after the tree was finished.
///
/// Names grow from the end of the buffer towards the structure block there: each new one stands before all others, and a name is
/// found wherever its characters and a zero stand first, inside of longer names as well.
struct LibfdtWriter: GuestTreeSink {
  static var keepsHoles: Bool { true }

  private var structure: [UInt8] = []
  private var names: NamesFromTheEnd
  /// Where the nodes that are open begin.
  private var open: [Int] = []

  init(_ known: KnownNames = .none) {
    names = NamesFromTheEnd(known)
    structure.reserveCapacity(2048)
  }

  private static let largest = 1 << 28

  private func check(_ count: Int) throws(FlattenedTreeError) {
    guard count < Self.largest - structure.count else { throw FlattenedTreeError(.tooLarge, at: structure.count) }
  }

  mutating func beginNode(_ name: RawSpan) throws(FlattenedTreeError) {
    try check(name.byteCount)
    open.append(structure.count)
    structure.append(cell: 1)
    append(name)
    structure.append(0)
    pad()
  }

  var end: Int { 0x40 + structure.count }

  mutating func property(known name: Int, _ value: RawSpan) throws(FlattenedTreeError) {
    try property(at: names.distance(ofKnown: name), value)
  }

  mutating func property(_ name: RawSpan, _ value: RawSpan) throws(FlattenedTreeError) {
    guard name.byteCount <= FlattenedTree.longestPropertyName else {
      throw FlattenedTreeError(.propertyNameTooLong, at: structure.count)
    }
    try property(at: names.distance(of: name), value)
  }

  /// - Parameter distance: how far before the end of all names the name is; an offset only when all are there.
  private mutating func property(at distance: Int, _ value: RawSpan) throws(FlattenedTreeError) {
    try check(value.byteCount)
    structure.append(cell: 3)
    structure.append(cell: UInt32(truncatingIfNeeded: value.byteCount))
    structure.append(cell: UInt32(truncatingIfNeeded: distance))
    append(value)
    pad()
  }

  mutating func endNode() throws(FlattenedTreeError) {
    _ = open.popLast()
    structure.append(cell: 2)
  }

  mutating func endHole() throws(FlattenedTreeError) {
    let start = open.last ?? structure.count
    try endNode()
    // Names that only the hole used stay.
    for offset in stride(from: start, to: structure.count, by: 4) { structure.put(4, at: offset) }
  }

  /// The finished blob.
  ///
  /// - Parameter shrunk: by how many bytes a value became shorter after the blob had been finished. What follows moved down,
  ///   and the last bytes stay where they were as well.
  mutating func finish(shrunk: Int) throws(FlattenedTreeError) -> [UInt8] {
    structure.append(cell: 9)
    fixNames(names.count)
    let stringsOffset = 0x40 + structure.count
    var blob: [UInt8] = []
    blob.reserveCapacity(stringsOffset + names.count + shrunk)
    for word in [
      0xd00d_feed, stringsOffset + names.count + shrunk, 0x40, stringsOffset, 0x30, 17, 16, 0, names.count,
      structure.count,
    ] { blob.append(cell: UInt32(truncatingIfNeeded: word)) }
    // The reservation block starts behind the header, rounded up to eight bytes, and has its end only.
    blob.append(contentsOf: repeatElement(0, count: 0x40 - blob.count))
    blob += structure
    names.write(to: &blob)
    guard shrunk <= blob.count else { throw FlattenedTreeError(.tooLarge, at: blob.count) }
    if shrunk > 0 { blob += Array(blob.suffix(shrunk)) }
    return blob
  }

  /// Turns distances from the end of the names into offsets from their start.
  private mutating func fixNames(_ count: Int) {
    var offset = 0
    while offset + 4 <= structure.count {
      let token = structure.word(at: offset)
      offset += 4
      switch token {
      case 1:
        while offset < structure.count, structure[offset] != 0 { offset += 1 }
        offset = (offset + 4) & ~3
      case 3:
        let length = Int(structure.word(at: offset))
        let distance = Int(structure.word(at: offset + 4))
        structure.put(UInt32(truncatingIfNeeded: count - distance), at: offset + 4)
        offset += 8 + (length + 3) & ~3
      default: break
      }
    }
  }

  private mutating func append(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe structure.append(contentsOf: $0) }
  }

  private mutating func pad() {
    let more = -structure.count & 3
    if more > 0 { structure.append(contentsOf: repeatElement(0, count: more)) }
  }
}

/// Property names as libfdt keeps them while it writes.
private struct NamesFromTheEnd {
  /// All names, each reversed and led by its zero, so that the block grows at its end.
  private var reversed: [UInt8] = []
  private let known: KnownNames
  /// Where the known names that were added begin in the reversed block, plus one; zero for the others.
  private var places: [Int]
  /// By a sum of its characters, where each ending of each name begins in the reversed block; of equal ones the last. Empty
  /// before the first name that was not known beforehand.
  private var endings: [UInt64: Int] = [:]

  init(_ known: KnownNames) {
    self.known = known
    places = Array(repeating: 0, count: known.count)
    reversed.reserveCapacity(512)
  }

  var count: Int { reversed.count }

  func write(to blob: inout [UInt8]) {
    for byte in reversed.reversed() { blob.append(byte) }
  }

  /// How far before the end of the block a known name begins; it is added when it is not there.
  mutating func distance(ofKnown number: Int) -> Int {
    guard endings.isEmpty else { return unsafe distance(of: known[number].span.bytes) }
    // What was added last stands first: the name itself, or one that ends with it.
    var last = places[number]
    for index in known.endings(of: number) { last = max(last, places[known.ending(index).name]) }
    let name = known[number]
    if last > 0 { return last + name.count }
    let start = reversed.count
    places[number] = start + 1
    reversed.append(0)
    reversed.append(contentsOf: name.reversed())
    return start + name.count + 1
  }

  /// How far before the end of the block a name begins; it is added when it is not there.
  mutating func distance(of name: RawSpan) -> Int {
    if endings.isEmpty { enterAll() }
    var sum = Self.seed
    for index in (0..<name.byteCount).reversed() {
      sum = unsafe Self.add(name.unsafeLoad(fromByteOffset: index, as: UInt8.self), to: sum)
    }
    if let start = endings[sum], holds(name, at: start) { return start + name.byteCount + 1 }
    let start = reversed.count
    reversed.append(0)
    for index in (0..<name.byteCount).reversed() {
      unsafe reversed.append(name.unsafeLoad(fromByteOffset: index, as: UInt8.self))
    }
    enter(from: start)
    return start + name.byteCount + 1
  }

  /// Enters the names that there are, all of which were known.
  private mutating func enterAll() {
    for start in reversed.indices where reversed[start] == 0 { enter(from: start) }
  }

  /// Enters the endings of the name that begins there.
  private mutating func enter(from start: Int) {
    var sum = Self.seed
    endings[sum] = start
    var at = start + 1
    while at < reversed.count, reversed[at] != 0 {
      sum = Self.add(reversed[at], to: sum)
      endings[sum] = start
      at += 1
    }
  }

  private func holds(_ name: RawSpan, at start: Int) -> Bool {
    let count = name.byteCount
    guard start + 1 + count <= reversed.count else { return false }
    for index in 0..<count
    where unsafe reversed[start + count - index] != name.unsafeLoad(fromByteOffset: index, as: UInt8.self) {
      return false
    }
    return true
  }

  private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

  private static func add(_ byte: UInt8, to sum: UInt64) -> UInt64 { (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
}
