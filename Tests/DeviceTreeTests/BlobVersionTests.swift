// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import FlattenedTree
import Testing

/// Live trees in every version of the format, and out of it.
@Suite struct BlobVersionTests {
  static let pairs = FlattenedTree.Version.allCases.flatMap { from in
    FlattenedTree.Version.allCases.map { (from, $0) }
  }

  // / { b = <0 1>; cpus { cpu@3 { reg = <3>; l = [nine bytes]; }; cpu@1 { }; }; "" { x { }; }; };
  private static func sample() -> DeviceTree {
    var tree = DeviceTree()
    tree.bootCPU = 3
    tree.reservations = [DeviceTree.Reservation(address: 0x1000, size: 0x2000)]
    tree.set("b", .cells([0, 1]), on: tree.root)
    let cpus = tree.addChild("cpus", to: tree.root)
    let first = tree.addChild("cpu@3", to: cpus)
    tree.set("reg", .cell(3), on: first)
    tree.set("l", PropertyValue(bytes: [1, 2, 3, 4, 5, 6, 7, 8, 9]), on: first)
    tree.addChild("cpu@1", to: cpus)
    tree.addChild("x", to: tree.addChild("", to: tree.root))
    return tree
  }

  @Test(arguments: pairs)
  func oneVersionIsMadeOfAnother(_ from: FlattenedTree.Version, _ to: FlattenedTree.Version) throws {
    var expected = Self.sample()
    let read = try DeviceTree(blob: expected.blob(version: from))
    // Version 1 does not hold the boot CPU.
    if from == .v1 { expected.bootCPU = 0 }
    #expect(try read.blob(version: to) == expected.blob(version: to))
    #expect(try read.blob() == expected.blob())
    #expect(read.bootCPU == expected.bootCPU)
  }

  @Test func namesThatSayTheNodesNameAreOfEarlyVersionsOnly() throws {
    var tree = Self.sample()
    let node = try #require(tree.node(at: "/cpus/cpu@3"))
    tree.set("name", .string("cpu"), on: node)
    #expect(try DeviceTree(blob: tree.blob())[node, "name"]?.string == "cpu")
    #expect(try DeviceTree(blob: tree.blob(version: .v3))[node, "name"] == nil)
    tree.removeNameProperties()
    #expect(tree[node, "name"] == nil)
  }

  @Test(arguments: ["cpu@3\0", "CPU\0", "cp\0", "cpu\0x\0", "cpu", "\0", ""])
  func namesThatSaySomethingElseStay(_ name: String) throws {
    var tree = Self.sample()
    let node = try #require(tree.node(at: "/cpus/cpu@3"))
    tree.set("name", PropertyValue(bytes: Array(name.utf8)), on: node)
    let blob = try tree.blob(version: .v3)
    let read = try DeviceTree(blob: blob)
    #expect(read[node, "name"]?.bytes == Array(name.utf8))
    #expect(try read.blob(version: .v3) == blob)
  }

  @Test func theRootsNameIsEmpty() throws {
    var tree = Self.sample()
    tree.set("name", .string(""), on: tree.root)
    tree.removeNameProperties()
    #expect(tree[tree.root, "name"] == nil)
  }

  @Test func aNodeWhoseNamePathsCannotHoldIsNamed() throws {
    var tree = Self.sample()
    tree.addChild("a/b", to: tree.root)
    #expect(try DeviceTree(blob: tree.blob()).node(at: "/cpus") != nil)
    let error = #expect(throws: DeviceTree.BlobError.self) { try tree.blob(version: .v2) }
    #expect(error?.description == "/a/b: a node's name holds a slash, which paths as names leave no room for")
  }

  @Test func roomIsLeftAsAskedFor() throws {
    let blob = try Self.sample().blob(
      version: .v1, layout: FlattenedTree.Layout(alignment: 512, freeReservations: 2, stringsAlignment: 4096))
    #expect(blob.count == 4096 + 512)
    #expect(try FlattenedTree(blob.span).header.structureOffset == 0x20 + 64)
    #expect(try DeviceTree(blob: blob).reservations.count == 1)
    var expected = Self.sample()
    expected.bootCPU = 0
    #expect(try DeviceTree(blob: blob).blob() == expected.blob())
  }

  // MARK: Tolerance

  /// `/ { chosen { module { }; late; later; }; }` and a tree behind which bytes follow, by moving what the writer wrote.
  private static func lateBlob() throws -> [UInt8] {
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    try writer.beginNode("chosen")
    try writer.property("late", [1])
    try writer.property("later", [])
    try writer.beginNode("m")
    try writer.endNode()
    try writer.endNode()
    try writer.endNode()
    var blob = try writer.finish()
    let start = 56 + 8 + 12
    let properties = Array(blob[start..<start + 28])
    blob.replaceSubrange(start..<start + 40, with: Array(blob[start + 28..<start + 40]) + properties)
    return blob
  }

  @Test func propertiesBehindSubnodesJoinTheOthers() throws {
    let blob = try Self.lateBlob()
    #expect(throws: FlattenedTreeError(.propertyAfterSubnode, at: 88)) { try DeviceTree(blob: blob) }
    var tolerated: [DeviceTree.ToleratedFault] = []
    let tree = try DeviceTree(blob: blob, tolerating: .all, tolerated: &tolerated)
    let chosen = try #require(tree.node(at: "/chosen"))
    #expect(tree[chosen].properties.map(\.name) == ["late", "later"])
    #expect(tree.node(at: "/chosen/m") != nil)
    #expect(tolerated.map(\.code) == [.propertyAfterSubnode, .propertyAfterSubnode])
    #expect(tolerated.map(\.offset) == [88, 104])
    #expect(tolerated.map(\.node) == [chosen, chosen])
    #expect(tolerated.map(\.property) == ["late", "later"])
    #expect(throws: Never.self) { try DeviceTree(blob: tree.blob()) }
  }

  @Test func aSoundBlobHasNothingToTolerate() throws {
    var tolerated: [DeviceTree.ToleratedFault] = []
    let blob = try Self.sample().blob()
    #expect(try DeviceTree(blob: blob, tolerating: .all, tolerated: &tolerated).blob() == blob)
    #expect(tolerated.isEmpty)
  }

  @Test func faultsOutsideOfNodesHaveNoNode() throws {
    var blob = try Self.sample().blob()
    // The entry that ends the reservations gets an address.
    blob[63] = 1
    var tolerated: [DeviceTree.ToleratedFault] = []
    let tolerance = FlattenedTree.Tolerance.reservationsEndWithAddress
    let tree = try DeviceTree(blob: blob, tolerating: tolerance, tolerated: &tolerated)
    #expect(tree.reservations.count == 1)
    #expect(tolerated.map(\.code) == [.reservationWithoutSize])
    #expect(tolerated.first?.node == nil)
    #expect(tolerated.first?.offset == 56)
  }
}
