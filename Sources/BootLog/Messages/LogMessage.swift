// SPDX-License-Identifier: Apache-2.0
public import XenFacts

/// A line of a boot log that tells something, and what it tells.
public struct LogMessage: Sendable {
  /// What the line is worth when the first cause is looked for.
  public enum Weight: Int, Hashable, Sendable, Comparable {
    /// Says what went wrong, not why.
    case headline
    /// Says which step failed; why, an earlier line may tell.
    case step
    /// Says why.
    case cause

    public static func < (left: Weight, right: Weight) -> Bool { left.rawValue < right.rawValue }
  }

  /// Whose lines it is looked for in.
  public enum Voice: Hashable, Sendable {
    case firmware
    case xen
    /// A guest or dom0.
    case domain
  }

  /// Stable, in kebab-case.
  public var name: String
  public var voice: Voice
  /// The line. `*` stands for any text.
  public var pattern: String
  public var weight: Weight
  /// What it means, as a sentence without its full stop. `%1` is what the first `*` stands for.
  public var meaning: String
  /// Rules of `grove check` that see the cause in the tree, the likeliest one first.
  public var rules: [String]
  /// What to do.
  public var cure: String
  /// Which `*` is the name of a domain, counted from 1.
  public var domainAt: Int?
  /// How the last line `*** LOADING …` before it has to begin; nil when any may.
  public var context: String?
  /// The Xens whose logs with this line were made by booting; empty for a line of firmware, of a guest, or of a newer Xen.
  public var versions: [XenVersion]
  /// Why no log was made by booting; nil when there is one.
  public var unbooted: String?

  static let both = [XenVersion(4, 17), XenVersion(4, 20)]

  static func xen(
    _ name: String, _ pattern: String, _ weight: Weight, _ meaning: String, rules: [String] = [], domainAt: Int? = nil,
    context: String? = nil, versions: [XenVersion] = both, unbooted: String? = nil, cure: String
  ) -> LogMessage {
    LogMessage(
      name: name, voice: .xen, pattern: pattern, weight: weight, meaning: meaning, rules: rules, cure: cure,
      domainAt: domainAt, context: context, versions: unbooted == nil ? versions : [], unbooted: unbooted)
  }

  static func firmware(
    _ name: String, _ pattern: String, _ weight: Weight = .cause, _ meaning: String, rules: [String] = [],
    unbooted: String? = nil, cure: String
  ) -> LogMessage {
    LogMessage(
      name: name, voice: .firmware, pattern: pattern, weight: weight, meaning: meaning, rules: rules, cure: cure,
      versions: [], unbooted: unbooted)
  }

  static func domain(
    _ name: String, _ pattern: String, _ weight: Weight = .cause, _ meaning: String, rules: [String] = [],
    unbooted: String? = nil, cure: String
  ) -> LogMessage {
    LogMessage(
      name: name, voice: .domain, pattern: pattern, weight: weight, meaning: meaning, rules: rules, cure: cure,
      versions: [], unbooted: unbooted)
  }

  /// Every line that is known here.
  public static let all: [LogMessage] = xenCauses + xenSteps + xenHeadlines + uboot + uefi + guests

  /// What each `*` stands for when the line is this message; nil when it is another.
  public func match(_ line: String) -> [String]? {
    let line = line.trimmed
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard let first = pieces.first, line.hasPrefix(first) else { return nil }
    guard pieces.count > 1, let last = pieces.last else { return line == pattern ? [] : nil }
    var rest = line.dropFirst(first.count)
    var captures: [String] = []
    for piece in pieces[1..<(pieces.count - 1)] {
      guard let found = rest.firstRange(of: piece) else { return nil }
      captures.append(String(rest[..<found.lowerBound]))
      rest = rest[found.upperBound...]
    }
    guard rest.hasSuffix(last), rest.count >= last.count else { return nil }
    captures.append(String(rest.dropLast(last.count)))
    return captures
  }
}

extension StringProtocol {
  var trimmed: SubSequence {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
      return self[startIndex..<startIndex]
    }
    return self[first...last]
  }
}
