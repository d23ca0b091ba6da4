// SPDX-License-Identifier: Apache-2.0

/// The strings block while it is written: a name is stored once, and a name that ends another one shares its bytes.
///
/// A name is looked for at every position of the table and the first match counts, as dtc does, so that both write
/// the same bytes. Every suffix of every name is in a hash table, so finding one takes no longer when the table grows.
struct StringTable {
  private(set) var bytes: [UInt8] = []
  /// Where strings start: the hash of the string above its position plus one. Zero where free; the size is a power of two, at most
  /// half of it in use.
  ///
  /// Nothing is entered before the first name that was not known beforehand.
  private var slots: [UInt64] = []
  private var count = 0
  /// For the hashes of whole names, a position where such a name was found last, plus one; zero where there is none.
  /// Most properties of a tree share few names, and this answers for them sooner than a search would.
  private var recent: [UInt32] = []
  /// For each length, the hash of so many last bytes of the name that is looked for.
  private var hashes: [UInt32] = []
  /// Keeps an input from choosing names whose hashes collide: it cannot know where memory is given out.
  private var seed: UInt64 = 0
  let known: KnownNames
  /// Where the known names are, plus one; zero for those that have not been used.
  private var places: [UInt32]

  init(_ known: KnownNames) {
    self.known = known
    places = [UInt32](repeating: 0, count: known.count)
    bytes.reserveCapacity(512)
  }

  /// The offset of a known name, which is added at the end when the table does not hold it yet.
  @inline(__always)
  mutating func offset(ofKnown number: Int) -> Int {
    let place = Int(places[number])
    return place > 0 ? place - 1 : search(forKnown: number)
  }

  private mutating func search(forKnown number: Int) -> Int {
    let found = unsafe slots.isEmpty ? offsetAmongKnown(number) : offset(of: known[number].span.bytes)
    places[number] = UInt32(truncatingIfNeeded: found + 1)
    return found
  }

  /// The offset of a known name in a table that holds nothing but such names: in the first one that ends with it, or at the end.
  private mutating func offsetAmongKnown(_ number: Int) -> Int {
    var first = Int.max
    for index in known.endings(of: number) {
      let ending = known.ending(index)
      let place = Int(places[ending.name])
      if place > 0 { first = min(first, place - 1 + ending.offset) }
    }
    guard first == .max else { return first }
    let start = bytes.count
    bytes.append(contentsOf: known[number])
    bytes.append(0)
    return start
  }

  /// Begins to enter names: first all that there are.
  private mutating func begin() {
    slots = [UInt64](repeating: 0, count: 1024)
    recent = [UInt32](repeating: 0, count: 1024)
    seed = unsafe slots.withUnsafeBufferPointer { UInt64(UInt(bitPattern: $0.baseAddress)) }
    let block = bytes
    bytes.removeAll(keepingCapacity: true)
    unsafe take(block.span.bytes)
  }

  /// Adds all strings of a block as they are, those that are there already included.
  mutating func take(_ block: RawSpan) {
    var start = 0
    while start < block.byteCount {
      let rest = block.extracting(start..<block.byteCount)
      let count = rest.position(of: 0) ?? rest.byteCount
      append(rest.extracting(0..<count))
      start += count + 1
    }
  }

  /// The offset of a name, which is added at the end when the table does not hold it yet.
  mutating func offset(of name: RawSpan) -> Int {
    if slots.isEmpty { begin() }
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
    hashSuffixes(of: name)
    let whole = hashes[name.byteCount]
    var slot = Int(whole) & (slots.count - 1)
    while slots[slot] != 0 {
      let position = Self.position(slots[slot])
      if Self.hash(slots[slot]) == whole, holds(name, at: position) { return position }
      slot = (slot + 1) & (slots.count - 1)
    }
    return add(name)
  }

  /// Adds a name at the end, wherever else it is.
  private mutating func append(_ name: RawSpan) {
    if slots.isEmpty { begin() }
    hashSuffixes(of: name)
    _ = add(name)
  }

  /// One pass from the last byte to the first gives the hash of every suffix.
  private mutating func hashSuffixes(of name: RawSpan) {
    let count = name.byteCount
    if hashes.count <= count { hashes = [UInt32](repeating: 0, count: 2 * count + 64) }
    var hash = seed
    hashes[0] = UInt32(truncatingIfNeeded: hash)
    for length in 0..<count {
      hash = Self.mix(hash, name.byte(at: count - 1 - length))
      hashes[length + 1] = UInt32(truncatingIfNeeded: hash)
    }
  }

  /// Adds a name whose suffixes have their hashes already, and enters them, the whole name being the first.
  private mutating func add(_ name: RawSpan) -> Int {
    let start = write(name)
    makeRoom(for: name.byteCount + 1)
    for position in 0...name.byteCount {
      // Once a suffix is in the table, all shorter ones are.
      guard enter(start + position, name.extracting(position..<name.byteCount)) else { break }
    }
    return start
  }

  /// Writes a name and a zero at the end.
  private mutating func write(_ name: RawSpan) -> Int {
    let start = bytes.count
    unsafe name.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    bytes.append(0)
    return start
  }

  /// Enters a string where it starts.
  ///
  /// - Returns: false when it starts somewhere already.
  @inline(__always)
  private mutating func enter(_ position: Int, _ string: RawSpan) -> Bool {
    let hash = hashes[string.byteCount]
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != 0 {
      if Self.hash(slots[slot]) == hash, holds(string, at: Self.position(slots[slot])) { return false }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = UInt64(hash) << 32 | UInt64(UInt32(truncatingIfNeeded: position + 1))
    count += 1
    return true
  }

  /// Makes room for so many more entries.
  private mutating func makeRoom(for more: Int) {
    var size = slots.count
    while (count + more) * 2 > size { size *= 2 }
    guard size > slots.count else { return }
    let old = slots
    slots = [UInt64](repeating: 0, count: size)
    for entry in old where entry != 0 {
      var slot = Int(Self.hash(entry)) & (size - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = entry
    }
  }

  private static func hash(_ entry: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: entry >> 32) }

  private static func position(_ entry: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: entry)) - 1 }

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
