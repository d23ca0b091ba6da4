// SPDX-License-Identifier: Apache-2.0

/// Ranges that may overlap, held so that those which meet a given one are found without a look at all of them.
public struct RangeIndex: Sendable {
  /// Ascending by their starts.
  private let ranges: [Range<UInt64>]
  /// Where each stood when the index was made.
  private let order: [Int]
  /// The furthest end in each half of the list, of each half's halves and so on: a tree in an array, its root at 1.
  private let furthest: [UInt64]
  private let width: Int

  public init(_ unordered: [Range<UInt64>]) {
    order = unordered.indices.sorted {
      (unordered[$0].lowerBound, unordered[$0].upperBound, $0)
        < (unordered[$1].lowerBound, unordered[$1].upperBound, $1)
    }
    ranges = order.map { unordered[$0] }
    var width = 1
    while width < ranges.count { width *= 2 }
    var furthest = [UInt64](repeating: 0, count: 2 * width)
    for (index, range) in ranges.enumerated() { furthest[width + index] = range.upperBound }
    for index in (1..<width).reversed() { furthest[index] = max(furthest[2 * index], furthest[2 * index + 1]) }
    self.furthest = furthest
    self.width = width
  }

  /// Which of the ranges meet this one, by their starts: their places in the list that the index was made of.
  ///
  /// - Parameter limit: how many are enough.
  public func overlapping(_ range: Range<UInt64>, limit: Int = .max) -> [Int] {
    guard !range.isEmpty else { return [] }
    var result: [Int] = []
    var work = [(node: 1, first: 0, count: width)]
    while let (node, first, count) = work.popLast(), result.count < limit {
      // Everything here ends before, or begins behind.
      guard furthest[node] > range.lowerBound, first < ranges.count, ranges[first].lowerBound < range.upperBound
      else { continue }
      if count == 1 {
        if ranges[first].overlaps(range) { result.append(order[first]) }
        continue
      }
      work.append((2 * node + 1, first + count / 2, count / 2))
      work.append((2 * node, first, count / 2))
    }
    return result
  }
}
