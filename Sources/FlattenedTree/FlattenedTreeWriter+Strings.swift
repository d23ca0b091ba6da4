// SPDX-License-Identifier: Apache-2.0

#if !hasFeature(Embedded)
  extension FlattenedTreeWriter {
    /// Begins the strings block as another blob's, with all that is in it, used or not, and then with these
    /// names.
    ///
    /// Tools that change a blob in place, such as libfdt, leave its strings where they are and add theirs
    /// at the end. Call this before the first node to write the bytes that they write.
    ///
    /// - Throws: `tooLarge`, or what `property` throws for such a name.
    package mutating func beginStrings(with block: [UInt8], then names: [String]) throws(FlattenedTreeError) {
      guard block.count <= Int(Int32.max) / 2 else { throw FlattenedTreeError(.tooLarge, at: 0) }
      unsafe strings.take(block.span.bytes)
      for name in names {
        let text = Array(name.utf8)
        let bytes = unsafe text.span.bytes
        guard bytes.byteCount <= FlattenedTree.longestPropertyName else {
          throw FlattenedTreeError(.propertyNameTooLong, at: 0)
        }
        guard bytes.position(of: 0) == nil else { throw FlattenedTreeError(.nameHasZero, at: 0) }
        _ = strings.offset(of: bytes)
      }
    }
  }
#endif
