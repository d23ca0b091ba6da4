// SPDX-License-Identifier: Apache-2.0

/// Finds those of a list that are alike, in linear time.
///
/// A short list is compared pair by pair, which needs no memory; a longer one by hashing.
struct Alike {
  private static let threshold = 12

  /// For each element, the position of the next one with the same key; -1 when there is none.
  private(set) var next: [Int]
  /// For each element, the position of the first one with the same key.
  private(set) var first: [Int]
  private(set) var hasAny = false

  /// Elements without a key are like no other.
  init<Key: Hashable>(_ keys: [Key?]) {
    next = Array(repeating: -1, count: keys.count)
    first = Array(keys.indices)
    if keys.count <= Self.threshold { comparePairs(keys) } else { hash(keys) }
  }

  private mutating func comparePairs<Key: Hashable>(_ keys: [Key?]) {
    for later in keys.indices {
      guard let key = keys[later] else { continue }
      for earlier in stride(from: later - 1, through: 0, by: -1) where keys[earlier] == key {
        link(earlier, later)
        break
      }
    }
  }

  private mutating func hash<Key: Hashable>(_ keys: [Key?]) {
    var last: [Key: Int] = [:]
    last.reserveCapacity(keys.count)
    for (position, key) in keys.enumerated() {
      guard let key else { continue }
      if let earlier = last.updateValue(position, forKey: key) { link(earlier, position) }
    }
  }

  private mutating func link(_ earlier: Int, _ later: Int) {
    next[earlier] = later
    first[later] = first[earlier]
    hasAny = true
  }

  /// Calls `body` with each pair of like elements, the earlier one first: all pairs of an element before those of the next.
  ///
  /// - Parameter limit: how many elements of a group are told apart from those behind them.
  func forEachPair(limit: Int, _ body: (_ earlier: Int, _ later: Int) -> Void) {
    guard hasAny else { return }
    var seen: [Int: Int] = [:]
    for earlier in next.indices where next[earlier] >= 0 {
      let rank = seen[first[earlier], default: 0]
      seen[first[earlier]] = rank + 1
      guard rank < limit else { continue }
      var later = next[earlier]
      while later >= 0 {
        body(earlier, later)
        later = next[later]
      }
    }
  }

  /// Calls `body` with each pair of like elements, the earlier one first: all pairs of a later element before those of the one
  /// behind it.
  func forEachPairByLater(limit: Int, _ body: (_ earlier: Int, _ later: Int) -> Void) {
    guard hasAny else { return }
    for later in next.indices where first[later] != later {
      var earlier = first[later]
      var rank = 0
      while earlier >= 0, earlier != later, rank < limit {
        body(earlier, later)
        earlier = next[earlier]
        rank += 1
      }
    }
  }
}
