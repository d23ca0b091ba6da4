// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics

/// A sentence of a description's `assert`, which has to be true of the system:
///
///     domA and domB share nothing [at all] [but event channels, shared memory and …]
///     domA shares nothing [at all] with anybody [but …]
///     domA and domB share no clocks or power domains
///     nobody shares cpu pools
///     domA owns /rtc@9010000 and /gpio@9030000
public struct Assertion: Hashable, Sendable {
  public enum Claim: Hashable, Sendable {
    /// These domains with each other, or all where there are none.
    case shareNone(Parties, of: Set<Share.Kind>)
    case owns(Holder, [String])
  }

  public enum Parties: Hashable, Sendable {
    case two(String, String)
    case oneWithAll(String)
    case all
  }

  public enum Holder: Hashable, Sendable {
    case domain(String)
    case xen
    case nobody
  }

  /// As it was written.
  public var text: String
  public var claim: Claim

  /// Why a sentence cannot be read.
  public struct Fault: Error, Hashable, Sendable {
    public var message: String
    public var hint: String?
  }

  /// Reads a sentence. Names are not looked up yet.
  public init(_ text: String) throws(Fault) {
    var reader = AssertionReader(text)
    self.text = text
    claim = try reader.claim()
  }
}

/// Words of a sentence, taken one after the other.
private struct AssertionReader {
  private let text: String
  private let words: [String]
  private var next = 0

  init(_ text: String) {
    self.text = text
    words = text.split { $0 == " " || $0 == "\t" || $0 == "\n" }.map(String.init)
  }

  mutating func claim() throws(Assertion.Fault) -> Assertion.Claim {
    let claim = try statement()
    guard next == words.count else {
      throw Assertion.Fault(message: "`\(text)` cannot be read: nothing can stand from `\(words[next])` on", hint: nil)
    }
    return claim
  }

  private mutating func statement() throws(Assertion.Fault) -> Assertion.Claim {
    guard words.count >= 2 else { throw forms("it is too short") }
    let first = take()
    // A domain may be called "and": what stands where tells.
    if peek == "and", words.count > 2 {
      next += 1
      let second = take()
      try expect(["share"])
      return try sharing(.two(first, second))
    }
    switch peek {
    case "owns":
      next += 1
      let holder: Assertion.Holder =
        switch first {
        case "nobody": .nobody
        case "Xen", "xen": .xen
        default: .domain(first)
        }
      return .owns(holder, try paths())
    case "shares" where first == "nobody":
      next += 1
      let kinds = try kinds(after: "shares")
      return .shareNone(.all, of: kinds)
    case "shares":
      next += 1
      return try sharing(.oneWithAll(first))
    default:
      throw unknown(words[next], among: ["and", "shares", "owns"])
    }
  }

  /// `nothing [at all] [with NAME] [but KINDS]`, or `no KINDS`.
  private mutating func sharing(_ parties: Assertion.Parties) throws(Assertion.Fault) -> Assertion.Claim {
    let word = try expect(["nothing", "no"])
    if word == "no" {
      let kinds = try kinds(after: "no")
      return .shareNone(try partner(parties), of: kinds)
    }
    var all = Set(Share.Kind.allCases)
    if peek == "at" {
      next += 1
      try expect(["all"])
    } else {
      all = all.filter { !$0.isMachinery }
    }
    let parties = try partner(parties)
    guard peek != nil else { return .shareNone(parties, of: all) }
    try expect(["but"])
    return .shareNone(parties, of: all.subtracting(try kinds(after: "but")))
  }

  /// `with anybody`, or `with NAME`, where the sentence has named one domain.
  private mutating func partner(_ parties: Assertion.Parties) throws(Assertion.Fault) -> Assertion.Parties {
    guard case .oneWithAll(let first) = parties else { return parties }
    try expect(["with"])
    guard peek != nil else { throw forms("it ends behind `with`") }
    let second = take()
    return second == "anybody" ? parties : .two(first, second)
  }

  // MARK: Lists

  private static let kindWords: [String: Share.Kind] = {
    var words: [String: Share.Kind] = [
      "cache colours": .cache, "cache colors": .cache, "cpus": .cpuPools, "hypervisor console": .console,
    ]
    for kind in Share.Kind.allCases {
      words[kind.rawValue] = kind
      if kind.rawValue.hasSuffix("s") { words[String(kind.rawValue.dropLast())] = kind }
    }
    return words
  }()

  /// Kinds with commas, `and` or `or` between them, up to the end or to `with`.
  private mutating func kinds(after word: String) throws(Assertion.Fault) -> Set<Share.Kind> {
    var result: Set<Share.Kind> = []
    // What stands before the next word.
    var previous = word
    var isKindNext = true
    while let current = peek, current != "with" {
      if current == "and" || current == "or", !result.isEmpty, previous != "and", previous != "or" {
        next += 1
        previous = current
        isKindNext = true
        continue
      }
      guard isKindNext else { throw unknown(current, among: ["and", "or", "with"]) }
      if current == "a" || current == "an" {
        next += 1
        previous = current
        continue
      }
      let (kind, hasComma) = try kind()
      result.insert(kind)
      previous = hasComma ? "," : kind.rawValue
      isKindNext = hasComma
    }
    guard !isKindNext else { throw forms("it ends behind `\(previous)`") }
    return result
  }

  /// A kind has one word or two, and perhaps a comma behind it.
  private mutating func kind() throws(Assertion.Fault) -> (Share.Kind, hasComma: Bool) {
    func plain(_ word: String) -> String { word.hasSuffix(",") ? String(word.dropLast()) : word }
    let first = take()
    if !first.hasSuffix(","), let second = peek {
      let both = first + " " + plain(second)
      if let kind = Self.kindWords[both] {
        next += 1
        return (kind, second.hasSuffix(","))
      }
      let long = Share.Kind.allCases.map(\.rawValue).filter { $0.contains(" ") }
      if Self.kindWords[first] == nil, nearestName(to: both, among: long) != nil { throw unknownKind(both) }
    }
    guard let kind = Self.kindWords[plain(first)] else { throw unknownKind(plain(first)) }
    return (kind, first.hasSuffix(","))
  }

  private func unknownKind(_ word: String) -> Assertion.Fault {
    unknown(word, among: Share.Kind.allCases.map(\.rawValue), noun: "kind of thing to share")
  }

  private mutating func paths() throws(Assertion.Fault) -> [String] {
    var result: [String] = []
    while let current = peek {
      next += 1
      if current == "and" { continue }
      let path = current.hasSuffix(",") ? String(current.dropLast()) : current
      guard !path.isEmpty else { continue }
      result.append(path)
    }
    guard !result.isEmpty else { throw forms("it ends behind `owns`") }
    return result
  }

  // MARK: Words

  private var peek: String? { next < words.count ? words[next] : nil }

  private mutating func take() -> String {
    defer { next += 1 }
    return words[next]
  }

  @discardableResult
  private mutating func expect(_ expected: [String]) throws(Assertion.Fault) -> String {
    guard let word = peek else {
      throw forms("it ends where \(expected.map { "`\($0)`" }.joined(separator: " or ")) is wanted")
    }
    guard expected.contains(word) else { throw unknown(word, among: expected) }
    next += 1
    return word
  }

  private func unknown(_ word: String, among known: [String], noun: String? = nil) -> Assertion.Fault {
    let near = nearestName(to: word, among: known)
    let all = known.map { "`\($0)`" }.joined(separator: ", ")
    return Assertion.Fault(
      message: "`\(text)` cannot be read: `\(word)` is " + (noun.map { "no \($0)" } ?? "not what can stand there"),
      hint: near.map { "did you mean `\($0)`?" } ?? "there can stand \(all)")
  }

  private func forms(_ reason: String) -> Assertion.Fault {
    Assertion.Fault(
      message: "`\(text)` cannot be read: \(reason)",
      hint: "write such as `domA and domB share nothing but event channels` or `domA owns /path`")
  }
}
