// SPDX-License-Identifier: Apache-2.0

/// Writes a flattened device tree from its first node to its last, in any version of the format.
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
/// Nodes are given their own names in every version. Before version 16 the writer makes paths of them, and adds to each
/// node that has none the property `name`, after its other properties.
///
/// Every method throws when its call would make a blob that no reader takes, and leaves the writer as it was. The
/// offset in the error is where the blob then ended.
public struct FlattenedTreeWriter: Sendable {
  /// The physical id of the boot CPU, for the header; version 1 has no place for it.
  public var bootCPU: UInt32
  public let version: FlattenedTree.Version
  private var structure = Output()
  var strings: StringTable
  private var reservations = Output()
  private var depth = 0
  private var propertiesMayFollow = false
  /// Before version 16: the node that is open.
  private var path = OpenPath()

  public init(version: FlattenedTree.Version = .v17, bootCPU: UInt32 = 0) {
    self.init(version: version, bootCPU: bootCPU, names: .none)
  }

  /// - Parameter names: names of properties for ``property(known:_:)``.
  package init(version: FlattenedTree.Version = .v17, bootCPU: UInt32 = 0, names: KnownNames) {
    self.version = version
    self.bootCPU = bootCPU
    strings = StringTable(names)
  }

  /// Takes memory for a structure block of about that many bytes.
  package mutating func reserve(_ size: Int) { structure.reserve(size) }

  /// Where in the finished blob the next node, property or end of a node will begin, unless more is reserved.
  package var end: Int {
    (version.headerSize + 7) & ~7 + reservations.count + FlattenedTree.reservationSize + structure.count
  }

  private func fault(_ code: FlattenedTreeError.Code) -> FlattenedTreeError { FlattenedTreeError(code, at: end) }
}

// MARK: - Writing

extension FlattenedTreeWriter {
  /// Adds an entry to the memory reservation block, at any time before the end.
  ///
  /// - Throws: `reservationWithoutSize`, because an entry of size zero ends the block.
  public mutating func reserve(_ reservation: FlattenedTree.Reservation) throws(FlattenedTreeError) {
    guard reservation.size != 0 else { throw fault(.reservationWithoutSize) }
    try makeRoom(for: FlattenedTree.reservationSize)
    reservations.append(reservation.address)
    reservations.append(reservation.size)
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
    if version.isEarly {
      try beginEarlyNode(name)
    } else {
      try makeRoom(for: name.byteCount)
      structure.append(Scanner.Tag.beginNode, terminated: name)
    }
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
    append(name, value)
    if version.isEarly { path.note(name) }
  }

  /// The place of a name in the strings block, for ``property(at:_:)``.
  package mutating func place(of name: RawSpan) throws(FlattenedTreeError) -> UInt32 {
    guard name.byteCount <= FlattenedTree.longestPropertyName else { throw fault(.propertyNameTooLong) }
    guard name.position(of: 0) == nil else { throw fault(.nameHasZero) }
    try makeRoom(for: 0)
    return UInt32(truncatingIfNeeded: strings.offset(of: name))
  }

  /// Adds a property whose name has been placed, in version 16 or later.
  @inline(__always)
  package mutating func property(at place: UInt32, _ value: RawSpan) throws(FlattenedTreeError) {
    guard propertiesMayFollow, !version.isEarly else { throw fault(.propertyAfterSubnode) }
    try makeRoom(for: value.byteCount)
    structure.append(Scanner.Tag.property, UInt32(truncatingIfNeeded: value.byteCount), place, value)
  }

  /// Adds a property whose name is known by its number.
  package mutating func property(known name: Int, _ value: RawSpan) throws(FlattenedTreeError) {
    guard propertiesMayFollow, !version.isEarly else {
      return unsafe try property(strings.known[name].span.bytes, value)
    }
    try makeRoom(for: value.byteCount)
    let offset = UInt32(truncatingIfNeeded: strings.offset(ofKnown: name))
    structure.append(Scanner.Tag.property, UInt32(truncatingIfNeeded: value.byteCount), offset, value)
  }

  private mutating func append(_ name: RawSpan, _ value: RawSpan) {
    let count = UInt32(truncatingIfNeeded: value.byteCount)
    let nameOffset = UInt32(truncatingIfNeeded: strings.offset(of: name))
    if version.isEarly, value.byteCount >= 8, structure.count % 8 == 0 {
      // The value would start four bytes behind a multiple of eight.
      structure.append(Scanner.Tag.property)
      structure.append(count)
      structure.append(nameOffset)
      structure.append(0 as UInt32)
      structure.append(value)
    } else {
      structure.append(Scanner.Tag.property, count, nameOffset, value)
    }
  }

  /// Ends the node that began last.
  public mutating func endNode() throws(FlattenedTreeError) {
    guard depth > 0 else { throw fault(.endWithoutNode) }
    if version.isEarly {
      try makeRoom(for: path.count)
      addName()
      path.end()
    }
    structure.append(Scanner.Tag.endNode)
    depth -= 1
    propertiesMayFollow = false
  }

  /// Checks that something of `count` bytes can be added and the blob still be finished.
  @inline(__always)
  private func makeRoom(for count: Int) throws(FlattenedTreeError) {
    // The words of two tokens, a longest property name and padding; then an end for each open node.
    let more = 2 * FlattenedTree.longestPropertyName + 4 * (depth + 1)
    let used = 64 + reservations.count + structure.count + strings.bytes.count
    guard more <= BlobPlan.largestSize - used, count <= BlobPlan.largestSize - used - more else {
      throw fault(.tooLarge)
    }
  }
}

// MARK: - Before version 16

extension FlattenedTreeWriter {
  private mutating func beginEarlyNode(_ name: RawSpan) throws(FlattenedTreeError) {
    guard name.position(of: UInt8(ascii: "/")) == nil else { throw fault(.nameHasSlash) }
    // The path of the node, and the `name` of the one that it is in.
    try makeRoom(for: 2 * path.count + name.byteCount)
    addName()
    path.begin(name)
    path.withBytes { structure.append(Scanner.Tag.beginNode, terminated: $0) }
  }

  /// Ends the properties of the node that is open with its `name`, when it has had none.
  private mutating func addName() {
    guard propertiesMayFollow, !path.hasName else { return }
    let value = path.baseName
    unsafe append(Self.nameOfName.span.bytes, value.span.bytes)
  }

  static let nameOfName = Array("name".utf8)
}

/// The path of the node that is being written.
private struct OpenPath: Sendable {
  private var bytes: [UInt8] = []
  /// For each open node, how long the path was before it began.
  private var starts: [Int] = []
  /// Where the own name of the node starts.
  private var ownName = 0
  /// Whether the node has a property `name`.
  private(set) var hasName = false

  var count: Int { bytes.count }

  func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result { unsafe body(bytes.span.bytes) }

  mutating func begin(_ name: RawSpan) {
    starts.append(bytes.count)
    // The root's path ends with its slash already.
    if bytes.count != 1 { bytes.append(UInt8(ascii: "/")) }
    ownName = bytes.count
    unsafe name.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    hasName = false
  }

  mutating func end() {
    if let start = starts.popLast() { bytes.removeLast(bytes.count - start) }
  }

  mutating func note(_ property: RawSpan) {
    if property.byteCount == 4, unsafe property.hasSameBytes(as: FlattenedTreeWriter.nameOfName.span.bytes) {
      hasName = true
    }
  }

  /// What the node's `name` holds: its own name up to the unit address, and a zero.
  var baseName: [UInt8] { bytes[ownName...].prefix { $0 != UInt8(ascii: "@") } + [0] }
}

// MARK: - Finishing

extension FlattenedTreeWriter {
  /// The finished blob.
  ///
  /// - Parameter padding: how many zero bytes to leave free at the end, for a boot loader that adds to the tree.
  public consuming func finish(padding: Int = 0) throws(FlattenedTreeError) -> [UInt8] {
    try finish(FlattenedTree.Layout(padding: padding))
  }

  /// The finished blob, laid out as asked for.
  public consuming func finish(_ layout: FlattenedTree.Layout) throws(FlattenedTreeError) -> [UInt8] {
    try blob(layout)
  }

  /// The blob as it is now, for writers that are part of something and cannot be given away.
  package func blob(_ layout: FlattenedTree.Layout) throws(FlattenedTreeError) -> [UInt8] {
    guard !structure.isEmpty else { throw fault(.noRoot) }
    guard depth == 0 else { throw fault(.nodeNotEnded) }
    guard layout.isPossible else { throw fault(.impossibleLayout) }
    // The word that ends the structure goes into the blob alone, so that no copy of the structure is made for it.
    let structureSize = structure.count + 4
    guard
      let plan = BlobPlan(
        version, reservations: reservations.count, structure: structureSize, strings: strings.bytes.count, layout)
    else { throw fault(.tooLarge) }
    var blob: [UInt8] = []
    blob.reserveCapacity(plan.totalSize)
    blob.append(word: Header.magic)
    blob.append(word: UInt32(truncatingIfNeeded: plan.totalSize))
    blob.append(word: UInt32(truncatingIfNeeded: plan.structureOffset))
    blob.append(word: UInt32(truncatingIfNeeded: plan.stringsOffset))
    blob.append(word: UInt32(truncatingIfNeeded: plan.reservationsOffset))
    blob.append(word: version.rawValue)
    blob.append(word: version.oldestCompatible)
    if version.hasBootCPU { blob.append(word: bootCPU) }
    if version.hasStringsSize { blob.append(word: UInt32(truncatingIfNeeded: strings.bytes.count)) }
    if version.hasStructureSize { blob.append(word: UInt32(truncatingIfNeeded: structureSize)) }
    blob.append(zerosUpTo: plan.reservationsOffset)
    reservations.withBytes { blob.append($0, upTo: plan.structureOffset) }
    structure.withBytes { blob.append($0, upTo: plan.structureOffset + structure.count) }
    blob.append(word: Scanner.Tag.end)
    blob.append(zerosUpTo: plan.stringsOffset)
    unsafe blob.append(strings.bytes.span.bytes, upTo: plan.totalSize)
    return blob
  }
}

extension [UInt8] {
  /// Adds bytes, then zeros until there are `size` bytes in all.
  fileprivate mutating func append(_ bytes: RawSpan, upTo size: Int) {
    unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
    append(zerosUpTo: size)
  }

  fileprivate mutating func append(zerosUpTo size: Int) {
    if size > count { append(contentsOf: repeatElement(0, count: size - count)) }
  }

  fileprivate mutating func append(word: UInt32) {
    unsafe Swift.withUnsafeBytes(of: word.bigEndian) { unsafe append(contentsOf: $0) }
  }
}
