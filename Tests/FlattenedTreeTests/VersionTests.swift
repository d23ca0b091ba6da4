// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Testing

/// The versions before 17, as they are written and read.
@Suite struct VersionTests {
  // /memreserve/ 0x1000 0x2000; / { a = <1>; b = <0 1>; cpus { #address-cells = <1>; cpu@0 { reg = <0>; empty; }; }; };
  private func vector(_ version: FlattenedTree.Version) throws -> [UInt8] {
    var writer = FlattenedTreeWriter(version: version, bootCPU: 6)
    try writer.reserve(FlattenedTree.Reservation(address: 0x1000, size: 0x2000))
    try writer.beginNode("")
    try writer.property("a", bigEndian(1))
    try writer.property("b", bigEndian(0) + bigEndian(1))
    try writer.beginNode("cpus")
    try writer.property("#address-cells", bigEndian(1))
    try writer.beginNode("cpu@0")
    try writer.property("reg", bigEndian(0))
    try writer.property("empty", [])
    try writer.endNode()
    try writer.endNode()
    try writer.endNode()
    return try writer.finish()
  }

  /// What stands from the structure block on in every version before 16.
  private static let earlyBlocks: [UInt8] =
    [
      1, 0x2F00_0000,
      3, 4, 0, 1, 3, 8, 2, 0, 0, 1, 3, 1, 4, 0,
      1, 0x2F63_7075, 0x7300_0000,
      3, 4, 9, 1, 3, 5, 4, 0x6370_7573, 0,
      1, 0x2F63_7075, 0x732F_6370, 0x7540_3000,
      3, 4, 0x18, 0, 3, 0, 0x1C, 3, 4, 4, 0x6370_7500, 2,
      2, 2, 9,
    ].flatMap { bigEndian($0) } + Array("a\0b\0name\0#address-cells\0reg\0empty\0".utf8)

  private static let reservations: [UInt8] = [0, 0x1000, 0, 0x2000, 0, 0, 0, 0].flatMap { bigEndian($0) }

  @Test func theBytesOfVersion1AreThoseOfDtc() throws {
    let header: [UInt32] = [0xD00D_FEED, 286, 0x40, 0xFC, 0x20, 1, 1, 0]
    #expect(try vector(.v1) == header.flatMap { bigEndian($0) } + Self.reservations + Self.earlyBlocks)
  }

  @Test func theBytesOfVersion2AreThoseOfDtc() throws {
    let header: [UInt32] = [0xD00D_FEED, 286, 0x40, 0xFC, 0x20, 2, 1, 6]
    #expect(try vector(.v2) == header.flatMap { bigEndian($0) } + Self.reservations + Self.earlyBlocks)
  }

  @Test func theBytesOfVersion3AreThoseOfDtc() throws {
    let header: [UInt32] = [0xD00D_FEED, 294, 0x48, 0x104, 0x28, 3, 1, 6, 0x22, 0]
    #expect(try vector(.v3) == header.flatMap { bigEndian($0) } + Self.reservations + Self.earlyBlocks)
  }

  @Test func version16Is17WithoutTheSizeOfTheStructure() throws {
    let newest = try vector(.v17)
    var expected = newest
    expected.replaceSubrange(20..<24, with: bigEndian(16))
    expected.replaceSubrange(36..<40, with: bigEndian(0))
    #expect(try vector(.v16) == expected)
    #expect(newest.count == 229)
  }

  @Test(arguments: FlattenedTree.Version.allCases)
  func theHeaderSaysWhatItsVersionHas(_ version: FlattenedTree.Version) throws {
    let blob = try vector(version)
    let header = try FlattenedTree(blob.span).header
    #expect(header.format == version)
    #expect(header.version == version.rawValue)
    #expect(header.lastCompatibleVersion == (version < .v16 ? 1 : 16))
    #expect(header.bootCPU == (version == .v1 ? 0 : 6))
    #expect(header.stringsSize == (version < .v16 ? 34 : 29))
    #expect(header.structureSize == (version == .v17 ? 128 : nil))
    #expect(fault(in: blob) == nil)
  }

  @Test(arguments: FlattenedTree.Version.allCases)
  func everyVersionHoldsTheSameTree(_ version: FlattenedTree.Version) throws {
    let lines = try transcript(of: vector(version)).map { $0.prefix { $0 != "@" } }.filter { !$0.hasPrefix("name = ") }
    let expected = try transcript(of: vector(.v17)).map { $0.prefix { $0 != "@" } }
    #expect(lines == expected)
  }

  @Test(arguments: FlattenedTree.Version.allCases)
  func everyVersionIsIndexed(_ version: FlattenedTree.Version) throws {
    let blob = try vector(version)
    let index = try TreeIndex(FlattenedTree(blob.span))
    let found = index.node(at: "/cpus/cpu@0")
    let node = try #require(found)
    #expect(string(index.name(of: node)) == "cpu@0")
    #expect(index.value("reg", of: node)?.array == bigEndian(0))
    #expect(index.node(at: "/cpus/cpu") == node)
    #expect(string(index.name(of: index.root)) == "")
    #expect(index.value("b", of: index.root)?.number == 1)
  }

  @Test(arguments: FlattenedTree.Version.allCases)
  func everyVersionIsPatched(_ version: FlattenedTree.Version) throws {
    var blob = try vector(version)
    try FlattenedTree.overwrite("b", of: "/", in: &blob, with: [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(try transcript(of: blob)[2].hasPrefix("b = 0102030405060708 "))
  }

  // MARK: Early versions

  private func early(
    version: UInt32 = 3, _ tokens: [RawBlob.Token], strings: String = "name\0p\0"
  ) -> RawBlob {
    var blob = RawBlob(tokens, strings: strings)
    blob.version = version
    blob.lastCompatibleVersion = 1
    return blob
  }

  @Test func longValuesStandAtMultiplesOfEight() throws {
    // The value of seven bytes does not, the others do; the second one needs no padding.
    let eight = Array("12345678".utf8)
    let blob = early([
      .begin("/"), .property(name: 5, Array("1234567".utf8)),
      .word(3), .word(8), .word(5), .bytes(eight), .word(3), .word(9), .word(5), .word(0), .bytes(eight), .bytes([57]),
      .endNode, .end,
    ])
    #expect(
      try transcript(of: blob.bytes) == [
        " {", "p = 31323334353637 @ 76", "p = 3132333435363738 @ 96", "p = 313233343536373839 @ 120", "}",
      ])
  }

  @Test func theyAreCountedFromTheStartOfTheStructure() throws {
    let tokens: [RawBlob.Token] = [
      .begin("/"), .word(3), .word(8), .word(5), .word(0), .bytes(Array("12345678".utf8)), .endNode, .end,
    ]
    let blob = early([.nop] + tokens)
    // One word further on in the blob, but not in its block.
    #expect(try transcript(of: blob.with(8, 60).bytes) == [" {", "p = 3132333435363738 @ 84", "}"])
  }

  @Test func aValueWhosePaddingIsCutOffIsOutOfBounds() {
    let blob = early([.begin("/"), .word(3), .word(8), .word(5)])
    #expect(fault(in: blob) == FlattenedTreeError(.valueOutOfBounds, at: 68))
  }

  @Test(
    arguments: [
      (["/", "/n", "/n/m"], nil), (["/", "/"], nil), (["/", "/", "/a"], nil), (["/", "/n", "/n/"], nil),
      ([""], 60), (["n"], 60), (["/n"], -60), (["//"], 60), (["/", "n"], 68), (["/", ""], 68), (["/", "//n"], 68),
      (["/", "/n/m"], 68), (["/", "/n", "/n"], 76), (["/", "/n", "/m/o"], 76), (["/", "/n", "/nm"], 76),
      (["/", "/n", "/nm/o"], 76), (["/", "/", "//a"], 76), (["/", "/n", "m"], 76), (["/", "/n", "/m"], 76),
    ] as [([String], Int?)])
  func namesArePathsOfChildren(_ names: [String], _ wrongAt: Int?) {
    let ends = names.map { _ in RawBlob.Token.endNode }
    let blob = early(names.map { .begin($0) } + ends + [.end])
    // A root that has a name is a fault of its own.
    #expect(
      fault(in: blob)
        == wrongAt.map { FlattenedTreeError($0 < 0 ? .rootHasName : .wrongNodePath, at: abs($0)) })
  }

  @Test func theNextPathIsThatOfTheParentsChild() throws {
    let blob = early([
      .begin("/"), .begin("/a"), .begin("/a/b"), .endNode, .begin("/a/c"), .endNode, .endNode, .begin("/a@1"), .endNode,
      .endNode, .end,
    ])
    #expect(try transcript(of: blob.bytes) == [" {", "a {", "b {", "}", "c {", "}", "}", "a@1 {", "}", "}"])
    let wrong = early([
      .begin("/"), .begin("/a"), .begin("/a/b"), .endNode, .endNode, .begin("/a/c"), .endNode, .endNode, .end,
    ])
    #expect(fault(in: wrong) == FlattenedTreeError(.wrongNodePath, at: 96))
  }

  @Test func nopsAreReadOver() throws {
    let blob = early([.nop, .begin("/"), .nop, .property(name: 5, [1]), .nop, .endNode, .nop, .end])
    #expect(try transcript(of: blob.bytes) == [" {", "p = 01 @ 84", "}"])
  }

  @Test(arguments: [1, 2] as [UInt32])
  func stringsOfUnknownSizeEndWhereTheNextBlockStarts(_ version: UInt32) throws {
    // Strings, then reservations, then the structure.
    let strings = Array("p\0q\0rst\0".utf8)
    let structure: [RawBlob.Token] = [.begin("/"), .property(name: 2, []), .endNode, .end]
    let header: [UInt32] = [0xD00D_FEED, 92, 64, 40, 48, version, 1, 0, .max, .max]
    let blob =
      header.flatMap { bigEndian($0) } + strings + [UInt8](repeating: 0, count: 16) + structure.flatMap(\.bytes)
    #expect(try transcript(of: blob) == [" {", "q =  @ 84", "}"])
    #expect(try FlattenedTree(blob.span).header.stringsSize == 8)
    var wrong = blob
    wrong[83] = 8
    #expect(fault(in: wrong)?.code == .propertyNameOutOfBounds)
  }

  @Test func stringsThatStartWithAnotherBlockAreEmpty() {
    let blob = early(version: 1, [.begin("/"), .endNode, .end], strings: "")
    #expect(fault(in: blob.with(12, 56)) == nil)
    #expect(fault(in: blob.with(12, 40)) == nil)
  }

  @Test func anEntryOfSizeZeroEndsTheReservations() throws {
    var blob = early(version: 1, [.begin("/"), .endNode, .end])
    blob.reservations = [0x1000, 0x2000, 0, 0, 0x3000, 0x4000]
    let bytes = blob.bytes
    #expect(fault(in: bytes) == nil)
    var entries = try FlattenedTree(bytes.span).reservations
    #expect(try entries.next() == FlattenedTree.Reservation(address: 0x1000, size: 0x2000))
    #expect(try entries.next() == nil)
  }

  // MARK: Writing

  @Test func aNodeThatHasItsNameIsNotGivenAnother() throws {
    var writer = FlattenedTreeWriter(version: .v3)
    try writer.beginNode("")
    try writer.property("name", [0])
    try writer.beginNode("n@1")
    try writer.property("name", Array("other\0".utf8))
    try writer.property("p", [])
    try writer.endNode()
    try writer.beginNode("m")
    try writer.endNode()
    try writer.endNode()
    #expect(
      try transcript(of: writer.finish()).map { String($0.prefix { $0 != "@" }) } == [
        " {", "name = 00 ", "n", "name = 6f7468657200 ", "p =  ", "}", "m {", "name = 6d00 ", "}", "}",
      ])
  }

  @Test func namesThatPathsCannotHoldAreRefused() throws {
    var writer = FlattenedTreeWriter(version: .v3)
    try writer.beginNode("")
    #expect(throws: FlattenedTreeError(.nameHasSlash, at: 64)) { try writer.beginNode("a/b") }
    try writer.beginNode("")
    try writer.beginNode("a")
    for _ in 0..<3 { try writer.endNode() }
    #expect(try transcript(of: writer.finish()).filter { !$0.hasPrefix("name") } == [" {", " {", "a {", "}", "}", "}"])
  }
}
