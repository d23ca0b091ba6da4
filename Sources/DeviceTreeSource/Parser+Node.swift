// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

// What stands between the braces of a node.
extension Parser {
  mutating func parseInBody() throws(Stop) {
    try collectLabels()
    switch lexer.kind {
    case .name:
      try parseNamed(isOmittable: false)
    case .closeBrace:
      if let label = pendingLabels.last {
        report(.syntax, "expected a property or a node after this label", from: label.start, to: label.end)
      }
      try closeNode()
    case .deleteNode:
      try parseDeleteNode()
    case .deleteProperty:
      try parseDeleteProperty()
    case .omitIfNoRef:
      advance(.names)
      try collectLabels()
      guard lexer.kind == .name else { throw unexpected("expected a node after '/omit-if-no-ref/'") }
      try parseNamed(isOmittable: true)
    case .slash:
      try parseRootInBody()
    case .labelReference, .pathReference:
      report(
        .syntax, "expected a property or a node, found \(describeToken())",
        hint: "a node is extended by reference outside of '/ { … };'; is a '};' missing above?")
      throw Stop()
    case .memreserve, .version, .plugin:
      report(.syntax, "'\(lexer.text)' cannot stand inside of a node")
      throw Stop()
    case .endOfFile:
      return
    default:
      throw unexpected("expected a property, a node or '}'")
    }
  }

  /// A property or a node: what follows the name tells which.
  private mutating func parseNamed(isOmittable: Bool) throws(Stop) {
    let name = symbol()
    let (start, end) = lexer.spots()
    advance(.values)
    switch lexer.kind {
    case .openBrace:
      openChild(name, start, end)
      // A node that another block has defined stays what it is.
      if isOmittable, let frame = frames.last, frame.isNew { tree[frame.node].isOmittedIfUnreferenced = true }
    case .semicolon, .equals:
      if isOmittable {
        report(
          .syntax, "'/omit-if-no-ref/' applies to nodes, '\(tree.names[name])' is a property", from: start,
          to: end)
      }
      try parseProperty(name, start)
    default:
      let spelling = tree.names[name]
      throw unexpected("expected '=', ';' or '{' after '\(spelling)'", missing: lexer.isOnNewLine)
    }
  }

  private mutating func parseProperty(_ name: Symbol, _ start: Spot) throws(Stop) {
    guard let frame = frames.last else { return }
    if frame.hasSubnodes {
      report(
        .propertyAfterNode, "property '\(tree.names[name])' stands after a subnode", from: start,
        to: lexer.endSpot(),
        hint: "properties come before the first subnode of their node")
    }
    beginValue()
    if lexer.kind == .equals {
      advance(.values)
      do {
        try parseElements()
      } catch {
        // What was read of it stays, so that what follows finds the property.
        define(name, location: lexer.location(start, start))
        throw error
      }
    }
    let end = lexer.kind == .semicolon ? lexer.endSpot() : start
    define(name, location: leavesChecks ? lexer.span(start, end) : lexer.location(start, end))
    guard lexer.kind != .semicolon else { return advance(.names) }
    let spelling = tree.names[name]
    try endStatement("the value of '\(spelling)'")
  }

  /// Reads the `;` of a statement. When only that is missing, the next statement is read as if it stood there.
  mutating func endStatement(_ what: @autoclosure () -> String) throws(Stop) {
    if lexer.kind == .semicolon {
      advance(.names)
      return
    }
    guard lexer.kind != .broken else { throw Stop() }
    reportMissing("expected ';' after \(what()), found \(describeToken())")
    guard lexer.isOnNewLine || lexer.kind == .closeBrace || lexer.kind == .endOfFile else { throw Stop() }
    lexer.rescan(.names)
  }

  private mutating func closeNode() throws(Stop) {
    guard let frame = frames.popLast() else { throw Stop() }
    if suspectClose == nil, lexer.isOnNewLine {
      let start = lexer.startSpot()
      if start.column < frame.indentation, start.file == frame.start.file {
        suspectClose = SuspectClose(name: describe(frame), start: start)
      }
    }
    advance(.names)
    guard lexer.kind != .semicolon else {
      if leavesChecks { tree.addBlock(lexer.span(frame.brace, lexer.endSpot()), to: frame.node) }
      advance(.names)
      return
    }
    if lexer.kind != .broken { reportMissing("expected ';' after '}', found \(describeToken())") }
  }

  private mutating func parseDeleteNode() throws(Stop) {
    advance(.names)
    guard lexer.kind == .name else { throw unexpected("expected the name of a node after '/delete-node/'") }
    let name = symbol()
    if !frames.isEmpty { frames[frames.count - 1].hasSubnodes = true }
    deleteChild(name)
    advance(.values)
    try endStatement("'/delete-node/'")
  }

  private mutating func parseDeleteProperty() throws(Stop) {
    let start = lexer.startSpot()
    advance(.names)
    guard lexer.kind == .name else {
      throw unexpected("expected the name of a property after '/delete-property/'")
    }
    if let frame = frames.last, frame.hasSubnodes {
      report(
        .propertyAfterNode, "'/delete-property/' stands after a subnode", from: start, to: lexer.endSpot(),
        hint: "properties come before the first subnode of their node")
    }
    deleteProperty(symbol())
    advance(.values)
    try endStatement("'/delete-property/'")
  }

  /// `/ {` inside of a node: a `}` is missing somewhere above, so all nodes end here.
  private mutating func parseRootInBody() throws(Stop) {
    let start = lexer.startSpot()
    let end = lexer.endSpot()
    advance(.names)
    guard lexer.kind == .openBrace else {
      report(.syntax, "expected a property, a node or '}', found '/'", from: start, to: end)
      throw Stop()
    }
    report(
      .syntax, "a root block begins here, but '}' is missing for \(describe(frames.last))", from: start,
      to: end,
      notes: noteOpen(frames.last))
    frames.removeAll()
    lexer.rescan(.names)
    open(tree.root, isNew: false, start, end)
  }

  // MARK: Opening

  /// Opens a block, on whose `{` the lexer stands.
  mutating func open(_ node: NodeID, isNew: Bool, _ start: Spot, _ end: Spot) {
    nextSerial &+= 1
    let label = pendingLabels.isEmpty ? nil : pendingLabels[0].start
    frames.append(
      Frame(
        node: node, isNew: isNew, serial: nextSerial, start: start, end: end, brace: lexer.startSpot(),
        indentation: label?.line == start.line ? label?.column ?? start.column : start.column))
    advance(.names)
  }

  private mutating func openChild(_ name: Symbol, _ start: Spot, _ end: Spot) {
    frames[frames.count - 1].hasSubnodes = true
    let (parent, isNew) = (frames[frames.count - 1].node, frames[frames.count - 1].isNew)
    var known: NodeID?
    // What is checked later may be there twice, so that in a new node nobody has to look.
    if !(leavesChecks && isNew) || frames[frames.count - 1].hasPlaceholders {
      known = tree.child(of: parent, named: name)
      if let found = known, isNew, tree[found].isDeleted {
        // In a new node there is no earlier place to come back to.
        tree.remove(found)
        known = nil
      } else if leavesChecks, isNew {
        known = nil
      }
    }
    let node: NodeID
    if let known {
      node = known
      if tree[known].isDeleted {
        tree[known].isDeleted = false
        setLocation(of: node, lexer.location(start, end))
      } else if isNew {
        reportDuplicateNode(name, start, end, known)
      }
    } else {
      node = tree.addChild(name, to: parent, location: lexer.location(start, end))
    }
    addLabels(to: node, isNew: known == nil)
    open(node, isNew: known == nil, start, end)
  }
}
