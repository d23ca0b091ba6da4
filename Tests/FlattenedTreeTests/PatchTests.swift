// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Testing

@Suite struct PatchTests {
  @Test func aValueIsOverwrittenAndNothingElse() throws {
    let old = RawBlob.small.bytes
    var blob = old
    try FlattenedTree.overwrite("reg", of: "/n@1", in: &blob, with: [1, 2, 3, 4])
    #expect(blob[112..<116] == [1, 2, 3, 4])
    #expect(blob[..<112] == old[..<112])
    #expect(blob[116...] == old[116...])
  }

  @Test func anEmptyValueStaysEmpty() throws {
    var blob = RawBlob.small.bytes
    try FlattenedTree.overwrite("b", of: "/", in: &blob, with: [])
    #expect(blob == RawBlob.small.bytes)
  }

  @Test func whatCannotBeOverwrittenIsRefused() {
    var blob = RawBlob.small.bytes
    #expect(throws: FlattenedTreeError(.noSuchNode, at: 56)) {
      try FlattenedTree.overwrite("reg", of: "/n@3", in: &blob, with: [0])
    }
    #expect(throws: FlattenedTreeError(.noSuchProperty, at: 96)) {
      try FlattenedTree.overwrite("a", of: "/n@1", in: &blob, with: [0])
    }
    #expect(throws: FlattenedTreeError(.lengthDiffers, at: 112)) {
      try FlattenedTree.overwrite("reg", of: "/n@1", in: &blob, with: [0, 0, 0])
    }
    #expect(blob == RawBlob.small.bytes)
    var broken = Array(blob.dropLast())
    #expect(throws: FlattenedTreeError(.truncated, at: broken.count)) {
      try FlattenedTree.overwrite("reg", of: "/n@1", in: &broken, with: [0, 0, 0, 0])
    }
  }
}
