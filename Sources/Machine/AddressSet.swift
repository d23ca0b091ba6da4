// SPDX-License-Identifier: Apache-2.0

/// A set of addresses, kept as ascending half-open ranges that do not touch.
public struct AddressSet: Hashable, Sendable {
  public private(set) var ranges: [Range<UInt64>] = []

  public init() {}

  public init(_ ranges: some Sequence<Range<UInt64>>) {
    for range in ranges { insert(range) }
  }

  public mutating func insert(_ range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    var merged = range
    let first = ranges.firstIndex { $0.upperBound >= range.lowerBound } ?? ranges.endIndex
    let last = ranges[first...].firstIndex { $0.lowerBound > range.upperBound } ?? ranges.endIndex
    let touching = first..<last
    for other in ranges[touching] {
      merged = min(merged.lowerBound, other.lowerBound)..<max(merged.upperBound, other.upperBound)
    }
    ranges.replaceSubrange(touching, with: [merged])
  }

  public mutating func remove(_ range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    let first = ranges.firstIndex { $0.upperBound > range.lowerBound } ?? ranges.endIndex
    let last = ranges[first...].firstIndex { $0.lowerBound >= range.upperBound } ?? ranges.endIndex
    let hit = first..<last
    var rest: [Range<UInt64>] = []
    for other in ranges[hit] {
      if other.lowerBound < range.lowerBound { rest.append(other.lowerBound..<range.lowerBound) }
      if other.upperBound > range.upperBound { rest.append(range.upperBound..<other.upperBound) }
    }
    ranges.replaceSubrange(hit, with: rest)
  }

  /// Whether every address of the range is in the set.
  public func contains(_ range: Range<UInt64>) -> Bool {
    range.isEmpty || ranges.contains { $0.lowerBound <= range.lowerBound && $0.upperBound >= range.upperBound }
  }

  /// The lowest place for `size` bytes at a multiple of `alignment`, a power of two; nil when there is none.
  public func firstFit(size: UInt64, alignment: UInt64) -> Range<UInt64>? {
    for range in ranges {
      let (start, overflow) = roundUp(range.lowerBound, to: alignment)
      guard !overflow, start < range.upperBound, range.upperBound - start >= size else { continue }
      return start..<start + size
    }
    return nil
  }

  /// Bytes in all.
  public var size: UInt64 { ranges.reduce(0) { $0 &+ ($1.upperBound - $1.lowerBound) } }

  /// The largest piece in one.
  public var largest: Range<UInt64>? { ranges.max { $0.upperBound - $0.lowerBound < $1.upperBound - $1.lowerBound } }

  private func roundUp(_ value: UInt64, to alignment: UInt64) -> (UInt64, Bool) {
    let (sum, overflow) = value.addingReportingOverflow(alignment - 1)
    return (sum & ~(alignment - 1), overflow)
  }
}
