// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Testing

/// Faults that other programs read over, and what is said of them.
@Suite struct ToleranceTests {
  // / { n { }; a; b = [01]; }
  private static let late = RawBlob(
    [
      .begin(""), .begin("n"), .endNode, .property(name: 0, []), .nop, .nop, .property(name: 2, [1]), .endNode, .end,
    ], strings: "a\0b\0")

  private func faults(
    in blob: RawBlob, tolerating tolerance: FlattenedTree.Tolerance
  ) throws(FlattenedTreeError) -> [FlattenedTreeError] {
    let bytes = blob.bytes
    var faults: [FlattenedTreeError] = []
    try FlattenedTree(bytes.span, tolerating: tolerance).validate { faults.append($0) }
    return faults
  }

  @Test func aSoundTreeHasNothingToTolerate() throws {
    #expect(try faults(in: .small, tolerating: .all) == [])
  }

  @Test func propertiesBehindSubnodes() throws {
    let fault = FlattenedTreeError(.propertyAfterSubnode, at: 76)
    #expect(throws: fault) { try faults(in: Self.late, tolerating: []) }
    #expect(throws: fault) { try faults(in: Self.late, tolerating: [.bytesAfterEnd, .reservationsEndWithAddress]) }
    let other = FlattenedTreeError(.propertyAfterSubnode, at: 96)
    #expect(try faults(in: Self.late, tolerating: .propertiesAfterSubnodes) == [fault, other])
  }

  @Test func propertiesBehindSubnodesAreReadInTheirPlace() throws {
    let bytes = Self.late.bytes
    var lines: [String] = []
    var events = try FlattenedTree(bytes.span, tolerating: .propertiesAfterSubnodes).events()
    while let event = try events.next() {
      switch event {
      case .beginNode(let name): lines.append("\(String(name) ?? "?") {")
      case .property(let property): lines.append(String(property.name) ?? "?")
      case .endNode: lines.append("}")
      }
    }
    #expect(lines == [" {", "n {", "}", "a", "b", "}"])
  }

  @Test func anIndexShowsThePropertiesBeforeTheFirstSubnodeOnly() throws {
    let bytes = Self.late.bytes
    let index = try TreeIndex(FlattenedTree(bytes.span, tolerating: .propertiesAfterSubnodes))
    let found = index.property("a", of: index.root) != nil
    #expect(!found)
    #expect(index.node(at: "/n") != nil)
  }

  @Test func aPropertyOutsideOfAnyNodeIsNeverTolerated() {
    let blob = RawBlob([.begin(""), .endNode, .property(name: 0, []), .end], strings: "a\0")
    #expect(throws: FlattenedTreeError(.propertyOutsideNode, at: 68)) { try faults(in: blob, tolerating: .all) }
  }

  @Test func bytesBehindTheEnd() throws {
    let blob = RawBlob([.begin(""), .endNode, .end, .nop, .word(7)])
    let fault = FlattenedTreeError(.endNotAtEnd, at: 72)
    #expect(throws: fault) { try faults(in: blob, tolerating: .propertiesAfterSubnodes) }
    #expect(try faults(in: blob, tolerating: .bytesAfterEnd) == [fault])
    #expect(try faults(in: blob, tolerating: .all) == [fault])
  }

  @Test func reservationsThatEndWithAnAddress() throws {
    var blob = RawBlob.small
    blob.reservations = [0x1000, 0x2000, 0x3000, 0]
    let fault = FlattenedTreeError(.reservationWithoutSize, at: 56)
    #expect(throws: fault) { try faults(in: blob, tolerating: .bytesAfterEnd) }
    #expect(try faults(in: blob, tolerating: .reservationsEndWithAddress) == [fault])
    #expect(try faults(in: blob, tolerating: .all) == [fault])
  }
}
