// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import XenSystem

/// A mapping of a description, read key by key. What is wrong is added to the caller's diagnostics, so that one run tells all.
struct Fields {
  let owner: String
  let place: Place
  private let location: SourceLocation
  private let entries: [YAMLValue.Entry]

  init(_ value: YAMLValue, of owner: String, at diagnostics: inout [Diagnostic]) {
    self.owner = owner
    location = value.location
    place = value.place
    switch value.content {
    case .mapping(let entries): self.entries = entries
    default:
      entries = []
      diagnostics.append(
        .error("yaml-structure", "\(owner) should be a mapping, but is \(value.noun)", at: value.place))
    }
  }

  /// Where the mapping starts.
  var start: SourceLocation { location }

  /// Refuses keys that are not known, naming the nearest known one.
  func allow(_ keys: [String], _ diagnostics: inout [Diagnostic]) {
    for entry in entries where !keys.contains(entry.key) {
      let near = nearestName(to: entry.key, among: keys)
      diagnostics.append(
        .error(
          "unknown-key", "unknown key `\(entry.key)` in \(owner)", at: Place(entry.keyLocation),
          hint: near.map { "did you mean `\($0)`?" } ?? "known are \(keys.joined(separator: ", "))"))
    }
  }

  subscript(key: String) -> YAMLValue? { entries.first { $0.key == key }?.value }

  func keyLocation(_ key: String) -> SourceLocation? { entries.first { $0.key == key }?.keyLocation }

  func text(_ key: String, _ diagnostics: inout [Diagnostic]) -> (value: String, at: SourceLocation)? {
    guard let value = self[key] else { return nil }
    guard case .text(let text, _) = value.content else {
      diagnostics.append(
        .error("yaml-structure", "`\(key)` in \(owner) should be a text, but is \(value.noun)", at: value.place))
      return nil
    }
    return (text, value.location)
  }

  /// A command line: one line, without control characters.
  func bootargs(_ key: String, _ diagnostics: inout [Diagnostic]) -> Sourced<String>? {
    guard let (written, at) = text(key, &diagnostics) else { return nil }
    var text = written
    // Block texts of YAML end with a newline.
    while text.last == "\n" || text.last == " " { text.removeLast() }
    if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
      diagnostics.append(
        .error(
          "bootargs-characters", "`\(key)` in \(owner) holds a newline, a tab or another control character",
          at: Place(at)))
      return nil
    }
    return Sourced(text, at: at)
  }

  func flag(_ key: String, _ diagnostics: inout [Diagnostic]) -> Bool {
    guard let value = self[key] else { return false }
    switch value.content {
    case .text("true", isPlain: true): return true
    case .text("false", isPlain: true): return false
    default:
      diagnostics.append(.error("yaml-structure", "`\(key)` in \(owner) should be true or false", at: value.place))
      return false
    }
  }

  func number(_ key: String, _ diagnostics: inout [Diagnostic]) -> Sourced<UInt32>? {
    guard let value = self[key] else { return nil }
    if case .text(let text, isPlain: true) = value.content, let number = PropertyLiteral.integer(text),
      let cell = UInt32(exactly: number)
    {
      return Sourced(cell, at: value.location)
    }
    diagnostics.append(.error("yaml-structure", "`\(key)` in \(owner) should be a number", at: value.place))
    return nil
  }

  func fields(_ key: String, _ diagnostics: inout [Diagnostic]) -> Fields? {
    self[key].map { Fields($0, of: "`\(key)`", at: &diagnostics) }
  }

  func list(_ key: String, _ diagnostics: inout [Diagnostic]) -> [YAMLValue] {
    guard let value = self[key] else { return [] }
    guard case .list(let list) = value.content else {
      diagnostics.append(
        .error("yaml-structure", "`\(key)` in \(owner) should be a list, but is \(value.noun)", at: value.place))
      return []
    }
    return list
  }

  /// The keys and values in the order in which they were written.
  var all: [YAMLValue.Entry] { entries }
}
