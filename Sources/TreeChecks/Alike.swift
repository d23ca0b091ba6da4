// SPDX-License-Identifier: Apache-2.0

/// Finds those of a list that are alike, in linear time.
///
/// A short list is compared pair by pair, which needs no memory; a longer one by hashing.
struct Alike {
  private static let threshold = 12

  /// For each element, the position of the next one with the same key; -1 when there is none.
  private var next: [Int]
  /// For each element, the position of the first one with the same key.
  private var first: [Int]
  /// For each first element of a group, how many are alike.
  private var sizes: [Int]
  private(set) var hasAny = false

  /// Elements without a key are like no other.
  init<Key: Hashable>(_ keys: [Key?]) {
    next = Array(repeating: -1, count: keys.count)
    first = Array(keys.indices)
    sizes = Array(repeating: 1, count: keys.count)
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
    sizes[first[earlier]] += 1
    hasAny = true
  }

  /// Calls `body` with each pair of like elements, the earlier one first: all pairs of an element before those of the
  /// next.
  ///
  /// In a group of more than `limit`, pairs with its first element only: n² of them would help nobody.
  func forEachPair(limit: Int, _ body: (_ earlier: Int, _ later: Int) -> Void) {
    guard hasAny else { return }
    for earlier in next.indices where next[earlier] >= 0 {
      if sizes[first[earlier]] > limit, first[earlier] != earlier { continue }
      var later = next[earlier]
      while later >= 0 {
        body(earlier, later)
        later = next[later]
      }
    }
  }

  /// Calls `body` with the same pairs as ``forEachPair(limit:_:)``, but all pairs of a later element before those of
  /// the one behind it.
  func forEachPairByLater(limit: Int, _ body: (_ earlier: Int, _ later: Int) -> Void) {
    guard hasAny else { return }
    for later in next.indices where first[later] != later {
      var earlier = first[later]
      while earlier >= 0, earlier != later {
        body(earlier, later)
        earlier = sizes[first[later]] > limit ? -1 : next[earlier]
      }
    }
  }
}
