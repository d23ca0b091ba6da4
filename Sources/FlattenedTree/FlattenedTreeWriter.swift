// SPDX-License-Identifier: Apache-2.0

/// Writes a flattened device tree from its first node to its last, as version 17.
///
/// The blob has header, memory reservations, structure and strings in this order and without gaps, and shares property
/// names, byte for byte as dtc writes it. The time taken is linear in the size of the blob.
///
///     var writer = FlattenedTreeWriter()
///     try writer.beginNode("")
///     try writer.property("compatible", [...])
///     try writer.endNode()
///     let blob = try writer.finish()
///
/// Every method throws when its call would make a blob that no reader takes, and leaves the writer as it was. The
/// offset in the error is where the blob then ended.
public struct FlattenedTreeWriter: Sendable {
  /// The physical id of the boot CPU, for the header.
  public var bootCPU: UInt32
  private var structure: [UInt8] = []
  var strings = StringTable()
  private var reservations: [UInt8] = []
  private var depth = 0
  private var propertiesMayFollow = false

  public init(bootCPU: UInt32 = 0) {
    self.bootCPU = bootCPU
  }

  private var format: Format { .newest }
  private var reservationsOffset: Int { (format.headerSize + 7) & ~7 }
  private var structureOffset: Int {
    reservationsOffset + reservations.count + FlattenedTree.reservationSize
  }
  private func fault(_ code: FlattenedTreeError.Code) -> FlattenedTreeError {
    FlattenedTreeError(code, at: structureOffset + structure.count)
  }

  /// Adds an entry to the memory reservation block, at any time before the end.
  ///
  /// - Throws: `reservationWithoutSize`, because an entry of size zero ends the block.
  public mutating func reserve(_ reservation: FlattenedTree.Reservation) throws(FlattenedTreeError) {
    guard reservation.size != 0 else { throw fault(.reservationWithoutSize) }
    reservations.append(bigEndian: reservation.address)
    reservations.append(bigEndian: reservation.size)
  }

  /// Begins a node inside the one that is open; the first one is the root and has an empty name.
  public mutating func beginNode(_ name: FlattenedTree.Text) throws(FlattenedTreeError) {
    try name.tryWithBytes { bytes throws(FlattenedTreeError) in try beginNode(bytes) }
  }

  /// Begins a node whose name is given as bytes, without a terminating zero.
  public mutating func beginNode(_ name: RawSpan) throws(FlattenedTreeError) {
    guard name.position(of: 0) == nil else { throw fault(.nameHasZero) }
    if depth == 0 {
      guard structure.isEmpty else { throw fault(.secondRoot) }
      guard name.isEmpty else { throw fault(.rootHasName) }
    }
    try makeRoom(for: name.byteCount)
    structure.append(bigEndian: Scanner.Tag.beginNode)
    structure.append(name)
    structure.append(0)
    structure.alignToWord()
    depth += 1
    propertiesMayFollow = true
  }

  /// Adds a property to the node that is open and has no subnodes yet.
  public mutating func property(_ name: FlattenedTree.Text, _ value: [UInt8]) throws(FlattenedTreeError) {
    try name.tryWithBytes { bytes throws(FlattenedTreeError) in unsafe try property(bytes, value.span.bytes) }
  }

  /// Adds a property whose name is given as bytes, without a terminating zero.
  public mutating func property(_ name: RawSpan, _ value: RawSpan) throws(FlattenedTreeError) {
    guard propertiesMayFollow else {
      throw fault(depth == 0 ? .propertyOutsideNode : .propertyAfterSubnode)
    }
    guard name.byteCount <= FlattenedTree.longestPropertyName else { throw fault(.propertyNameTooLong) }
    guard name.position(of: 0) == nil else { throw fault(.nameHasZero) }
    try makeRoom(for: value.byteCount)
    structure.append(bigEndian: Scanner.Tag.property)
    structure.append(bigEndian: UInt32(truncatingIfNeeded: value.byteCount))
    structure.append(bigEndian: UInt32(truncatingIfNeeded: strings.offset(of: name)))
    structure.append(value)
    structure.alignToWord()
  }

  /// Ends the node that began last.
  public mutating func endNode() throws(FlattenedTreeError) {
    guard depth > 0 else { throw fault(.endWithoutNode) }
    structure.append(bigEndian: Scanner.Tag.endNode)
    depth -= 1
    propertiesMayFollow = false
  }

  /// The finished blob.
  ///
  /// - Parameter padding: how many zero bytes to leave free at the end, for a boot loader that adds to the tree.
  public consuming func finish(padding: Int = 0) throws(FlattenedTreeError) -> [UInt8] {
    guard !structure.isEmpty else { throw fault(.noRoot) }
    guard depth == 0 else { throw fault(.nodeNotEnded) }
    guard padding >= 0, padding <= Self.largestSize else { throw fault(.tooLarge) }
    try makeRoom(for: padding)
    structure.append(bigEndian: Scanner.Tag.end)

    let stringsOffset = structureOffset + structure.count
    let totalSize = stringsOffset + strings.bytes.count + padding
    var blob: [UInt8] = []
    blob.reserveCapacity(totalSize)
    blob.append(bigEndian: Header.magic)
    blob.append(bigEndian: UInt32(truncatingIfNeeded: totalSize))
    blob.append(bigEndian: UInt32(truncatingIfNeeded: structureOffset))
    blob.append(bigEndian: UInt32(truncatingIfNeeded: stringsOffset))
    blob.append(bigEndian: UInt32(truncatingIfNeeded: reservationsOffset))
    blob.append(bigEndian: format.version)
    blob.append(bigEndian: Format.newestIsCompatibleWith)
    blob.append(bigEndian: bootCPU)
    blob.append(bigEndian: UInt32(truncatingIfNeeded: strings.bytes.count))
    blob.append(bigEndian: UInt32(truncatingIfNeeded: structure.count))
    blob.append(contentsOf: reservations)
    blob.append(contentsOf: repeatElement(0, count: FlattenedTree.reservationSize))
    blob.append(contentsOf: structure)
    blob.append(contentsOf: strings.bytes)
    blob.append(contentsOf: repeatElement(0, count: padding))
    return blob
  }

  /// The largest blob that is written: libfdt keeps offsets in signed 32-bit numbers.
  static let largestSize = Int(Int32.max)

  /// Checks that something of `count` bytes can be added and the blob still be finished.
  private func makeRoom(for count: Int) throws(FlattenedTreeError) {
    // A token's own words, a longest property name, padding to words and the end token.
    let more = 2 * FlattenedTree.longestPropertyName
    let used = structureOffset + structure.count + strings.bytes.count
    guard count <= Self.largestSize - more, used <= Self.largestSize - more - count else {
      throw fault(.tooLarge)
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(bigEndian word: UInt32) {
    unsafe Swift.withUnsafeBytes(of: word.bigEndian) { unsafe append(contentsOf: $0) }
  }

  fileprivate mutating func append(bigEndian doubleWord: UInt64) {
    unsafe Swift.withUnsafeBytes(of: doubleWord.bigEndian) { unsafe append(contentsOf: $0) }
  }

  fileprivate mutating func append(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }

  /// Fills up with zeros to the next multiple of four.
  fileprivate mutating func alignToWord() {
    while count % 4 != 0 { append(0) }
  }
}
