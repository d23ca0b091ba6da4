// SPDX-License-Identifier: Apache-2.0

/// What belongs to each of some numbers, such as the node to each phandle.
///
/// A dictionary would do the same. But the runtime makes the type of each kind of dictionary when it is first used, and
/// looks through all conformances of the program for that: longer than many a source takes to compile.
public struct NumberTable: ~Copyable {
  /// Open addressing; what a place holds is free or removed where the value is negative. The count is a power of two, at
  /// least twice that of the places ever taken.
  private var keys = Pool<UInt64>()
  private var values = Pool<Int32>()
  private var taken = 0
  private static let free: Int32 = -1
  private static let removed: Int32 = -2
  /// Drawn anew in each process, so that no input can be made whose numbers all collide.
  private static let processSeed = UInt64.random(in: .min ... .max)
  private let seed = Self.processSeed

  public init() {}

  /// Whether nothing was ever put in.
  public var isEmpty: Bool { taken == 0 }

  /// The value of a number; nil when it has none.
  public subscript(key: UInt64) -> Int32? {
    guard taken > 0 else { return nil }
    let value = values[place(of: key)]
    return value < 0 ? nil : value
  }

  /// The value of a pair of numbers.
  @inline(__always)
  public subscript(first: Int32, second: Int32) -> Int32? { self[Self.key(first, second)] }

  /// Gives a number its value, which is not negative.
  public mutating func set(_ key: UInt64, _ value: Int32) {
    if (taken + 1) * 2 > keys.count { grow() }
    let place = place(of: key)
    if values[place] == Self.free { taken += 1 }
    keys[place] = key
    values[place] = value
  }

  public mutating func set(_ first: Int32, _ second: Int32, _ value: Int32) { set(Self.key(first, second), value) }

  public mutating func remove(_ first: Int32, _ second: Int32) {
    guard taken > 0 else { return }
    let place = place(of: Self.key(first, second))
    if values[place] >= 0 { values[place] = Self.removed }
  }

  public mutating func removeAll() {
    keys.removeAll()
    values.removeAll()
    taken = 0
  }

  private static func key(_ first: Int32, _ second: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: first)) << 32 | UInt64(UInt32(bitPattern: second))
  }

  /// Where a number is, or the free place for it.
  private func place(of key: UInt64) -> Int {
    let product = (key ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    var place = Int(truncatingIfNeeded: product.high ^ product.low) & (keys.count - 1)
    while values[place] != Self.free, keys[place] != key { place = (place + 1) & (keys.count - 1) }
    return place
  }

  private mutating func grow() {
    var oldKeys = Pool<UInt64>()
    var oldValues = Pool<Int32>()
    swap(&keys, &oldKeys)
    swap(&values, &oldValues)
    let size = max(oldKeys.count * 2, 64)
    keys.append(repeating: 0, count: size)
    values.append(repeating: Self.free, count: size)
    taken = 0
    for at in 0..<oldKeys.count where oldValues[at] >= 0 {
      let place = place(of: oldKeys[at])
      keys[place] = oldKeys[at]
      values[place] = oldValues[at]
      taken += 1
    }
  }
}
