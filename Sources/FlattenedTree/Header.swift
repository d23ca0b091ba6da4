// SPDX-License-Identifier: Apache-2.0

/// The header of a flattened device tree, as far as its version has one (specification 5.2).
///
/// All offsets are from the start of the blob. The blocks lie inside the blob; that is checked when the header is read.
public struct Header: Equatable, Sendable {
  /// The size of the whole blob, padding included.
  public let totalSize: Int
  public let structureOffset: Int
  /// The size of the structure block, from version 17 on.
  public let structureSize: Int?
  public let stringsOffset: Int
  /// The size of the strings block: the stated one, or what there is up to the next block where none is stated.
  public let stringsSize: Int
  public let reservationsOffset: Int
  /// The version as it stands in the header; ``format`` is how the blob is read.
  public let version: UInt32
  public let lastCompatibleVersion: UInt32
  /// The version whose rules the blob is read by.
  public let format: FlattenedTree.Version
  /// The physical id of the CPU that boots; 0 in version 1, which does not say.
  public let bootCPU: UInt32

  /// Where in the header each field stands.
  enum Field {
    static let magic = 0
    static let totalSize = 4
    static let structureOffset = 8
    static let stringsOffset = 12
    static let reservationsOffset = 16
    static let version = 20
    static let lastCompatibleVersion = 24
    static let bootCPU = 28
    static let stringsSize = 32
    static let structureSize = 36
  }

  static let magic: UInt32 = 0xD00D_FEED
  static let smallestSize = 28
}

extension Header {
  /// Reads and checks the header at the start of `bytes`.
  init(_ bytes: RawSpan) throws(FlattenedTreeError) {
    guard bytes.byteCount >= 4 else { throw FlattenedTreeError(.truncated, at: bytes.byteCount) }
    guard bytes.word(at: Field.magic) == Self.magic else { throw FlattenedTreeError(.badMagic, at: 0) }
    guard bytes.byteCount >= Self.smallestSize else {
      throw FlattenedTreeError(.truncated, at: bytes.byteCount)
    }
    version = bytes.word(at: Field.version)
    lastCompatibleVersion = bytes.word(at: Field.lastCompatibleVersion)
    let format = try FlattenedTree.Version.reading(version: version, lastCompatible: lastCompatibleVersion)
    guard let totalSize = Int(exactly: bytes.word(at: Field.totalSize)), totalSize <= bytes.byteCount else {
      throw FlattenedTreeError(.truncated, at: bytes.byteCount)
    }
    guard totalSize >= format.headerSize else { throw FlattenedTreeError(.truncated, at: Field.totalSize) }
    self.format = format
    self.totalSize = totalSize
    bootCPU = format.hasBootCPU ? bytes.word(at: Field.bootCPU) : 0

    func block(_ field: Int, size: Int, alignment: Int) throws(FlattenedTreeError) -> Int {
      let offset = Int(truncatingIfNeeded: bytes.word(at: field))
      guard offset >= format.headerSize, offset <= totalSize, size <= totalSize - offset else {
        throw FlattenedTreeError(.blockOutOfBounds, at: field)
      }
      guard offset % alignment == 0 else { throw FlattenedTreeError(.misalignedBlock, at: field) }
      return offset
    }
    func size(_ field: Int) throws(FlattenedTreeError) -> Int {
      guard let size = Int(exactly: bytes.word(at: field)), size <= totalSize else {
        throw FlattenedTreeError(.blockOutOfBounds, at: field)
      }
      return size
    }

    structureSize = format.hasStructureSize ? try size(Field.structureSize) : nil
    let statedStringsSize = format.hasStringsSize ? try size(Field.stringsSize) : nil
    structureOffset = try block(Field.structureOffset, size: structureSize ?? 0, alignment: 4)
    stringsOffset = try block(Field.stringsOffset, size: statedStringsSize ?? 0, alignment: 1)
    reservationsOffset = try block(Field.reservationsOffset, size: 0, alignment: 8)
    if let statedStringsSize {
      stringsSize = statedStringsSize
    } else {
      // A block at the very same place leaves no room for strings.
      var end = totalSize
      if structureOffset >= stringsOffset { end = min(end, structureOffset) }
      if reservationsOffset >= stringsOffset { end = min(end, reservationsOffset) }
      stringsSize = end - stringsOffset
    }
    try checkOverlaps()
  }

  /// Checks that no block starts inside another one.
  ///
  /// A block without stated size is bounded by the next block (see `structureEnd`, `reservationsEnd`), so it cannot run
  /// into it.
  private func checkOverlaps() throws(FlattenedTreeError) {
    let strings = stringsOffset..<stringsOffset + stringsSize
    let structure = structureOffset..<structureOffset + (structureSize ?? 4)
    if strings.overlaps(structure) { throw FlattenedTreeError(.blocksOverlap, at: Field.stringsOffset) }
    if strings.contains(reservationsOffset) || structure.contains(reservationsOffset) {
      throw FlattenedTreeError(.blocksOverlap, at: Field.reservationsOffset)
    }
  }

  /// The end of the structure block: the stated one, or where the next block starts.
  var structureEnd: Int {
    if let structureSize { return structureOffset + structureSize }
    return startOfBlock(after: structureOffset)
  }

  /// Where the reservation block must have ended.
  var reservationsEnd: Int { startOfBlock(after: reservationsOffset) }

  private func startOfBlock(after offset: Int) -> Int {
    var end = totalSize
    if structureOffset > offset { end = min(end, structureOffset) }
    if stringsOffset > offset, stringsSize > 0 { end = min(end, stringsOffset) }
    if reservationsOffset > offset { end = min(end, reservationsOffset) }
    return end
  }
}
