// SPDX-License-Identifier: Apache-2.0

/// Steps through the tokens of a structure block and holds them to the grammar of specification 5.4.
///
/// This is the one place that knows the grammar: cursor, walk, index and validator all read through it. It keeps no
/// stack, so depth costs nothing: where nodes bear paths, the path of a node that ends leads back to its parent's. After a fault it stays where it is and reports the same fault again.
@usableFromInline
struct Scanner: ~Escapable {
  /// One token, by offsets into the blob that have been checked.
  @usableFromInline
  enum Token {
    case beginNode(name: Int, count: Int)
    case property(name: Int, nameCount: Int, value: Int, valueCount: Int)
    case endNode
    case finished
  }

  @usableFromInline
  enum Tag {
    @inlinable static var beginNode: UInt32 { 1 }
    @inlinable static var endNode: UInt32 { 2 }
    @inlinable static var property: UInt32 { 3 }
    @inlinable static var nop: UInt32 { 4 }
    @inlinable static var end: UInt32 { 9 }
  }

  @usableFromInline
  enum Phase {
    /// Before the root.
    case start
    /// In a node, where properties may follow.
    case properties
    /// In a node, after one of its subnodes.
    case subnodes
    /// After the root.
    case rootEnded
    /// After the end token.
    case finished
  }

  /// The whole blob, for those who make names and values of offsets.
  @usableFromInline let bytes: RawSpan
  // The two blocks as spans of their own: a length compared with a span's own size is not compared again by the load.
  @usableFromInline let structure: RawSpan
  @usableFromInline let strings: RawSpan
  @usableFromInline let structureOffset: Int
  @usableFromInline let stringsOffset: Int
  @usableFromInline let endIsStated: Bool
  @usableFromInline let isEarly: Bool
  @usableFromInline let takesLateProperties: Bool
  /// Where the next token is looked for, in the structure block.
  @usableFromInline var position = 0
  /// How many nodes are open.
  @usableFromInline var depth = 0
  @usableFromInline var phase = Phase.start
  /// The path of the node that is open, where nodes bear paths: it starts here in the structure block.
  @usableFromInline var path = 0
  @usableFromInline var pathCount = 0

  @usableFromInline
  @_lifetime(copy tree)
  init(_ tree: FlattenedTree) {
    let header = tree.header
    bytes = tree.bytes
    structureOffset = header.structureOffset
    structure = tree.bytes.extracting(header.structureOffset..<header.structureEnd)
    endIsStated = header.structureSize != nil && !tree.tolerance.contains(.bytesAfterEnd)
    isEarly = header.format.isEarly
    takesLateProperties = tree.tolerance.contains(.propertiesAfterSubnodes)
    stringsOffset = header.stringsOffset
    strings = tree.bytes.extracting(header.stringsOffset..<header.stringsOffset + header.stringsSize)
  }

  /// A scanner which goes on among the properties of a node, at an offset that another one has stopped at.
  @usableFromInline
  @_lifetime(copy tree)
  init(_ tree: FlattenedTree, propertiesAt offset: Int) {
    self.init(tree)
    position = offset - structureOffset
    depth = 1
    phase = .properties
  }

  /// The offset in the blob at which the next token is looked for.
  var offset: Int { structureOffset + position }

  @usableFromInline
  func fault(_ code: FlattenedTreeError.Code, at position: Int) -> FlattenedTreeError {
    FlattenedTreeError(code, at: structureOffset + position)
  }

  /// The next token; `finished` again and again once the tree has ended.
  @inlinable
  @inline(__always)
  mutating func next() throws(FlattenedTreeError) -> Token {
    while true {
      let start = position
      guard structure.byteCount - start >= 4 else { throw fault(.structureTruncated, at: start) }
      switch structure.word(at: start) {
      case Tag.property:
        return try property(at: start)
      case Tag.beginNode:
        return try beginNode(at: start)
      case Tag.endNode:
        guard depth > 0 else { throw fault(.endWithoutNode, at: start) }
        depth -= 1
        phase = depth == 0 ? .rootEnded : .subnodes
        if isEarly { pathCount = NodePath.parentCount(in: structure, path, pathCount) }
        position = start + 4
        return .endNode
      case Tag.nop:
        position = start + 4
      case Tag.end:
        return try finish(at: start)
      default:
        throw fault(.unknownToken, at: start)
      }
    }
  }

  @inlinable
  @inline(__always)
  mutating func beginNode(at start: Int) throws(FlattenedTreeError) -> Token {
    let name = start + 4
    var at = name
    while true {
      guard structure.byteCount - at >= 4 else { throw fault(.nodeNameUnterminated, at: name) }
      let zeros = zeroBytes(in: structure.fourBytes(at: at))
      if zeros != 0 {
        let count = at - name + zeros.trailingZeroBitCount >> 3
        var ownName = name
        if isEarly {
          ownName = try NodePath.ownName(
            in: structure, name, count, parent: path, depth == 0 ? 0 : pathCount, offset: structureOffset)
          path = name
          pathCount = count
        }
        let ownCount = count - (ownName - name)
        if depth == 0 {
          guard phase == .start else { throw fault(.secondRoot, at: start) }
          guard ownCount == 0 else { throw fault(.rootHasName, at: name) }
        }
        depth += 1
        phase = .properties
        position = at + 4
        return .beginNode(name: structureOffset + ownName, count: ownCount)
      }
      at += 4
    }
  }

  @inlinable
  @inline(__always)
  mutating func property(at start: Int) throws(FlattenedTreeError) -> Token {
    if phase != .properties {
      guard depth > 0 else { throw fault(.propertyOutsideNode, at: start) }
      guard takesLateProperties else { throw fault(.propertyAfterSubnode, at: start) }
    }
    guard structure.byteCount - start >= 12 else { throw fault(.structureTruncated, at: start) }
    var value = start + 12
    // What a version before 16 would write at another offset: four bytes of padding come first.
    if isEarly, value % 8 != 0, structure.word(at: start + 4) >= 8 {
      value += 4
      guard value <= structure.byteCount else { throw fault(.valueOutOfBounds, at: start + 4) }
    }
    let room = structure.byteCount - value
    // On a machine of 32 bits a length may not fit into an Int.
    guard let count = Int(exactly: structure.word(at: start + 4)), count <= room else {
      throw fault(.valueOutOfBounds, at: start + 4)
    }
    let padded = (count + 3) & ~3
    guard padded <= room else { throw fault(.valueOutOfBounds, at: start + 4) }
    guard let name = Int(exactly: structure.word(at: start + 8)), name < strings.byteCount else {
      throw fault(.propertyNameOutOfBounds, at: start + 8)
    }
    let nameCount = try propertyName(at: name)
    position = value + padded
    return .property(
      name: stringsOffset + name, nameCount: nameCount, value: structureOffset + value, valueCount: count)
  }

  /// The length of the property name at an offset in the strings block.
  @inlinable
  @inline(__always)
  func propertyName(at name: Int) throws(FlattenedTreeError) -> Int {
    var at = name
    while strings.byteCount - at >= 8 {
      let zeros = zeroBytes(in: strings.eightBytes(at: at))
      if zeros != 0 {
        let count = at - name + zeros.trailingZeroBitCount >> 3
        guard count <= FlattenedTree.longestPropertyName else { break }
        return count
      }
      at += 8
      guard at - name <= FlattenedTree.longestPropertyName else { break }
    }
    return try Self.endOfPropertyName(in: strings, from: at, startingAt: name, stringsOffset: stringsOffset)
  }

  /// The slow end of `propertyName`: the last bytes of the strings block, and faults.
  ///
  /// Kept out of the scanner's own methods, so that a scanner can live in registers.
  @usableFromInline
  @inline(never)
  static func endOfPropertyName(
    in strings: RawSpan, from: Int, startingAt name: Int, stringsOffset: Int
  ) throws(FlattenedTreeError) -> Int {
    var at = from
    while at - name <= FlattenedTree.longestPropertyName {
      guard at < strings.byteCount else {
        throw FlattenedTreeError(.propertyNameUnterminated, at: stringsOffset + name)
      }
      if strings.byte(at: at) == 0 { return at - name }
      at += 1
    }
    throw FlattenedTreeError(.propertyNameTooLong, at: stringsOffset + name)
  }

  @usableFromInline
  mutating func finish(at start: Int) throws(FlattenedTreeError) -> Token {
    switch phase {
    case .start: throw fault(.noRoot, at: start)
    case .properties, .subnodes: throw fault(.nodeNotEnded, at: start)
    case .finished: return .finished
    case .rootEnded: break
    }
    if endIsStated, structure.byteCount - start != 4 { throw fault(.endNotAtEnd, at: start + 4) }
    phase = .finished
    return .finished
  }
}
