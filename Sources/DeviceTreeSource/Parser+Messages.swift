// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

// What is said about a source.
extension Parser {
  /// Reports an error at the token.
  mutating func report(_ rule: Rule, _ message: String, hint: String? = nil) {
    guard canReport else { return }
    report(rule, message, from: lexer.startSpot(), to: lexer.endSpot(), hint: hint)
  }

  mutating func report(
    _ rule: Rule, _ message: String, from start: Spot, to end: Spot, hint: String? = nil,
    notes: [Diagnostic.Note] = [], level: Diagnostic.Level = .error
  ) {
    report(rule, message, at: lexer.location(start, end), hint: hint, notes: notes, level: level)
  }

  mutating func report(
    _ rule: Rule, _ message: String, at location: SourceLocation, hint: String? = nil,
    notes: [Diagnostic.Note] = [], level: Diagnostic.Level = .error
  ) {
    guard canReport else { return }
    let place = Place(location, node: frames.last.flatMap { path(of: $0.node) })
    append(
      Diagnostic(level, rule: rule.rawValue, message, at: place, hint: hint, notes: notes + includeNotes()))
  }

  mutating func append(_ diagnostic: Diagnostic) {
    guard !hasGivenUp else { return }
    diagnostics.append(diagnostic)
    guard diagnostic.level == .error else { return }
    errorCount += 1
    guard errorCount == Self.errorLimit else { return }
    hasGivenUp = true
    diagnostics.append(
      .error(
        Rule.limit.rawValue, "more than \(Self.errorLimit) errors: reading stops here", at: diagnostic.place))
  }

  private var canReport: Bool { !isSkipping && !hasGivenUp }

  private func includeNotes() -> [Diagnostic.Note] {
    expansionNotes() + Self.includeNotes(lexer.includeSites)
  }

  /// The chain of files that leads to a place, innermost first. Files that include each other are told once.
  static func includeNotes(_ sites: [SourceLocation]) -> [Diagnostic.Note] {
    var told: Set<SourceLocation> = []
    return sites.filter { told.insert($0).inserted }.map { Diagnostic.Note("included from here", at: Place($0)) }
  }

  /// The path of a node, or nil when it hangs on no tree.
  private func path(of node: NodeID) -> String? {
    guard hasDetachedNodes else { return tree.path(of: node) }
    var top = node
    while tree[top].parent >= 0 { top = NodeID(index: tree[top].parent) }
    return top == tree.root ? tree.path(of: node) : nil
  }

  // MARK: Syntax

  /// Reports that something else stands here; with `missing`, that it is missing behind the token before.
  mutating func unexpected(_ expected: String, missing: Bool = false) -> Stop {
    // What is broken has been reported already.
    guard lexer.kind != .broken, canReport else { return Stop() }
    let message = "\(expected), found \(describeToken())"
    if missing || lexer.kind == .endOfFile {
      reportMissing(message)
    } else {
      report(.syntax, message)
    }
    return Stop()
  }

  /// Reports that something is missing behind the token before.
  mutating func reportMissing(_ message: String) {
    guard canReport else { return }
    let spot = lexer.spotAfterPrevious()
    let hint = lineOfLongString.map {
      "a string that begins on line \($0) ends here: is its closing quote missing?"
    }
    report(.syntax, message, from: spot, to: spot, hint: hint)
  }

  /// The token as a person reads it.
  func describeToken() -> String {
    let text = lexer.wholeText(limit: 40)
    switch lexer.kind {
    case .endOfFile: return "the end of the file"
    case .string: return "the string \(text)"
    case .label: return "the label '\(text)'"
    case .number: return "the number \(text)"
    default: return "'\(text)'"
    }
  }

  mutating func reportFaults() {
    let faults = lexer.faults
    lexer.faults.removeAll(keepingCapacity: true)
    for fault in faults {
      report(fault.rule, fault.message, from: fault.start, to: fault.end, hint: fault.hint)
    }
  }

  mutating func reportOpenFrames() {
    guard let frame = frames.last else { return }
    let spot = lexer.spotAfterPrevious()
    let others = frames.count > 1 ? " and \(frames.count - 1) around it" : ""
    var notes = noteOpen(frame)
    if let suspect = suspectClose {
      let text = "this '}' closes \(suspect.name), which begins further right: is a '}' missing above it?"
      notes.append(Diagnostic.Note(text, at: Place(lexer.location(suspect.start, suspect.start))))
    }
    report(
      .syntax, "expected '}' to close \(describe(frame))\(others), found the end of the file", from: spot,
      to: spot,
      notes: notes)
  }

  func describe(_ frame: Frame?) -> String {
    guard let frame else { return "the node" }
    return frame.node == tree.root ? "the root node" : "node '\(tree.names[tree[frame.node].name])'"
  }

  func noteOpen(_ frame: Frame?) -> [Diagnostic.Note] {
    guard let frame else { return [] }
    return [Diagnostic.Note("opened here", at: Place(lexer.location(frame.start, frame.end)))]
  }

  // MARK: Names

  mutating func reportUnknown(label: String) {
    report(
      .unknownLabel, "no node has the label '\(label)' up to here",
      hint: nearestLabel(to: label).map { "did you mean '&\($0)'?" })
  }

  func nearestLabel(to label: String) -> String? {
    var known: [String] = []
    for symbol in 0..<Int32(truncatingIfNeeded: names.count) {
      let node = names[symbol].labelled
      if node >= 0, !tree.nodes[node].isDeleted { known.append(tree.names[Symbol(index: symbol)]) }
    }
    return nearestName(to: label, among: known)
  }

  mutating func reportDuplicateNode(_ name: Symbol, _ start: Spot, _ end: Spot, _ first: NodeID) {
    report(
      .duplicateNode, "node '\(tree.names[name])' is there twice in one block", from: start, to: end,
      notes: note("the first one", tree[first].hasLocation ? tree[first].location : nil))
  }

  mutating func reportDuplicateProperty(_ name: Symbol, _ location: SourceLocation, _ first: SourceLocation?) {
    report(
      .duplicateProperty, "property '\(tree.names[name])' is there twice in one block", at: location,
      notes: note("the first one", first))
  }

  private func note(_ text: String, _ location: SourceLocation?) -> [Diagnostic.Note] {
    location.map { [Diagnostic.Note(text, at: Place($0))] } ?? []
  }

  mutating func reportMissingDeletion(_ what: String, _ name: Symbol, among names: [String]) {
    report(
      .deleteMissing, "there is no \(what) '\(tree.names[name])' here to delete", from: lexer.startSpot(),
      to: lexer.endSpot(),
      hint: nearestName(to: tree.names[name], among: names).map { "did you mean '\($0)'?" }, level: .warning)
  }

  mutating func reportIneffectiveDeletion(_ directive: String, _ name: Symbol, isDefined: Bool) {
    guard isDefined else { return reportMissingDeletion("property", name, among: []) }
    report(
      .deleteMissing,
      "'\(tree.names[name])' stays: \(directive) takes effect only on what an earlier block has defined",
      from: lexer.startSpot(), to: lexer.endSpot(), level: .warning)
  }
}
