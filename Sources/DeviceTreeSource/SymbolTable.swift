// SPDX-License-Identifier: Apache-2.0
import CompactStorage

/// A number for each different name of the sources, so that a name is stored and compared once.
///
/// The table points into the source buffers, which live as long as the parser, and owns the buffers of other names.
@safe struct SymbolTable: ~Copyable {
  struct Symbol: Hashable {
    var index: Int32
  }

  @safe private struct Entry {
    let start: UnsafeRawPointer
    let count: Int32
    let hash: UInt32
  }

  private(set) var names: [String] = []
  private var entries: [Entry] = []
  private var ownBuffers: [SourceBuffer] = []
  /// Open addressing; -1 is a free place. The count is a power of two.
  private var slots: [Int32]
  /// Drawn anew each time, so that no source can be made whose names all collide. Nothing that is written depends on it.
  private let seed = UInt64.random(in: .min ... .max)

  /// Whether each name is kept as a string, too, for ``subscript(_:)``.
  private let keepsNames: Bool

  init(keepsNames: Bool = true) {
    self.keepsNames = keepsNames
    slots = Array(repeating: -1, count: 1024)
  }

  deinit {
    for buffer in ownBuffers { buffer.deallocate() }
  }

  subscript(symbol: Symbol) -> String { names[Int(symbol.index)] }

  /// The symbol for a name that stands in no source.
  mutating func symbol(for name: String) -> Symbol {
    let buffer = SourceBuffer(copying: Array(name.utf8))
    ownBuffers.append(buffer)
    return symbol(of: buffer, 0..<buffer.count)
  }

  /// The symbol for a part of a source.
  mutating func symbol(of buffer: SourceBuffer, _ range: Range<Int>) -> Symbol {
    let pointers = unsafe buffer.pointers(range)
    guard let start = unsafe pointers.baseAddress.map({ unsafe UnsafeRawPointer($0) }) else {
      return Symbol(index: 0)
    }
    let count = range.count
    let hash = unsafe hash(start, count)
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if entry.hash == hash, Int(entry.count) == count, unsafe Self.equal(entry.start, start, count) {
        return Symbol(index: slots[slot])
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    let index = Int32(truncatingIfNeeded: entries.count)
    slots[slot] = index
    unsafe entries.append(Entry(start: start, count: Int32(truncatingIfNeeded: count), hash: hash))
    if keepsNames { names.append(buffer.string(range)) }
    if entries.count * 2 > slots.count { grow() }
    return Symbol(index: index)
  }

  /// The symbol for a part of a source, if it has one.
  func find(_ buffer: SourceBuffer, _ range: Range<Int>) -> Symbol? {
    let pointers = unsafe buffer.pointers(range)
    guard let start = unsafe pointers.baseAddress.map({ unsafe UnsafeRawPointer($0) }) else { return nil }
    let hash = unsafe hash(start, range.count)
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if entry.hash == hash, Int(entry.count) == range.count, unsafe Self.equal(entry.start, start, range.count) {
        return Symbol(index: slots[slot])
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 2)
    for (index, entry) in entries.enumerated() {
      var slot = Int(entry.hash) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(truncatingIfNeeded: index)
    }
  }

  /// Eight bytes at a time; behind every name at least that many can be read.
  private func hash(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt32 {
    var hash = seed ^ UInt64(truncatingIfNeeded: count)
    var at = 0
    while at < count {
      var word = unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
      let left = count - at
      if left < 8 { word &= (1 << UInt64(left * 8)) - 1 }
      hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
      at += 8
    }
    return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
  }

  private static func equal(_ first: UnsafeRawPointer, _ second: UnsafeRawPointer, _ count: Int) -> Bool {
    var at = 0
    while at < count {
      let one = unsafe first.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      let two = unsafe second.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      var difference = (one ^ two).littleEndian
      let left = count - at
      if left < 8 { difference &= (1 << UInt64(left * 8)) - 1 }
      if difference != 0 { return false }
      at += 8
    }
    return true
  }
}
