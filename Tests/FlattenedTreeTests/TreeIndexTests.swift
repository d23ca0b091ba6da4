// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Testing

@Suite struct TreeIndexTests {
  /// A tree written from lines such as `soc`, `soc/serial@9`, `soc/serial@9: phandle=1`.
  private static func blob(_ build: (inout FlattenedTreeWriter) throws -> Void) throws -> [UInt8] {
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    try build(&writer)
    try writer.endNode()
    return try writer.finish()
  }

  private static func node(
    _ writer: inout FlattenedTreeWriter, _ name: String, phandle: UInt32? = nil,
    legacy: UInt32? = nil, _ children: (inout FlattenedTreeWriter) throws -> Void = { _ in }
  ) throws {
    try writer.beginNode(name)
    if let legacy { try writer.property("linux,phandle", bigEndian(legacy)) }
    if let phandle { try writer.property("phandle", bigEndian(phandle)) }
    try children(&writer)
    try writer.endNode()
  }

  // / { cpus { cpu@0; cpu@1; }; soc@0 { serial@9; gpio@a; gpio; }; chosen; }
  private static func sample() throws -> [UInt8] {
    try blob { writer in
      try node(&writer, "cpus") { writer in
        try node(&writer, "cpu@0", phandle: 1)
        try node(&writer, "cpu@1", phandle: 2, legacy: 2)
      }
      try node(&writer, "soc@0", legacy: 7) { writer in
        try node(&writer, "serial@9", phandle: 0x8000)
        try node(&writer, "gpio@a")
        try node(&writer, "gpio")
      }
      try node(&writer, "chosen", phandle: 0)
    }
  }

  private func name(_ node: TreeIndex.Node?, in index: borrowing TreeIndex) -> String? {
    node.flatMap { String(index.name(of: $0)) }
  }

  @Test func nodesAreLinked() throws {
    let blob = try Self.sample()
    let index = try TreeIndex(FlattenedTree(blob.span))
    #expect(index.count == 9)
    #expect(
      index.nodes.map { name($0, in: index) } == [
        "", "cpus", "cpu@0", "cpu@1", "soc@0", "serial@9", "gpio@a", "gpio", "chosen",
      ])
    #expect(
      index.nodes.map { name(index.parent(of: $0), in: index) } == [
        nil, "", "cpus", "cpus", "", "soc@0", "soc@0", "soc@0", "",
      ])
    #expect(
      index.nodes.map { name(index.firstChild(of: $0), in: index) } == [
        "cpus", "cpu@0", nil, nil, "serial@9", nil, nil, nil, nil,
      ])
    #expect(
      index.nodes.map { name(index.nextSibling(of: $0), in: index) } == [
        nil, "soc@0", "cpu@1", nil, "chosen", "gpio@a", "gpio", nil, nil,
      ])
  }

  @Test(arguments: [
    ("/", ""), ("/cpus", "cpus"), ("/cpus/cpu@1", "cpu@1"), ("//cpus//cpu@1/", "cpu@1"),
    ("/soc/serial", "serial@9"), ("/soc@0/serial@9", "serial@9"), ("/soc/gpio", "gpio"),
    ("/soc/gpio@a", "gpio@a"), ("/cpus/cpu", nil), ("/cpus/cpu@", nil), ("/cpus/cpu@2", nil), ("/soc@", nil),
    ("cpus", nil), ("", nil), ("/cpu@0", nil), ("/chosen/", "chosen"), ("/chose", nil), ("/chosen2", nil),
  ])
  func paths(_ path: String, _ expected: String?) throws {
    let blob = try Self.sample()
    let index = try TreeIndex(FlattenedTree(blob.span))
    #expect(name(index.node(at: path), in: index) == expected)
  }

  @Test func childrenAreFoundByName() throws {
    let blob = try Self.sample()
    let index = try TreeIndex(FlattenedTree(blob.span))
    #expect(name(index.child(of: index.root, named: "soc"), in: index) == "soc@0")
    #expect(index.child(of: index.root, named: "cpu@0") == nil)
    #expect(index.child(of: index.root, named: "") == nil)
  }

  @Test func phandlesAreFoundInBothSpellings() throws {
    let blob = try Self.sample()
    let index = try TreeIndex(FlattenedTree(blob.span))
    #expect(
      [1, 2, 7, 0x8000].map { name(index.node(phandle: $0), in: index) } == [
        "cpu@0", "cpu@1", "soc@0", "serial@9",
      ])
    #expect([0, 3, .max].map { index.node(phandle: $0) } == [nil, nil, nil])
    #expect(index.nodes.map { index.phandle(of: $0) } == [nil, nil, 1, 2, 7, 0x8000, nil, nil, nil])
  }

  @Test func phandleComesBeforeItsOlderSpellingAndTheFirstNodeBeforeLaterOnes() throws {
    let blob = try Self.blob { writer in
      try Self.node(&writer, "a", phandle: 1, legacy: 2)
      try Self.node(&writer, "b", phandle: 1)
      try Self.node(&writer, "c", phandle: .max)
    }
    let index = try TreeIndex(FlattenedTree(blob.span))
    #expect([1, 2, .max].map { name(index.node(phandle: $0), in: index) } == ["a", nil, nil])
  }

  @Test func aPhandleOfAnotherLengthIsNone() throws {
    let blob = try Self.blob { writer in
      try writer.property("phandle", [0, 0, 0, 0, 0, 0, 0, 1])
      try writer.property("phandles", [0, 0, 0, 1])
      try writer.property("phandlf", [0, 0, 0, 1])
    }
    let index = try TreeIndex(FlattenedTree(blob.span))
    #expect(index.phandle(of: index.root) == nil)
    #expect(index.node(phandle: 1) == nil)
  }

  @Test func theFirstOfTwoChildrenOfOneNameIsFound() throws {
    let bytes = RawBlob(
      [
        .begin(""), .begin("n"), .property(name: 0, [1]), .endNode, .begin("n"), .endNode, .endNode, .end,
      ], strings: "p\0"
    ).bytes
    let index = try TreeIndex(FlattenedTree(bytes.span))
    let nodeFound = index.node(at: "/n")
    let node = try #require(nodeFound)
    let first = index.value("p", of: node)?.array
    #expect(first == [1])
  }

  @Test func propertiesAreReadNodeByNode() throws {
    let bytes = RawBlob.small.bytes
    let index = try TreeIndex(FlattenedTree(bytes.span))
    var names: [String?] = []
    var properties = index.properties(of: index.root)
    while let property = properties.next() { names.append(String(property.name)) }
    #expect(names == ["a", "b"])
    let nodeFound = index.node(at: "/n@1")
    let node = try #require(nodeFound)
    #expect(index.value("reg", of: node)?.number == 1)
    let missing = index.property("a", of: node) == nil
    #expect(missing)
    let bareFound = index.node(at: "/n@2")
    let bare = try #require(bareFound)
    var none = index.properties(of: bare)
    let isEmpty = none.next() == nil
    #expect(isEmpty)
  }

  @Test func aFaultAnywhereIsThrown() throws {
    let bytes = RawBlob([.begin(""), .begin("n"), .endNode, .endNode, .end, .nop]).bytes
    #expect(throws: FlattenedTreeError(.endNotAtEnd, at: 84)) {
      _ = try TreeIndex(FlattenedTree(bytes.span)).count
    }
  }
}
