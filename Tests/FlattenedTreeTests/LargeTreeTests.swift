// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Testing

/// Trees in which anything recursive overflows the stack and anything quadratic never ends.
@Suite struct LargeTreeTests {
  @Test func aTreeOf100000Levels() throws {
    let levels = 100_000
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    for _ in 1..<levels { try writer.beginNode("n") }
    try writer.property("leaf", [])
    for _ in 0..<levels { try writer.endNode() }
    let blob = try writer.finish()
    #expect(fault(in: blob) == nil)
    let index = try TreeIndex(FlattenedTree(blob.span))
    #expect(index.count == levels)
    let leafFound = index.node(at: String(repeating: "/n", count: levels - 1))
    let leaf = try #require(leafFound)
    let found = index.property("leaf", of: leaf) != nil
    #expect(found)
  }

  @Test func aNodeOf100000Children() throws {
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    for number in 0..<100_000 as Range<UInt32> {
      try writer.beginNode("device@\(String(number, radix: 16))")
      try writer.property("phandle", bigEndian(number + 1))
      try writer.endNode()
    }
    try writer.endNode()
    let blob = try writer.finish()
    let index = try TreeIndex(FlattenedTree(blob.span))
    for number in stride(from: 0 as UInt32, to: 100_000, by: 7) {
      let nodeFound = index.node(at: "/device@\(String(number, radix: 16))")
      let node = try #require(nodeFound)
      #expect(index.node(phandle: number + 1) == node)
    }
    #expect(index.node(at: "/device") == nil)
  }

  @Test func manyChildrenOfOneName() throws {
    let bytes = RawBlob(
      [.begin("")] + (0..<100_000).flatMap { _ in [RawBlob.Token.begin("n@1"), .endNode] } + [.endNode, .end]
    ).bytes
    let index = try TreeIndex(FlattenedTree(bytes.span))
    #expect(index.count == 100_001)
    #expect(index.node(at: "/n@1") == index.firstChild(of: index.root))
  }

  @Test func manyPropertiesOfOneLongName() throws {
    let properties = (0..<100_000).map { _ in RawBlob.Token.property(name: 0, []) }
    let bytes = RawBlob(
      [.begin("")] + properties + [.endNode, .end],
      strings: String(repeating: "x", count: FlattenedTree.longestPropertyName) + "\0"
    ).bytes
    #expect(fault(in: bytes) == nil)
  }

  @Test func manyNamesOfProperties() throws {
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    for number in 0..<100_000 { try writer.property("property-\(number)", []) }
    try writer.endNode()
    let blob = try writer.finish()
    #expect(fault(in: blob) == nil)
    #expect(try transcript(of: blob)[100_000].hasPrefix("property-99999 = "))
  }
}
