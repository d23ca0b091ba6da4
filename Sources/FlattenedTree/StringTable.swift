// SPDX-License-Identifier: Apache-2.0

/// The strings block while it is written: a name is stored once, and a name that ends another one shares its bytes.
///
/// A name is looked for at every position of the table and the first match counts, as dtc does, so that both write
/// the same bytes. Every suffix of every name is in a hash table, so finding one takes no longer when the table grows.
struct StringTable {
  private(set) var bytes: [UInt8] = []
  /// For each position of the table, the hash of the string that starts there.
  private var hashes: [UInt32] = []
  /// Positions in `bytes` plus one, zero where free; the size is a power of two, at most half of it in use.
  private var slots: [UInt32]
  private var count = 0
  /// For the hashes of whole names, a position where such a name was found last, plus one; zero where there is none.
  /// Most properties of a tree share few names, and this answers for them sooner than a search would.
  private var recent: [UInt32]
  /// Keeps an input from choosing names whose hashes collide: it cannot know where memory is given out.
  private let seed: UInt64

  init() {
    slots = [UInt32](repeating: 0, count: 256)
    recent = [UInt32](repeating: 0, count: 1024)
    seed = unsafe slots.withUnsafeBufferPointer { UInt64(UInt(bitPattern: $0.baseAddress)) }
  }

  /// The offset of a name, which is added at the end when the table does not hold it yet.
  mutating func offset(of name: RawSpan) -> Int {
    let whole = NameHash(seed: seed).hash(name, at: 0, count: name.byteCount, parent: 0)
    let slot = Int(truncatingIfNeeded: whole) & (recent.count - 1)
    let position = Int(recent[slot]) - 1
    // What was found once stays the first place of its name: the table grows at its end only.
    if position >= 0, holds(name, at: position) { return position }
    let found = search(name)
    recent[slot] = UInt32(truncatingIfNeeded: found + 1)
    return found
  }

  private mutating func search(_ name: RawSpan) -> Int {
    var hash = seed
    for position in (0..<name.byteCount).reversed() { hash = Self.mix(hash, name.byte(at: position)) }
    if let found = find(name, hash: UInt32(truncatingIfNeeded: hash)) { return found }
    return append(name)
  }

  /// Adds a name and enters its suffixes, the whole name being the first of them.
  mutating func append(_ name: RawSpan) -> Int {
    let start = bytes.count
    unsafe name.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    bytes.append(0)
    hashes.append(contentsOf: repeatElement(0, count: name.byteCount + 1))
    // From the last byte to the first, so that one pass gives the hash of every suffix.
    var hash = seed
    hashes[start + name.byteCount] = UInt32(truncatingIfNeeded: hash)
    for position in (0..<name.byteCount).reversed() {
      hash = Self.mix(hash, name.byte(at: position))
      hashes[start + position] = UInt32(truncatingIfNeeded: hash)
    }
    // Once a suffix is in the table, all shorter ones are.
    for position in 0...name.byteCount {
      let suffix = name.extracting(position..<name.byteCount)
      if find(suffix, hash: hashes[start + position]) != nil { break }
      insert(start + position)
    }
    return start
  }

  private mutating func insert(_ position: Int) {
    if count * 2 >= slots.count {
      let old = slots
      slots = [UInt32](repeating: 0, count: old.count * 2)
      for entry in old where entry != 0 { place(Int(entry) - 1) }
    }
    place(position)
    count += 1
  }

  private mutating func place(_ position: Int) {
    var slot = Int(hashes[position]) & (slots.count - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = UInt32(truncatingIfNeeded: position + 1)
  }

  private func find(_ name: RawSpan, hash: UInt32) -> Int? {
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let position = Int(slots[slot]) - 1
      if hashes[position] == hash, holds(name, at: position) { return position }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Whether the string at a position is this name.
  private func holds(_ name: RawSpan, at position: Int) -> Bool {
    guard bytes.count - position > name.byteCount, bytes[position + name.byteCount] == 0 else { return false }
    return unsafe bytes.span.bytes.extracting(position..<position + name.byteCount).hasSameBytes(as: name)
  }

  @inline(__always)
  private static func mix(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
    let product = (hash ^ UInt64(byte)).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low
  }
}
