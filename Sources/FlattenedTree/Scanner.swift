// SPDX-License-Identifier: Apache-2.0

/// Steps through the tokens of a structure block and holds them to the grammar of specification 5.4.
///
/// This is the one place that knows the grammar: cursor, walk, index and validator all read through it. It keeps no
/// stack, so depth costs nothing. After a fault it stays where it is and reports the same fault again.
struct Scanner: ~Escapable {
  /// One token, by offsets into the blob that have been checked.
  enum Token {
    case beginNode(name: Int, count: Int)
    case property(name: Int, nameCount: Int, value: Int, valueCount: Int)
    case endNode
    case finished
  }

  enum Tag {
    static let beginNode: UInt32 = 1
    static let endNode: UInt32 = 2
    static let property: UInt32 = 3
    static let nop: UInt32 = 4
    static let end: UInt32 = 9
  }

  private enum Phase {
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

  let bytes: RawSpan
  private let end: Int
  private let endIsStated: Bool
  private let strings: Int
  private let stringsEnd: Int
  /// Where the next token is looked for.
  private(set) var position: Int
  /// How many nodes are open.
  private(set) var depth = 0
  private var phase = Phase.start

  @_lifetime(copy tree)
  init(_ tree: FlattenedTree) {
    bytes = tree.bytes
    position = tree.header.structureOffset
    end = tree.header.structureEnd
    endIsStated = tree.header.structureSize != nil
    strings = tree.header.stringsOffset
    stringsEnd = tree.header.stringsOffset + tree.header.stringsSize
  }

  /// A scanner which goes on among the properties of a node that another one has been through.
  @_lifetime(copy tree)
  init(_ tree: FlattenedTree, propertiesAt offset: Int) {
    self.init(tree)
    position = offset
    depth = 1
    phase = .properties
  }

  /// The next token; `finished` again and again once the tree has ended.
  @inline(__always)
  mutating func next() throws(FlattenedTreeError) -> Token {
    while true {
      let start = position
      guard end - start >= 4 else {
        if phase == .finished { return .finished }
        throw FlattenedTreeError(.structureTruncated, at: start)
      }
      switch bytes.word(at: start) {
      case Tag.property:
        return try property(at: start)
      case Tag.beginNode:
        return try beginNode(at: start)
      case Tag.endNode:
        guard depth > 0 else { throw FlattenedTreeError(.endWithoutNode, at: start) }
        depth -= 1
        phase = depth == 0 ? .rootEnded : .subnodes
        position = start + 4
        return .endNode
      case Tag.nop:
        position = start + 4
      case Tag.end:
        return try finish(at: start)
      default:
        throw FlattenedTreeError(.unknownToken, at: start)
      }
    }
  }

  @inline(__always)
  private mutating func beginNode(at start: Int) throws(FlattenedTreeError) -> Token {
    let name = start + 4
    var at = name
    while true {
      guard end - at >= 4 else { throw FlattenedTreeError(.nodeNameUnterminated, at: name) }
      let zeros = zeroBytes(in: bytes.fourBytes(at: at))
      if zeros != 0 {
        let count = at - name + zeros.trailingZeroBitCount >> 3
        if depth == 0 {
          guard phase == .start else { throw FlattenedTreeError(.secondRoot, at: start) }
          guard count == 0 else { throw FlattenedTreeError(.rootHasName, at: name) }
        }
        depth += 1
        phase = .properties
        position = at + 4
        return .beginNode(name: name, count: count)
      }
      at += 4
    }
  }

  @inline(__always)
  private mutating func property(at start: Int) throws(FlattenedTreeError) -> Token {
    guard phase == .properties else {
      throw FlattenedTreeError(depth == 0 ? .propertyOutsideNode : .propertyAfterSubnode, at: start)
    }
    guard end - start >= 12 else { throw FlattenedTreeError(.structureTruncated, at: start) }
    let value = start + 12
    // Compared before it is converted, so that no length overflows an Int of 32 bits.
    let length = bytes.word(at: start + 4)
    guard let valueCount = Int(exactly: length), valueCount <= end - value,
      (valueCount + 3) & ~3 <= end - value
    else { throw FlattenedTreeError(.valueOutOfBounds, at: start + 4) }
    guard let nameOffset = Int(exactly: bytes.word(at: start + 8)), nameOffset < stringsEnd - strings else {
      throw FlattenedTreeError(.propertyNameOutOfBounds, at: start + 8)
    }
    let name = strings + nameOffset
    let nameCount = try propertyName(at: name)
    position = value + (valueCount + 3) & ~3
    return .property(name: name, nameCount: nameCount, value: value, valueCount: valueCount)
  }

  /// The length of the property name at an offset in the strings block.
  @inline(__always)
  private func propertyName(at name: Int) throws(FlattenedTreeError) -> Int {
    var at = name
    while stringsEnd - at >= 8 {
      let zeros = zeroBytes(in: bytes.eightBytes(at: at))
      if zeros != 0 {
        let count = at - name + zeros.trailingZeroBitCount >> 3
        guard count <= FlattenedTree.longestPropertyName else { break }
        return count
      }
      at += 8
      guard at - name <= FlattenedTree.longestPropertyName else { break }
    }
    return try endOfPropertyName(from: at, startingAt: name)
  }

  @inline(never)
  private func endOfPropertyName(from: Int, startingAt name: Int) throws(FlattenedTreeError) -> Int {
    var at = from
    while at - name <= FlattenedTree.longestPropertyName {
      guard at < stringsEnd else { throw FlattenedTreeError(.propertyNameUnterminated, at: name) }
      if bytes.byte(at: at) == 0 { return at - name }
      at += 1
    }
    throw FlattenedTreeError(.propertyNameTooLong, at: name)
  }

  private mutating func finish(at start: Int) throws(FlattenedTreeError) -> Token {
    switch phase {
    case .start: throw FlattenedTreeError(.noRoot, at: start)
    case .properties, .subnodes: throw FlattenedTreeError(.nodeNotEnded, at: start)
    case .finished: return .finished
    case .rootEnded: break
    }
    if endIsStated, end - start != 4 { throw FlattenedTreeError(.endNotAtEnd, at: start + 4) }
    phase = .finished
    return .finished
  }
}
