// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics

// What can be said only when everything has been read.
extension Parser {
  mutating func finish(resolvingReferences: Bool) {
    sweep()
    if !hasBase { tree.bootCPU = tree.firstCPU }
    guard !leavesChecks else { return }
    checkLabels()
    checkPhandles()
    let unresolved = resolvingReferences ? tree.resolveReferences() : tree.unresolvedReferences()
    for reference in unresolved where !hasGivenUp && !isLeftToBaseTree(reference) { report(reference) }
  }

  // MARK: References

  /// Whether the reference is one that an overlay leaves open: a label where a phandle shall be.
  private func isLeftToBaseTree(_ unresolved: UnresolvedReference) -> Bool {
    guard tree.isPlugin, !unresolved.isPath, case .label = unresolved.reference else { return false }
    return true
  }

  private mutating func report(_ unresolved: UnresolvedReference) {
    let site = referenceSites.last {
      $0.node == unresolved.node && Int($0.offset) == unresolved.offset
        && symbols[$0.property] == unresolved.property
    }
    var place = tree.place(of: unresolved.node, property: unresolved.property)
    if let site {
      place = Place(
        lexer.location(site.start, site.end), node: tree.path(of: unresolved.node),
        property: unresolved.property)
    }
    switch unresolved.reference {
    case .label(let label):
      guard !isInDetached(label) else { return }
      append(
        .error(
          Rule.unknownLabel.rawValue, "no node has the label '\(label)'", at: place,
          hint: nearestLabel(to: label).map { "did you mean '&\($0)'?" }))
    case .path(let path):
      append(.error(Rule.unknownPath.rawValue, "there is no node at '\(path)'", at: place))
    }
  }

  /// Whether the label belongs to a block that was put nowhere: that has been reported.
  private mutating func isInDetached(_ label: String) -> Bool {
    guard hasDetachedNodes else { return false }
    return node(labelled: symbol(for: label)) != nil
  }

  // MARK: Labels

  /// A label stands once in a tree, be it on a node, a property or in a value.
  private mutating func checkLabels() {
    guard hasRepeatedLabel else { return }
    var owners: [String: DeviceTree.NodeID] = [:]
    var reported: Set<String> = []
    for id in tree.order() {
      for label in tree[id].labels { check(label, of: id, &owners, &reported) }
      guard hasPropertyLabels else { continue }
      for property in tree[id].properties {
        for label in property.labels { check(label, of: id, &owners, &reported) }
        for case .label(let label) in property.value.marks.map(\.kind) {
          check(label, of: id, &owners, &reported)
        }
      }
    }
  }

  private mutating func check(
    _ label: String, of id: DeviceTree.NodeID, _ owners: inout [String: DeviceTree.NodeID],
    _ reported: inout Set<String>
  ) {
    guard let first = owners.updateValue(id, forKey: label) else { return }
    owners[label] = first
    guard !hasGivenUp, reported.insert(label).inserted else { return }
    let sites = labelSites.filter { symbols[$0.label] == label }.map { lexer.location($0.start, $0.end) }
    let place = sites.last.map { Place($0, node: tree.path(of: id)) } ?? tree.place(of: id)
    let other = sites.count > 1 ? Place(sites[0], node: tree.path(of: first)) : tree.place(of: first)
    append(
      .error(
        Rule.duplicateLabel.rawValue, "label '\(label)' is there twice", at: place,
        notes: [Diagnostic.Note("the first one, of '\(tree.path(of: first))'", at: other)]))
  }
}
