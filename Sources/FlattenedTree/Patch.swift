// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// Overwrites the value of a property in place, and changes nothing else of the blob.
  ///
  ///     try FlattenedTree.overwrite("linux,initrd-end", of: "/chosen", in: &blob, with: [0, 0, 0, 9])
  ///
  /// - Parameters:
  ///   - name: The property's name.
  ///   - path: The node's path.
  ///   - blob: The blob. It is left as it was when this throws.
  ///   - value: The new value, exactly as long as the old one.
  /// - Throws: `noSuchNode`, `noSuchProperty` or `lengthDiffers`, or what is wrong with the blob.
  public static func overwrite(
    _ name: Text, of path: Text, in blob: inout [UInt8], with value: [UInt8]
  ) throws(FlattenedTreeError) {
    let place = try range(of: name, ofNodeAt: path, in: blob.span)
    guard place.count == value.count else { throw FlattenedTreeError(.lengthDiffers, at: place.lowerBound) }
    for (offset, byte) in value.enumerated() { blob[place.lowerBound + offset] = byte }
  }

  private static func range(
    of name: Text, ofNodeAt path: Text, in blob: Span<UInt8>
  ) throws(FlattenedTreeError) -> Range<Int> {
    let tree = try FlattenedTree(blob)
    let index = try TreeIndex(tree)
    guard let node = index.node(at: path) else {
      throw FlattenedTreeError(.noSuchNode, at: tree.header.structureOffset)
    }
    guard let value = index.value(name, of: node) else {
      throw FlattenedTreeError(.noSuchProperty, at: index.name(of: node).offset)
    }
    return value.offset..<value.offset + value.count
  }
}
