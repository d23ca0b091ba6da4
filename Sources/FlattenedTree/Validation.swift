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
    var entries = reservations
    while try entries.next() != nil {}
    if bytes.doubleWord(at: entries.position) != 0 {
      let fault = FlattenedTreeError(.reservationWithoutSize, at: entries.position)
      guard tolerance.contains(.reservationsEndWithAddress) else { throw fault }
      report(fault)
    }
    if tolerance.contains(.propertiesAfterSubnodes) { return try validateStructure(reporting: report) }
    var scanner = Scanner(self)
    while true {
      if case .finished = try scanner.next() { break }
    }
    reportBytes(after: scanner.offset, report)
  }

  /// The same pass over the structure block, which looks for properties behind subnodes as well.
  private func validateStructure(reporting report: (FlattenedTreeError) -> Void) throws(FlattenedTreeError) {
    var scanner = Scanner(self)
    while true {
      let isBehindSubnode = scanner.phase == .subnodes
      let start = scanner.offset
      switch try scanner.next() {
      case .property(_, _, let value, _):
        if isBehindSubnode {
          report(FlattenedTreeError(.propertyAfterSubnode, at: offset(ofTokenFrom: start, before: value)))
        }
      case .beginNode, .endNode: break
      case .finished: return reportBytes(after: scanner.offset, report)
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
