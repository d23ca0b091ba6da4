// SPDX-License-Identifier: Apache-2.0

// The names of nodes before version 16: the whole path from the root, which is "/".
@usableFromInline
enum NodePath {
  /// Where in a node's path its own name starts: behind its parent's path and a slash.
  ///
  /// Kept out of the scanner's own methods, so that a scanner can live in registers.
  ///
  /// - Parameters:
  ///   - structure: The structure block, in which both paths lie.
  ///   - path: Where the node's path starts, and `count` how long it is.
  ///   - parent: Where the parent's path starts, and `parentCount` how long it is: 0 for the root, which has no parent.
  /// - Throws: `wrongNodePath` when the path is not the parent's and one name more.
  @usableFromInline
  @inline(never)
  static func ownName(
    in structure: RawSpan, _ path: Int, _ count: Int, parent: Int, _ parentCount: Int, offset: Int
  ) throws(FlattenedTreeError) -> Int {
    // The root's path ends with its slash already.
    let slash = parentCount == 1 ? 0 : parentCount
    guard count > slash, structure.byte(at: path + slash) == UInt8(ascii: "/"),
      structure.extracting(path..<path + slash).hasSameBytes(as: structure.extracting(parent..<parent + slash)),
      structure.extracting(path + slash + 1..<path + count).position(of: UInt8(ascii: "/")) == nil
    else { throw FlattenedTreeError(.wrongNodePath, at: offset + path) }
    return path + slash + 1
  }

  /// How much of a node's path is its parent's.
  @usableFromInline
  @inline(never)
  static func parentCount(in structure: RawSpan, _ path: Int, _ count: Int) -> Int {
    var end = count - 1
    while end > 0, structure.byte(at: path + end) != UInt8(ascii: "/") { end -= 1 }
    return max(end, 1)
  }
}
