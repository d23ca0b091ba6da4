// SPDX-License-Identifier: Apache-2.0

/// A fault that a person has looked at and allows, with the reason why.
public struct Waiver: Hashable, Sendable {
  public enum Scope: Hashable, Sendable {
    /// What is found on one line of a source.
    case line(file: String, Int32)
    /// What is found at a node, whatever the file.
    case node(String)
    case everywhere
  }

  public var rule: String
  public var reason: String
  public var scope: Scope
  /// Where the waiver is written.
  public var place: Place

  public init(_ rule: String, because reason: String, for scope: Scope, at place: Place) {
    self.rule = rule
    self.reason = reason
    self.scope = scope
    self.place = place
  }

  public func covers(_ diagnostic: Diagnostic) -> Bool {
    guard diagnostic.rule == rule else { return false }
    switch scope {
    case .line(let file, let line):
      return diagnostic.place.location.map { $0.line == line && $0.file == file } ?? false
    case .node(let path): return diagnostic.place.node == path
    case .everywhere: return true
    }
  }
}

/// What is left of diagnostics when waivers have been applied.
public struct WaivedDiagnostics: Hashable, Sendable {
  public struct Pair: Hashable, Sendable {
    public var diagnostic: Diagnostic
    public var waiver: Waiver
  }

  /// What no waiver covers, and a note for each waiver that covers nothing.
  public var diagnostics: [Diagnostic]
  /// What is allowed, with the waiver that allows it.
  public var waived: [Pair]

  public init(_ all: [Diagnostic], waivers: [Waiver]) {
    diagnostics = []
    waived = []
    var used: Set<Int> = []
    for diagnostic in all {
      if let at = waivers.firstIndex(where: { $0.covers(diagnostic) }) {
        used.insert(at)
        waived.append(Pair(diagnostic: diagnostic, waiver: waivers[at]))
      } else {
        diagnostics.append(diagnostic)
      }
    }
    for (at, waiver) in waivers.enumerated() where !used.contains(at) {
      diagnostics.append(
        Diagnostic(
          .note, rule: "unused-waiver", "nothing is left to allow here: \(waiver.rule) says nothing",
          at: waiver.place, hint: "take the waiver away"))
    }
  }
}
