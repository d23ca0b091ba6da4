// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// Checks everything: the reservation block, every token of the structure block and every name.
  ///
  /// - Throws: the first fault that is not tolerated, with its offset.
  public func validate() throws(FlattenedTreeError) {
    try validate { _ in }
  }

  /// Checks everything, as ``validate()``, and reports each fault that is tolerated.
  ///
  /// - Parameter report: Called with the faults in the order in which they lie in their block, those of the reservation
  ///   block first.
  /// - Throws: the first fault that is not tolerated, with its offset.
  public func validate(reporting report: (FlattenedTreeError) -> Void) throws(FlattenedTreeError) {
    _ = try census(reporting: report)
  }

  /// How much a tree holds.
  package struct Census {
    package var nodes = 0
    package var properties = 0
  }

  /// Checks everything, as ``validate(reporting:)``, and counts.
  package func census(reporting report: (FlattenedTreeError) -> Void) throws(FlattenedTreeError) -> Census {
    var entries = reservations
    while try entries.next() != nil {}
    if bytes.doubleWord(at: entries.position) != 0 {
      let fault = FlattenedTreeError(.reservationWithoutSize, at: entries.position)
      guard tolerance.contains(.reservationsEndWithAddress) else { throw fault }
      report(fault)
    }
    var census = Census()
    var scanner = Scanner(self)
    while true {
      // Properties behind subnodes get here only where they are tolerated.
      let isBehindSubnode = scanner.phase == .subnodes
      let start = scanner.offset
      switch try scanner.next() {
      case .property(_, _, let value, _):
        census.properties += 1
        if isBehindSubnode {
          report(FlattenedTreeError(.propertyAfterSubnode, at: offset(ofTokenFrom: start, before: value)))
        }
      case .beginNode: census.nodes += 1
      case .endNode: break
      case .finished:
        reportBytes(after: scanner.offset, report)
        return census
      }
    }
  }

  /// Where the token is that was looked for at an offset: behind the no-operations.
  private func offset(ofTokenFrom start: Int, before end: Int) -> Int {
    var at = start
    while at < end, bytes.word(at: at) == Scanner.Tag.nop { at += 4 }
    return at
  }

  private func reportBytes(after end: Int, _ report: (FlattenedTreeError) -> Void) {
    guard header.structureSize != nil, header.structureEnd - end != 4 else { return }
    report(FlattenedTreeError(.endNotAtEnd, at: end + 4))
  }
}
