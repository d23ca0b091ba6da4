// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Testing

@Suite struct HeaderTests {
  @Test func allFieldsAreRead() throws {
    var blob = RawBlob.small
    blob.bootCPU = 5
    let bytes = blob.bytes
    let header = try FlattenedTree(bytes.span).header
    #expect(header.totalSize == bytes.count)
    #expect(header.structureOffset == 56)
    #expect(header.structureSize == blob.structure.count)
    #expect(header.stringsOffset == 56 + blob.structure.count)
    #expect(header.stringsSize == 8)
    #expect(header.reservationsOffset == 40)
    #expect(header.version == 17)
    #expect(header.lastCompatibleVersion == 16)
    #expect(header.bootCPU == 5)
  }

  @Test func nothingIsTruncated() {
    #expect(fault(in: []) == FlattenedTreeError(.truncated, at: 0))
    #expect(fault(in: [0xD0, 0x0D, 0xFE]) == FlattenedTreeError(.truncated, at: 3))
  }

  @Test func aBlobThatIsCutShortIsTruncated() {
    let bytes = RawBlob.small.bytes
    #expect(fault(in: Array(bytes.prefix(20))) == FlattenedTreeError(.truncated, at: 20))
    #expect(fault(in: Array(bytes.dropLast())) == FlattenedTreeError(.truncated, at: bytes.count - 1))
  }

  @Test func anotherFileHasNoMagic() {
    #expect(fault(in: Array("/dts-v1/;".utf8)) == FlattenedTreeError(.badMagic, at: 0))
  }

  @Test func whatFollowsTheBlobIsLeftAlone() throws {
    let bytes = RawBlob.small.bytes
    #expect(fault(in: bytes + [1, 2, 3]) == nil)
    #expect(try transcript(of: bytes + [1, 2, 3]) == transcript(of: bytes))
  }

  @Test func paddingInsideTheBlobIsAllowed() {
    let bytes = RawBlob.small.bytes
    let padded = RawBlob.small.with(4, UInt32(bytes.count + 8))
    #expect(fault(in: padded.bytes + [UInt8](repeating: 0, count: 8)) == nil)
  }

  @Test(arguments: [
    (0, 0, FlattenedTreeError.Code.badVersion), (4, 1, .badVersion), (15, 15, .badVersion), (1, 2, .badVersion),
    (16, 17, .badVersion), (18, 18, .unsupportedVersion), (.max, .max, .unsupportedVersion),
  ])
  func versionsThatCannotBeRead(_ version: UInt32, _ compatible: UInt32, _ code: FlattenedTreeError.Code) {
    var blob = RawBlob.small
    blob.version = version
    blob.lastCompatibleVersion = compatible
    #expect(fault(in: blob) == FlattenedTreeError(code, at: 20))
  }

  @Test func aNewerVersionThatSaysSoIsReadAsSeventeen() throws {
    var blob = RawBlob.small
    blob.version = 18
    #expect(try transcript(of: blob.bytes) == transcript(of: RawBlob.small.bytes))
  }

  @Test func versionSixteenHasNoStructureSize() throws {
    var blob = RawBlob.small
    blob.version = 16
    let sixteen = blob.with(36, 0xDEAD_BEEF).bytes
    #expect(fault(in: sixteen) == nil)
    #expect(try transcript(of: sixteen) == transcript(of: RawBlob.small.bytes))
    #expect(try FlattenedTree(sixteen.span).header.structureSize == nil)
  }

  @Test func aStructureOfVersionSixteenEndsWhereTheNextBlockStarts() {
    var blob = RawBlob([.begin(""), .nop], strings: "\0\0\0\u{2}\0\0\0\u{9}")
    blob.version = 16
    #expect(fault(in: blob) == FlattenedTreeError(.structureTruncated, at: 68))
  }

  @Test(arguments: [
    (8, 0, FlattenedTreeError.Code.blockOutOfBounds), (8, 36, .blockOutOfBounds),
    (8, .max, .blockOutOfBounds), (8, 58, .misalignedBlock), (12, 8, .blockOutOfBounds),
    (12, .max, .blockOutOfBounds), (12, 60, .blocksOverlap), (16, 0, .blockOutOfBounds),
    (16, 44, .misalignedBlock), (16, 56, .blocksOverlap), (16, 0x8000_0000, .blockOutOfBounds),
    (32, .max, .blockOutOfBounds), (32, 9, .blockOutOfBounds), (36, .max, .blockOutOfBounds),
    (4, 39, .truncated), (4, 0, .truncated),
  ])
  func wrongFields(_ field: Int, _ word: UInt32, _ code: FlattenedTreeError.Code) {
    let found = fault(in: RawBlob.small.with(field, word))
    #expect(found?.code == code)
    // The stated size of a block shows where the block is placed.
    if field != 32 { #expect(found?.offset == (code == .blocksOverlap && field == 8 ? 12 : field)) }
  }

  @Test func anEmptyStringsBlockMayLieAnywhere() {
    let blob = RawBlob([.begin(""), .endNode, .end])
    #expect(fault(in: blob.with(12, 56)) == nil)
    #expect(fault(in: blob.with(12, 40)) == nil)
  }
}

@Suite struct ReservationTests {
  private func read(_ words: [UInt64]) throws -> [FlattenedTree.Reservation] {
    var blob = RawBlob.small
    blob.reservations = words
    let bytes = blob.bytes
    var entries = try FlattenedTree(bytes.span).reservations
    var result: [FlattenedTree.Reservation] = []
    while let entry = try entries.next() { result.append(entry) }
    return result
  }

  @Test func entriesAreReadInOrder() throws {
    #expect(
      try read([0x1_0000_0000, 0x2000, 0, 1, 0, 0]) == [
        FlattenedTree.Reservation(address: 0x1_0000_0000, size: 0x2000),
        FlattenedTree.Reservation(address: 0, size: 1),
      ])
    #expect(try read([0, 0]) == [])
  }

  @Test func theListMustEnd() {
    var blob = RawBlob.small
    blob.reservations = [0x1000, 0x2000]
    #expect(fault(in: blob) == FlattenedTreeError(.unterminatedReservations, at: 56))
  }

  @Test func onlyAnEntryOfZerosEndsIt() throws {
    var blob = RawBlob.small
    blob.reservations = [0x1000, 0x2000, 0x3000, 0]
    #expect(fault(in: blob) == FlattenedTreeError(.reservationWithoutSize, at: 56))
    #expect(try read(blob.reservations).count == 1)
  }
}
