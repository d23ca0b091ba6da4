// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

// Overlays: sources that change a tree which is not here.
extension Parser {
  /// `/plugin/;`, by which a source says that it is an overlay.
  mutating func parsePlugin() throws(Stop) {
    if hasBase || hasRoot {
      report(
        .unsupported, "an overlay is a tree of its own and cannot be read into another one",
        hint: "leave '/plugin/;' out to put the source on top of the tree")
    } else {
      tree.isPlugin = true
    }
    advance(.names)
    try endStatement("'/plugin/'")
  }

  /// Whether a block for the reference that stands here goes to the tree that the overlay will be put on.
  ///
  /// A label of the overlay itself names its own node. With labels in front the block cannot be meant for another tree,
  /// because they would be lost there.
  var isFragment: Bool {
    mutating get {
      guard pendingLabels.isEmpty else { return false }
      return lexer.kind == .pathReference || node(labelled: symbol()) == nil
    }
  }

  /// `&label { … };` or `&{/path} { … };`, which becomes `fragment@N { target = <&label>; __overlay__ { … }; };`.
  mutating func parseFragment() throws(Stop) {
    let start = lexer.startSpot()
    let end = lexer.endSpot()
    let location = lexer.location(start, end)
    let isPath = lexer.kind == .pathReference
    let text = lexer.text
    if isPath, text.utf8.first != UInt8(ascii: "/") {
      report(
        .unsupported, "in an overlay a reference cannot start at a label, as '&{\(text)}' does",
        hint: "refer to a label of that node, or to its full path")
    }
    advance(.names)
    guard lexer.kind == .openBrace else {
      throw unexpected("expected '{' to open the node that the reference names")
    }
    hasRoot = true
    hasRootBlock = true
    if !tree[tree.root].hasLocation { setLocation(of: tree.root, location) }
    let name = symbol(for: "fragment@\(fragmentCount)")
    fragmentCount += 1
    if !leavesChecks, let first = tree.child(of: tree.root, named: name) {
      report(
        .duplicateNode, "the node for this block would be '/\(tree.names[name])', which is there already", at: location,
        notes: tree[first].hasLocation ? [Diagnostic.Note("the first one", at: Place(tree[first].location))] : [])
    }
    let fragment = tree.addChild(name, to: tree.root, location: location)
    let overlay = tree.addChild(symbol(for: "__overlay__"), to: fragment, location: location)
    if isPath {
      beginValue()
      mark(.string)
      unsafe Array(text.utf8).withUnsafeBufferPointer { unsafe tree.values.append(contentsOf: $0) }
      tree.values.append(0)
      _ = append(symbol(for: "target-path"), to: fragment, location: location)
    } else {
      let target = symbol(for: "target")
      let label = symbol(for: text)
      beginValue()
      mark(.cells32)
      mark(.phandleToLabel, label)
      tree.values.append(repeating: 0xFF, count: 4)
      _ = append(target, to: fragment, location: location)
      referenceSites.append(ReferenceSite(node: fragment, property: target, offset: 0, start: start, end: end))
    }
    open(overlay, isNew: true, start, end)
  }
}
