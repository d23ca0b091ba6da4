// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import FlattenedTree
import Testing

@Suite struct BlobTests {
  // /memreserve/ 0x1000 0x2000; / { a = <1>; cpus { cpu@0 { reg = <0>; }; cpu@1 { }; }; chosen { bootargs = "x"; }; };
  private static func sample() -> DeviceTree {
    var tree = DeviceTree()
    tree.bootCPU = 2
    tree.reservations = [DeviceTree.Reservation(address: 0x1000, size: 0x2000)]
    tree.set("a", .cell(1), on: tree.root)
    let cpus = tree.addChild("cpus", to: tree.root)
    let first = tree.addChild("cpu@0", to: cpus)
    tree.set("reg", .cell(0), on: first)
    tree.addChild("cpu@1", to: cpus)
    let chosen = tree.addChild("chosen", to: tree.root)
    tree.set("bootargs", .string("x"), on: chosen)
    return tree
  }

  @Test func aTreeIsWrittenAndReadBack() throws {
    let blob = try Self.sample().blob()
    try FlattenedTree(blob.span).validate()
    let tree = try DeviceTree(blob: blob)
    #expect(tree.bootCPU == 2)
    #expect(tree.reservations == [DeviceTree.Reservation(address: 0x1000, size: 0x2000)])
    #expect(tree.walk().map { tree.path(of: $0) } == ["/", "/cpus", "/cpus/cpu@0", "/cpus/cpu@1", "/chosen"])
    let chosen = try #require(tree.node(at: "/chosen"))
    #expect(tree[chosen, "bootargs"]?.string == "x")
    #expect(tree[tree.root, "a"]?.cells == [1])
    #expect(try tree.blob() == blob)
  }

  @Test func aBlobIsWrittenAgainByteForByte() throws {
    var writer = FlattenedTreeWriter(bootCPU: 1)
    try writer.reserve(FlattenedTree.Reservation(address: 0xFFFF_FFFF_0000_0000, size: 1))
    try writer.beginNode("")
    try writer.property("", [1])
    try writer.property("assigned-clocks", [])
    try writer.property("clocks", [0, 0, 0])
    for name in ["b", "a", "a"] {
      try writer.beginNode(name)
      try writer.property("reg", [1, 2, 3, 4, 5])
      try writer.beginNode("")
      try writer.endNode()
      try writer.endNode()
    }
    try writer.endNode()
    let blob = try writer.finish()
    #expect(try DeviceTree(blob: blob).blob() == blob)
  }

  @Test func paddingIsFreeSpaceAtTheEnd() throws {
    let tree = Self.sample()
    let blob = try tree.blob(padding: 100)
    #expect(try blob.count == tree.blob().count + 100)
    #expect(try FlattenedTree(blob.span).header.totalSize == blob.count)
    #expect(try DeviceTree(blob: blob).blob() == tree.blob())
  }

  @Test func removedNodesAreNotWritten() throws {
    var tree = Self.sample()
    tree.remove(try #require(tree.node(at: "/cpus/cpu@0")))
    tree.remove(try #require(tree.node(at: "/chosen")))
    let again = try DeviceTree(blob: tree.blob())
    #expect(again.walk().map { again.path(of: $0) } == ["/", "/cpus", "/cpus/cpu@1"])
  }

  @Test func anUnresolvedReferenceIsNamed() throws {
    var tree = Self.sample()
    let node = try #require(tree.node(at: "/cpus/cpu@0"))
    tree.set("clocks", .phandle(.label("clk")), on: node)
    let error = DeviceTree.BlobError.unresolved(.label("clk"), node: "/cpus/cpu@0", property: "clocks")
    #expect(throws: error) { _ = try tree.blob() }
    #expect(error.description == "/cpus/cpu@0:clocks: the label clk has not been resolved")

    tree.removeProperty("clocks", from: node)
    let value = PropertyValue(bytes: [], marks: [PropertyValue.Mark(offset: 0, .path(.path("/soc")))])
    tree.set("stdout-path", value, on: tree.root)
    let other = DeviceTree.BlobError.unresolved(.path("/soc"), node: "/", property: "stdout-path")
    #expect(throws: other) { _ = try tree.blob() }
    #expect(other.description == "/:stdout-path: the path /soc has not been resolved")
  }

  @Test func marksThatReferToNothingAreNoObstacle() throws {
    var tree = Self.sample()
    let marks = [PropertyValue.Mark(offset: 0, .form(.string)), PropertyValue.Mark(offset: 1, .label("l"))]
    tree.set("p", PropertyValue(bytes: [1], marks: marks), on: tree.root)
    #expect(try DeviceTree(blob: tree.blob())[tree.root, "p"]?.bytes == [1])
  }

  @Test func whatTheFormatCannotHoldIsNamed() throws {
    var tree = Self.sample()
    let node = tree.addChild("bad\0name", to: tree.root)
    var error = try #require(throws: DeviceTree.BlobError.self) { _ = try tree.blob() }
    #expect(error.description == "/bad\0name: a name holds a zero byte")
    tree.remove(node)
    tree.set("p\0", .empty, on: tree.root)
    error = try #require(throws: DeviceTree.BlobError.self) { _ = try tree.blob() }
    #expect(error.description == "/:p\0: a name holds a zero byte")
    tree.removeProperty("p\0", from: tree.root)
    tree.reservations = [DeviceTree.Reservation(address: 1, size: 0)]
    error = try #require(throws: DeviceTree.BlobError.self) { _ = try tree.blob() }
    #expect(error.description == "/: a memory reservation has the size zero")
  }

  @Test func aNameThatIsNotTextIsRefused() throws {
    var blob = try Self.sample().blob()
    let at = try #require(blob.indices.first { blob[$0...].starts(with: "bootargs".utf8) })
    blob[at] = 0xFF
    #expect(throws: FlattenedTreeError(.nameNotText, at: at)) { _ = try DeviceTree(blob: blob) }
  }

  @Test func aTreeOf100000LevelsIsReadAndWritten() throws {
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    for _ in 1..<100_000 { try writer.beginNode("n") }
    for _ in 0..<100_000 { try writer.endNode() }
    let blob = try writer.finish()
    #expect(try DeviceTree(blob: blob).blob() == blob)
  }

  @Test func aNodeOf100000ChildrenIsReadAndWritten() throws {
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    for number in 0..<100_000 {
      try writer.beginNode("n@\(number)")
      try writer.property("p\(number % 1000)", [])
      try writer.endNode()
    }
    try writer.endNode()
    let blob = try writer.finish()
    let tree = try DeviceTree(blob: blob)
    #expect(tree.node(at: "/n@99999") != nil)
    #expect(try tree.blob() == blob)
  }

  @Test(arguments: FlattenedTree.Version.allCases)
  func noDamageTraps(_ version: FlattenedTree.Version) throws {
    let blob = try Self.sample().blob(version: version)
    var read = 0
    for bit in 0..<blob.count * 8 {
      var damaged = blob
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      guard let tree = try? DeviceTree(blob: damaged) else { continue }
      read += 1
      #expect(try DeviceTree(blob: tree.blob()).blob() == tree.blob())
    }
    #expect(read > 0 && read < blob.count * 8)
    for length in 0..<blob.count {
      #expect(throws: FlattenedTreeError.self) { _ = try DeviceTree(blob: Array(blob.prefix(length))) }
    }
  }
}
