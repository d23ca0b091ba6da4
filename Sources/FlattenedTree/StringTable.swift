// SPDX-License-Identifier: Apache-2.0

/// The strings block while it is written: a name is stored once, and a name that ends another one shares its bytes.
///
/// A name is looked for at every position of the table and the first match counts, as dtc does, so that both write
/// the same bytes. Every suffix of every name is in a hash table, so finding one takes no longer when the table grows.
struct StringTable {
  private(set) var bytes: [UInt8] = []
  /// For each position of the table, the hash of the string that starts there.
  private var hashes: [UInt32] = []
  /// Open addressing: positions in `bytes` plus one, zero where free. The size is a power of two.
  private var slots = [UInt32](repeating: 0, count: 64)
  private var count = 0

  /// The offset of a name, which is added at the end when the table does not hold it yet.
  mutating func offset(of name: RawSpan) -> Int {
    let hash = Self.hash(name)
    if let found = find(name, hash: hash) { return found }
    let offset = bytes.count
    append(name)
    return offset
  }

  private mutating func append(_ name: RawSpan) {
    let start = bytes.count
    for position in 0..<name.byteCount { bytes.append(name.byte(at: position)) }
    bytes.append(0)
    hashes.append(contentsOf: repeatElement(0, count: name.byteCount + 1))
    var hash = Self.seed
    hashes[start + name.byteCount] = hash
    for position in (0..<name.byteCount).reversed() {
      hash = Self.mix(hash, name.byte(at: position))
      hashes[start + position] = hash
    }
    // Once a suffix is there, all shorter ones are.
    for position in 0...name.byteCount {
      let suffix = name.extracting(position..<name.byteCount)
      guard find(suffix, hash: hashes[start + position]) == nil else { return }
      insert(start + position)
    }
  }

  private mutating func insert(_ position: Int) {
    if count * 2 >= slots.count { grow() }
    place(position)
    count += 1
  }

  private mutating func place(_ position: Int) {
    var slot = Int(hashes[position]) & (slots.count - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = UInt32(truncatingIfNeeded: position + 1)
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt32](repeating: 0, count: old.count * 2)
    for entry in old where entry != 0 { place(Int(entry) - 1) }
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

  private func holds(_ name: RawSpan, at position: Int) -> Bool {
    guard bytes.count - position > name.byteCount, bytes[position + name.byteCount] == 0 else { return false }
    return unsafe bytes.span.bytes.extracting(position..<position + name.byteCount).hasSameBytes(as: name)
  }

  private static let seed: UInt32 = 0x9E37_79B9

  /// A hash that is made from the last byte to the first, so that one pass gives it for every suffix.
  private static func hash(_ name: RawSpan) -> UInt32 {
    var hash = seed
    for position in (0..<name.byteCount).reversed() { hash = mix(hash, name.byte(at: position)) }
    return hash
  }

  @inline(__always)
  private static func mix(_ hash: UInt32, _ byte: UInt8) -> UInt32 {
    let product = UInt64(hash ^ UInt32(byte)) &* 0xD6E8_FEB8_6659_FD93
    return UInt32(truncatingIfNeeded: product >> 32) ^ UInt32(truncatingIfNeeded: product)
  }
}
