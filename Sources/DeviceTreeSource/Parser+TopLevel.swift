// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

// What stands outside of nodes.
extension Parser {
  /// `/dts-v1/;`, without which a source is in the language that nobody writes any more.
  mutating func parseHeader() {
    guard lexer.kind == .version else {
      if lexer.isBlob {
        report(.version, "this is a device tree blob, not a source")
        return skipToEnd()
      }
      let found =
        lexer.kind == .endOfFile ? "the source is empty" : "the source does not begin with '/dts-v1/;'"
      report(.version, found, hint: "put '/dts-v1/;' on the first line")
      return
    }
    while lexer.kind == .version || lexer.kind == .plugin {
      do {
        if lexer.kind == .plugin { try parsePlugin() } else { try parseTopLevel() }
      } catch { skipStatement() }
    }
  }

  mutating func parseTopLevel() throws(Stop) {
    try collectLabels()
    let start = lexer.startSpot()
    let end = lexer.endSpot()
    switch lexer.kind {
    case .slash:
      advance(.names)
      guard lexer.kind == .openBrace else { throw unexpected("expected '{' after '/'") }
      openRoot(start, end)
    case .labelReference, .pathReference:
      if tree.isPlugin, isFragment { return try parseFragment() }
      let target = findTarget()
      advance(.names)
      guard lexer.kind == .openBrace else {
        throw unexpected("expected '{' to open the node that the reference names")
      }
      guard let target else {
        // The block is still read for what is wrong in it: into a node of no tree.
        open(detachedNode(), isNew: false, start, end)
        return
      }
      open(target, isNew: false, start, end)
      addLabels(to: target)
    case .memreserve:
      try parseReservation()
    case .deleteNode:
      advance(.names)
      if lexer.kind == .name {
        report(
          .syntax, "outside of nodes a node is deleted by reference, found '\(lexer.text)'",
          hint: "write '/delete-node/ &label;' or '/delete-node/ &{/path};'")
        throw Stop()
      }
      guard let target = try parseReference("/delete-node/") else { return }
      if target == tree.root {
        report(.syntax, "the root node cannot be deleted", from: start, to: end)
      } else {
        delete(target)
      }
    case .omitIfNoRef:
      advance(.names)
      guard let target = try parseReference("/omit-if-no-ref/") else { return }
      tree[target].isOmittedIfUnreferenced = true
    case .version:
      advance(.names)
      try endStatement("'/dts-v1/'")
    case .plugin:
      report(.syntax, "'/plugin/' stands right behind '/dts-v1/;'")
      throw Stop()
    case .closeBrace:
      report(.syntax, "this '}' closes nothing")
      advance(.names)
      if lexer.kind == .semicolon { advance(.names) }
    case .name, .deleteProperty:
      report(
        .syntax, "expected '/' or '&label' with a block, found '\(lexer.text)'",
        hint: "nodes and properties stand inside of '/ { … };'")
      throw Stop()
    default:
      throw unexpected("expected '/' or '&label' with a block")
    }
  }

  /// Takes the labels that stand here; they belong to what comes next.
  mutating func collectLabels() throws(Stop) {
    while lexer.kind == .label {
      pendingLabels.append(
        LabelSite(label: symbol(), start: lexer.startSpot(), end: lexer.endSpot()))
      advance(.names)
    }
  }

  private mutating func openRoot(_ start: Spot, _ end: Spot) {
    let isNew = !hasBase && !hasRoot
    hasRootBlock = true
    hasRoot = true
    if !tree[tree.root].hasLocation, !hasBase { setLocation(of: tree.root, lexer.location(start, end)) }
    open(tree.root, isNew: isNew, start, end)
    addLabels(to: tree.root)
  }

  /// `/memreserve/ address size;`
  private mutating func parseReservation() throws(Stop) {
    if hasRootBlock {
      report(.syntax, "'/memreserve/' stands before the first node of a source")
    }
    advance(.values)
    let address = try parseNumber("expected the address to reserve")
    let size = try parseNumber("expected the size to reserve")
    var labels: [String] = []
    for at in 0..<pendingLabels.count {
      labels.append(tree.names[pendingLabels[at].label])
      record(pendingLabels[at])
    }
    tree.reservations.append(DeviceTree.Reservation(address: address, size: size, labels: labels))
    try endStatement("'/memreserve/'")
  }

  /// The node that a statement's only reference names; nil, with an error, when there is none.
  private mutating func parseReference(_ directive: String) throws(Stop) -> NodeID? {
    guard lexer.kind == .labelReference || lexer.kind == .pathReference else {
      throw unexpected("expected a reference such as '&label' after '\(directive)'")
    }
    let target = findTarget()
    advance(.names)
    try endStatement("'\(directive)'")
    return target
  }

  /// The node that the reference token names, of those read so far; nil with an error when there is none.
  private mutating func findTarget() -> NodeID? {
    if lexer.kind == .labelReference {
      let label = symbol()
      if let node = node(labelled: label) { return node }
      reportUnknown(label: tree.names[label])
      return nil
    }
    let path = lexer.text
    if let node = node(atReferencePath: path) { return node }
    report(.unknownPath, "no node has been defined at '\(path)'")
    return nil
  }

  private mutating func detachedNode() -> NodeID {
    hasDetachedNodes = true
    return tree.addDetached(symbol(for: ""))
  }
}
