// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Testing

@Suite struct LayoutTests {
  // / { a = <1>; }; with one reservation
  private func writer(_ version: FlattenedTree.Version = .v17) throws -> FlattenedTreeWriter {
    var writer = FlattenedTreeWriter(version: version)
    try writer.reserve(FlattenedTree.Reservation(address: 0x1000, size: 0x2000))
    try writer.beginNode("")
    try writer.property("a", [0, 0, 0, 1])
    try writer.endNode()
    return writer
  }

  private func size(_ layout: FlattenedTree.Layout, _ version: FlattenedTree.Version = .v17) throws -> Int {
    let blob = try writer(version).finish(layout)
    #expect(fault(in: blob) == nil)
    #expect(try FlattenedTree(blob.span).header.totalSize == blob.count)
    return blob.count
  }

  @Test func sizesAreThoseOfDtc() throws {
    #expect(try size(.init()) == 106)
    #expect(try size(.init(padding: 5)) == 111)
    #expect(try size(.init(minimumSize: 50)) == 106)
    #expect(try size(.init(minimumSize: 150)) == 150)
    #expect(try size(.init(alignment: 4)) == 108)
    #expect(try size(.init(padding: 1, alignment: 64)) == 128)
    #expect(try size(.init(minimumSize: 131, alignment: 16)) == 144)
    #expect(try size(.init(freeReservations: 1)) == 122)
    #expect(try size(.init(padding: 7, freeReservations: 3)) == 161)
    #expect(try size(.init(padding: 5), .v1) == 124)
    #expect(try size(.init(minimumSize: 200, alignment: 32, freeReservations: 2), .v3) == 224)
  }

  @Test func freeReservationsAreZerosBehindTheLast() throws {
    let blob = try writer().finish(.init(freeReservations: 2))
    #expect(blob[40..<56] == [0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x20, 0])
    #expect(blob[56..<104].allSatisfy { $0 == 0 })
    #expect(try FlattenedTree(blob.span).header.structureOffset == 104)
    #expect(try transcript(of: blob).map { $0.prefix(4) } == [" {", "a = ", "}"])
  }

  @Test(arguments: FlattenedTree.Version.allCases)
  func theStringsMayStartOnAPage(_ version: FlattenedTree.Version) throws {
    let blob = try writer(version).finish(.init(stringsAlignment: 4096))
    let header = try FlattenedTree(blob.span).header
    #expect(header.stringsOffset == 4096)
    #expect(blob[4096...].starts(with: Array("a\0".utf8)))
    #expect(fault(in: blob) == nil)
    #expect(try transcript(of: blob)[1].hasPrefix("a = 00000001 "))
  }

  @Test(arguments: [
    FlattenedTree.Layout(padding: -1), .init(minimumSize: -1), .init(freeReservations: -1), .init(alignment: 0),
    .init(alignment: 3), .init(alignment: -4), .init(stringsAlignment: 12), .init(alignment: .min),
  ])
  func layoutsThatCannotBeAreRefused(_ layout: FlattenedTree.Layout) throws {
    let finished = try writer()
    #expect(throws: FlattenedTreeError(.impossibleLayout, at: 100)) { _ = try finished.finish(layout) }
  }

  @Test(arguments: [
    FlattenedTree.Layout(padding: Int(Int32.max)), .init(padding: .max), .init(minimumSize: Int(Int32.max) + 1),
    .init(minimumSize: .max), .init(freeReservations: Int(Int32.max) / 16), .init(freeReservations: .max),
    .init(alignment: 1 << 31), .init(alignment: 1 << 62), .init(stringsAlignment: 1 << 31),
    .init(padding: Int(Int32.max) - 200, alignment: 1 << 30),
  ])
  func blobsThatWouldBeTooLargeAreRefused(_ layout: FlattenedTree.Layout) throws {
    let finished = try writer()
    #expect(throws: FlattenedTreeError(.tooLarge, at: 100)) { _ = try finished.finish(layout) }
  }
}
