// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a blob, or with how it is being written, and the byte at which it shows.
///
/// Small, without references and cheap to throw, so that Embedded Swift can use it as well.
public struct FlattenedTreeError: Error, Equatable, Sendable {
  /// What is wrong.
  public let code: Code
  /// The offset of the byte at which it shows, from the start of the blob.
  public let offset: Int

  public init(_ code: Code, at offset: Int) {
    self.code = code
    self.offset = offset
  }

  /// Every fault that the reader, the index, the writer and the patcher tell apart.
  public enum Code: UInt8, Sendable, CaseIterable {
    // The header (specification 5.2)
    case truncated
    case badMagic
    case badVersion
    case unsupportedVersion
    case misalignedBlock
    case blockOutOfBounds
    case blocksOverlap
    // The memory reservation block (5.3)
    case unterminatedReservations
    case reservationWithoutSize
    // The structure block (5.4)
    case structureTruncated
    case unknownToken
    case nodeNameUnterminated
    case valueOutOfBounds
    case propertyOutsideNode
    case propertyAfterSubnode
    case endWithoutNode
    case nodeNotEnded
    case noRoot
    case secondRoot
    case rootHasName
    case endNotAtEnd
    case wrongNodePath
    // The strings block (5.5)
    case propertyNameOutOfBounds
    case propertyNameUnterminated
    case propertyNameTooLong
    case nameNotText
    // Writing and patching
    case nameHasZero
    case nameHasSlash
    case impossibleLayout
    case tooLarge
    case noSuchNode
    case noSuchProperty
    case lengthDiffers
  }
}

extension FlattenedTreeError.Code {
  /// The fault as a sentence, without place and full stop.
  public var sentence: FlattenedTree.Text {
    switch self {
    case .truncated: "the file ends before the device tree does"
    case .badMagic: "this is no flattened device tree: it does not start with d0 0d fe ed"
    case .badVersion: "the header's version numbers belong to no version of the format"
    case .unsupportedVersion: "this version of the format is too new; the newest that can be read is 17"
    case .misalignedBlock: "the header places a block at an offset that is not aligned"
    case .blockOutOfBounds: "the header places a block outside the device tree"
    case .blocksOverlap: "the header places two blocks over each other"
    case .unterminatedReservations: "the memory reservation block has no terminating entry"
    case .reservationWithoutSize: "a memory reservation has the size zero"
    case .structureTruncated: "the structure block ends in the middle of a token"
    case .unknownToken: "the structure block holds a token that does not exist"
    case .nodeNameUnterminated: "a node's name runs past the end of the structure block"
    case .valueOutOfBounds: "a property's value runs past the end of the structure block"
    case .propertyOutsideNode: "a property stands outside of any node"
    case .propertyAfterSubnode: "a property stands after a subnode"
    case .endWithoutNode: "a node ends that never began"
    case .nodeNotEnded: "the tree ends inside a node"
    case .noRoot: "the tree has no root node"
    case .secondRoot: "the tree has a second root node"
    case .rootHasName: "the root node has a name"
    case .endNotAtEnd: "the tree ends before the structure block does"
    case .wrongNodePath: "a node's name is not the path of a child of the node that it is in"
    case .propertyNameOutOfBounds: "a property's name lies outside the strings block"
    case .propertyNameUnterminated: "a property's name runs past the end of the strings block"
    case .propertyNameTooLong: "a property's name is longer than 1023 bytes"
    case .nameNotText: "a name is not UTF-8 text"
    case .nameHasZero: "a name holds a zero byte"
    case .nameHasSlash: "a node's name holds a slash, which paths as names leave no room for"
    case .impossibleLayout: "the layout asks for less than nothing, or for an alignment that is no power of two"
    case .tooLarge: "the tree is too large for the format"
    case .noSuchNode: "there is no such node"
    case .noSuchProperty: "the node has no such property"
    case .lengthDiffers: "the new value is not as long as the old one"
    }
  }
}
