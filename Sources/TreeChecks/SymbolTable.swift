// SPDX-License-Identifier: Apache-2.0

/// A name as a number: equal names have equal numbers.
struct Symbol: Hashable {
  let index: Int32

  /// The symbol of a name that is nowhere.
  static let none = Symbol(index: -1)
}

/// Every name of one kind that a tree holds, once.
struct SymbolTable {
  private struct Entry {
    var start: Int
    var count: Int32
    var hash: UInt32
  }

  /// The names, one behind the other.
  private var bytes: [UInt8] = []
  private var entries: [Entry] = []
  /// Open addressing by hash; -1 is a free place. The count is a power of two, at least twice that of the names.
  private var slots: [Int32] = Array(repeating: -1, count: 256)
  /// Drawn anew each time, so that no tree can be made whose names all collide. Nothing that is said depends on it.
  private let seed = UInt64.random(in: .min ... .max)

  var count: Int { entries.count }

  mutating func symbol(for name: String) -> Symbol {
    if let symbol = unsafe name.utf8.withContiguousStorageIfAvailable({ unsafe symbol(for: UnsafeRawBufferPointer($0)) }
    ) {
      return symbol
    }
    return unsafe Array(name.utf8).withUnsafeBytes { unsafe symbol(for: $0) }
  }

  mutating func symbol(for name: UnsafeRawBufferPointer) -> Symbol {
    let hash = unsafe hash(name)
    let (found, slot) = unsafe look(name, hash)
    if found >= 0 { return Symbol(index: found) }
    let index = Int32(truncatingIfNeeded: entries.count)
    slots[slot] = index
    entries.append(Entry(start: bytes.count, count: Int32(truncatingIfNeeded: name.count), hash: hash))
    unsafe bytes.append(contentsOf: name)
    if entries.count * 2 > slots.count { grow() }
    return Symbol(index: index)
  }

  /// The symbol of a name; ``Symbol/none`` when it is nowhere.
  func known(_ name: String) -> Symbol {
    if let symbol = unsafe name.utf8.withContiguousStorageIfAvailable({ unsafe known(UnsafeRawBufferPointer($0)) }) {
      return symbol
    }
    return unsafe Array(name.utf8).withUnsafeBytes { unsafe known($0) }
  }

  private func known(_ name: UnsafeRawBufferPointer) -> Symbol {
    unsafe Symbol(index: look(name, hash(name)).found)
  }

  subscript(symbol: Symbol) -> String { name(Int(symbol.index)) }

  private func name(_ index: Int) -> String {
    let entry = entries[index]
    return String(decoding: bytes[entry.start..<entry.start + Int(entry.count)], as: UTF8.self)
  }

  /// What `body` makes of each name, by symbol.
  func map<Result>(_ body: (String) -> Result) -> [Result] { entries.indices.map { body(name($0)) } }

  /// The first byte of each name for which something holds, by symbol.
  func firstBytes(where holds: (UInt8) -> Bool) -> [UInt8?] {
    entries.map { entry in bytes[entry.start..<entry.start + Int(entry.count)].first(where: holds) }
  }

  // MARK: Hashing

  /// Where a name is: its number, or -1 and the free place for it.
  @inline(__always)
  private func look(_ name: UnsafeRawBufferPointer, _ hash: UInt32) -> (found: Int32, slot: Int) {
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if entry.hash == hash, Int(entry.count) == name.count, unsafe holds(name, at: entry.start) {
        return (slots[slot], slot)
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return (-1, slot)
  }

  @inline(__always)
  private func holds(_ name: UnsafeRawBufferPointer, at start: Int) -> Bool {
    unsafe bytes.withUnsafeBytes { pool in
      var at = 0
      while at + 8 <= name.count {
        let one = unsafe name.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        let two = unsafe pool.loadUnaligned(fromByteOffset: start + at, as: UInt64.self)
        if one != two { return false }
        at += 8
      }
      while at < name.count {
        if unsafe name[at] != pool[start + at] { return false }
        at += 1
      }
      return true
    }
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 2)
    for (index, entry) in entries.enumerated() {
      var slot = Int(entry.hash) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(truncatingIfNeeded: index)
    }
  }

  /// Eight bytes at a time; some of the last eight may have been mixed in before.
  @inline(__always)
  private func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let count = bytes.count
    var hash = seed ^ UInt64(truncatingIfNeeded: count)
    if count >= 8 {
      var at = 0
      while at + 8 < count {
        hash = Self.mix(hash, unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        at += 8
      }
      hash = Self.mix(hash, unsafe bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
    } else if count >= 4 {
      let first = unsafe bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
      let last = unsafe bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
      hash = Self.mix(hash, UInt64(first) << 32 | UInt64(last))
    } else {
      for at in 0..<count { hash = Self.mix(hash, UInt64(unsafe bytes[at])) }
    }
    return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
  }

  @inline(__always)
  private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
    return product ^ product >> 29
  }
}
