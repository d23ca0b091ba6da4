// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree
import Diagnostics

// What can be said only when everything has been read.
extension Parser {
  mutating func finish(resolvingReferences: Bool) {
    sweep()
    if !hasBase { tree.bootCPU = tree.firstCPU() }
    guard !leavesChecks else { return }
    whole = DeviceTree(tree)
    checkLabels()
    checkPhandles()
    let unresolved = resolvingReferences ? whole.resolveReferences() : whole.unresolvedReferences()
    for reference in unresolved where !hasGivenUp && !isLeftToBaseTree(reference) { report(reference) }
  }

  // MARK: References

  /// Whether the reference is one that an overlay leaves open: a label where a phandle shall be.
  private func isLeftToBaseTree(_ unresolved: UnresolvedReference) -> Bool {
    guard tree.isPlugin, !unresolved.isPath, case .label = unresolved.reference else { return false }
    return true
  }

  private mutating func report(_ unresolved: UnresolvedReference) {
    var site: ReferenceSite?
    let property = symbol(for: unresolved.property)
    for at in (0..<referenceSites.count).reversed() where site == nil {
      let known = referenceSites[at]
      if known.node == unresolved.node, Int(known.offset) == unresolved.offset, known.property == property {
        site = known
      }
    }
    var place = whole.place(of: unresolved.node, property: unresolved.property)
    if let site {
      place = Place(
        lexer.location(site.start, site.end), node: whole.path(of: unresolved.node),
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
    for id in whole.order() {
      for label in whole[id].labels { check(label, of: id, &owners, &reported) }
      guard hasPropertyLabels else { continue }
      for property in whole[id].properties {
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
    let name = symbol(for: label)
    var sites: [SourceLocation] = []
    for at in 0..<labelSites.count where labelSites[at].label == name {
      sites.append(lexer.location(labelSites[at].start, labelSites[at].end))
    }
    let place = sites.last.map { Place($0, node: whole.path(of: id)) } ?? whole.place(of: id)
    let other = sites.count > 1 ? Place(sites[0], node: whole.path(of: first)) : whole.place(of: first)
    append(
      .error(
        Rule.duplicateLabel.rawValue, "label '\(label)' is there twice", at: place,
        notes: [Diagnostic.Note("the first one, of '\(whole.path(of: first))'", at: other)]))
  }
}
