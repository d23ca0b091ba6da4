// SPDX-License-Identifier: Apache-2.0

/// What belongs to each of some numbers, such as the node to each phandle.
public struct NumberTable: ~Copyable {
  /// Open addressing; a place is free where the value is negative. The count is a power of two, at least twice that of
  /// the numbers.
  private var keys = Pool<UInt32>()
  private var values = Pool<Int32>()
  private var count = 0
  /// Drawn anew in each process, so that no input can be made whose numbers all collide.
  private static let processSeed = UInt64.random(in: .min ... .max)
  private let seed = Self.processSeed

  public init() {}

  /// The value of a number; nil when it has none.
  public subscript(key: UInt32) -> Int32? {
    guard count > 0 else { return nil }
    let value = values[place(of: key)]
    return value < 0 ? nil : value
  }

  /// Gives a number its value, which is not negative.
  public mutating func set(_ key: UInt32, _ value: Int32) {
    if (count + 1) * 2 > keys.count { grow() }
    let place = place(of: key)
    if values[place] < 0 { count += 1 }
    keys[place] = key
    values[place] = value
  }

  public mutating func removeAll() {
    keys.removeAll()
    values.removeAll()
    count = 0
  }

  /// Where a number is, or the free place for it.
  private func place(of key: UInt32) -> Int {
    let product = (UInt64(key) ^ seed) &* 0x9E37_79B9_7F4A_7C15
    var place = Int(truncatingIfNeeded: product >> 32) & (keys.count - 1)
    while values[place] >= 0, keys[place] != key { place = (place + 1) & (keys.count - 1) }
    return place
  }

  private mutating func grow() {
    var oldKeys = Pool<UInt32>()
    var oldValues = Pool<Int32>()
    swap(&keys, &oldKeys)
    swap(&values, &oldValues)
    let size = max(oldKeys.count * 2, 64)
    keys.append(repeating: 0, count: size)
    values.append(repeating: -1, count: size)
    for at in 0..<oldKeys.count where oldValues[at] >= 0 {
      let place = place(of: oldKeys[at])
      keys[place] = oldKeys[at]
      values[place] = oldValues[at]
    }
  }
}
