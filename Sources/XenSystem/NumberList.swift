// SPDX-License-Identifier: Apache-2.0

/// A list such as `0-3,5`, as Xen writes CPUs and cache colours.
public struct NumberList: Hashable, Sendable {
  public let ranges: [ClosedRange<Int>]

  /// Nil when the text is no such list; a comma at the end is allowed, as in Xen.
  public init?(_ text: String) {
    var ranges: [ClosedRange<Int>] = []
    var parts = text.split(separator: ",", omittingEmptySubsequences: false)
    if parts.count > 1, parts.last?.isEmpty ?? false { parts.removeLast() }
    for part in parts {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map(Self.number)
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last
      else { return nil }
      ranges.append(first...last)
    }
    self.ranges = ranges
  }

  private static func number(_ text: Substring) -> Int? {
    let isHex = text.hasPrefix("0x")
    let digits = isHex ? text.dropFirst(2) : text
    guard let first = digits.first, first != "+", first != "-" else { return nil }
    return Int(digits, radix: isHex ? 16 : 10)
  }

  /// The largest number; nil when there is none.
  public var last: Int? { ranges.map(\.upperBound).max() }

  /// Whether each range starts above the one before it.
  public var isAscending: Bool { zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound } }
}
