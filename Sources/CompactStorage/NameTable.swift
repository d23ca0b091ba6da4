// SPDX-License-Identifier: Apache-2.0

/// A name as a number: equal names of one table have equal numbers.
public struct Symbol: Hashable, BitwiseCopyable, Sendable {
  public var index: Int32

  @inlinable
  public init(index: Int32) {
    self.index = index
  }

  @inlinable
  public static func == (one: Symbol, other: Symbol) -> Bool { one.index == other.index }

  @inlinable
  public func hash(into hasher: inout Hasher) { hasher.combine(index) }

  /// The symbol of a name that is nowhere.
  @inlinable public static var none: Symbol { Symbol(index: -1) }
}

/// Names, each stored once.
public struct NameTable: ~Copyable {
  @usableFromInline
  struct Entry: BitwiseCopyable {
    @usableFromInline var start: Int
    @usableFromInline var count: Int32
    @usableFromInline var hash: UInt32
  }

  /// Zero bytes behind the names, so that the last one can be read eight bytes at a time.
  private static let padding = 8

  /// The names, one behind the other.
  @usableFromInline var bytes = Pool<UInt8>()
  @usableFromInline var entries = Pool<Entry>()
  /// Open addressing by hash; -1 is a free place. The count is a power of two, at least twice that of the names.
  private var slots = Pool<Int32>()
  /// Drawn anew in each process, so that no tree can be made whose names all collide. Nothing that is written depends
  /// on it.
  private static let processSeed = UInt64.random(in: .min ... .max)
  private let seed = Self.processSeed

  /// - Parameter expected: about how many names there will be; 0 for a table that is only a placeholder.
  public init(expected: Int = 256) {
    guard expected > 0 else { return }
    var places = 64
    while places < expected * 2 { places *= 2 }
    slots.append(repeating: -1, count: places)
    entries.reserve(expected)
    bytes.reserve(expected * 12)
    bytes.append(repeating: 0, count: Self.padding)
  }

  public var count: Int { entries.count }

  /// The symbol of a name, which is added when it is not there yet.
  public mutating func symbol(for name: String) -> Symbol {
    if let symbol = unsafe name.utf8.withContiguousStorageIfAvailable({ unsafe symbol(for: $0) }) { return symbol }
    return unsafe Array(name.utf8).withUnsafeBufferPointer { unsafe symbol(for: $0) }
  }

  /// The symbol of a name given as bytes.
  public mutating func symbol(for name: UnsafeBufferPointer<UInt8>) -> Symbol {
    let name = UnsafeRawBufferPointer(name)
    let hash = unsafe hash(name)
    let (found, slot) = unsafe look(name, hash)
    if found >= 0 { return Symbol(index: found) }
    let index = Int32(truncatingIfNeeded: entries.count)
    slots[slot] = index
    let start = bytes.count - Self.padding
    entries.append(Entry(start: start, count: Int32(truncatingIfNeeded: name.count), hash: hash))
    bytes.truncate(to: start)
    unsafe bytes.append(contentsOf: name.bindMemory(to: UInt8.self))
    bytes.append(repeating: 0, count: Self.padding)
    if entries.count * 2 > slots.count { grow() }
    return Symbol(index: index)
  }

  /// The symbol of a name; ``Symbol/none`` when it is nowhere.
  public func known(_ name: String) -> Symbol {
    if let symbol = unsafe name.utf8.withContiguousStorageIfAvailable({ unsafe known($0) }) { return symbol }
    return unsafe Array(name.utf8).withUnsafeBufferPointer { unsafe known($0) }
  }

  public func known(_ name: UnsafeBufferPointer<UInt8>) -> Symbol {
    let name = UnsafeRawBufferPointer(name)
    return unsafe Symbol(index: look(name, hash(name)).found)
  }

  /// The name as a string.
  public subscript(symbol: Symbol) -> String {
    unsafe withBytes(of: symbol) { unsafe String(decoding: $0, as: UTF8.self) }
  }

  @inlinable
  public func length(of symbol: Symbol) -> Int { Int(entries[symbol.index].count) }

  @inlinable
  @inline(__always)
  public func withBytes<Result, Failure: Error>(
    of symbol: Symbol, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let entry = entries[symbol.index]
    return try unsafe bytes.withElements { all throws(Failure) in
      unsafe try body(UnsafeBufferPointer(rebasing: all[entry.start..<entry.start + Int(entry.count)]))
    }
  }

  // MARK: Hashing

  /// Where a name is: its number, or -1 and the free place for it.
  @inline(__always)
  private func look(_ name: UnsafeRawBufferPointer, _ hash: UInt32) -> (found: Int32, slot: Int) {
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let entry = entries[slots[slot]]
      if entry.hash == hash, Int(entry.count) == name.count, unsafe holds(name, at: entry.start) {
        return (slots[slot], slot)
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return (-1, slot)
  }

  @inline(__always)
  private func holds(_ name: UnsafeRawBufferPointer, at start: Int) -> Bool {
    unsafe bytes.withElements { all in
      let own = UnsafeRawBufferPointer(all)
      func isSame(at offset: Int) -> Bool {
        let one = unsafe name.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        return unsafe one == own.loadUnaligned(fromByteOffset: start + offset, as: UInt64.self)
      }
      var at = 0
      if name.count >= 8 {
        while at + 8 < name.count {
          guard isSame(at: at) else { return false }
          at += 8
        }
        // The last eight, of which some may have been compared.
        return isSame(at: name.count - 8)
      }
      while at < name.count {
        if unsafe name[at] != own[start + at] { return false }
        at += 1
      }
      return true
    }
  }

  private mutating func grow() {
    let size = slots.count * 2
    slots.removeAll()
    slots.append(repeating: -1, count: size)
    for index in 0..<entries.count {
      var slot = Int(entries[index].hash) & (size - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
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
