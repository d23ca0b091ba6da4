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
  private var names = NamesFromTheEnd()
  /// Where the nodes that are open begin.
  private var open: [Int] = []
  private let known: KnownNames
  /// Where the known names are, as long as no more names have been added than ``age``; zero when that has not been asked.
  private var places: [UInt32]
  private var age = 0

  init(_ known: KnownNames = KnownNames.none) {
    self.known = known
    places = Array(repeating: 0, count: known.count)
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
    // A name that is added ahead of others may end with one of them, which is then found there.
    if age != names.count {
      for index in places.indices { places[index] = 0 }
      age = names.count
    }
    if places[name] == 0 { unsafe places[name] = try place(of: known[name].span.bytes) }
    // Adding that name has made the other places old, but not its own.
    try property(at: places[name], value)
  }

  mutating func property(_ name: RawSpan, _ value: RawSpan) throws(FlattenedTreeError) {
    try property(at: try place(of: name), value)
  }

  /// How far before the end of all names a name is; known as an offset only when all are there. Never zero.
  private mutating func place(of name: RawSpan) throws(FlattenedTreeError) -> UInt32 {
    guard name.byteCount <= FlattenedTree.longestPropertyName else {
      throw FlattenedTreeError(.propertyNameTooLong, at: structure.count)
    }
    return UInt32(truncatingIfNeeded: names.distance(of: name))
  }

  private mutating func property(at place: UInt32, _ value: RawSpan) throws(FlattenedTreeError) {
    try check(value.byteCount)
    structure.append(cell: 3)
    structure.append(cell: UInt32(truncatingIfNeeded: value.byteCount))
    structure.append(cell: place)
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
    let block = names.block
    fixNames(block.count)
    let stringsOffset = 0x40 + structure.count
    var header: [UInt8] = []
    for word in [
      0xd00d_feed, stringsOffset + block.count + shrunk, 0x40, stringsOffset, 0x30, 17, 16, 0, block.count,
      structure.count,
    ] { header.append(cell: UInt32(truncatingIfNeeded: word)) }
    // The reservation block starts behind the header, rounded up to eight bytes, and has its end only.
    header.append(contentsOf: repeatElement(0, count: 0x40 - header.count))
    let whole = header + structure + block
    guard shrunk <= whole.count else { throw FlattenedTreeError(.tooLarge, at: whole.count) }
    return whole + whole.suffix(shrunk)
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
    while structure.count % 4 != 0 { structure.append(0) }
  }
}

/// Property names as libfdt keeps them while it writes.
private struct NamesFromTheEnd {
  /// All names, each reversed and led by its zero, so that the block grows at its end.
  private var reversed: [UInt8] = []
  /// By a sum of its characters, where each ending of each name begins in the reversed block; of equal ones the last.
  private var endings: [UInt64: Int] = [:]

  var count: Int { reversed.count }

  var block: [UInt8] { reversed.reversed() }

  /// How far before the end of the block a name begins; it is added when it is not there.
  mutating func distance(of name: RawSpan) -> Int {
    let bytes: [UInt8] = unsafe name.withUnsafeBytes { unsafe Array($0) }
    var sum = Self.seed
    for byte in bytes.reversed() { sum = Self.add(byte, to: sum) }
    if let start = endings[sum], holds(bytes, at: start) { return start + bytes.count + 1 }
    let start = reversed.count
    reversed.append(0)
    var ending = Self.seed
    endings[ending] = start
    for byte in bytes.reversed() {
      reversed.append(byte)
      ending = Self.add(byte, to: ending)
      endings[ending] = start
    }
    return start + bytes.count + 1
  }

  private func holds(_ name: [UInt8], at start: Int) -> Bool {
    guard start + 1 + name.count <= reversed.count else { return false }
    for (index, byte) in name.reversed().enumerated() where reversed[start + 1 + index] != byte { return false }
    return true
  }

  private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

  private static func add(_ byte: UInt8, to sum: UInt64) -> UInt64 { (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
}

extension [UInt8] {
  func word(at offset: Int) -> UInt32 {
    guard offset >= 0, offset + 4 <= count else { return 0 }
    return UInt32(self[offset]) << 24 | UInt32(self[offset + 1]) << 16 | UInt32(self[offset + 2]) << 8
      | UInt32(self[offset + 3])
  }

  mutating func put(_ word: UInt32, at offset: Int) {
    guard offset >= 0, offset + 4 <= count else { return }
    for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * index)) }
  }
}
