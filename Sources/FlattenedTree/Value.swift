// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// The value of a property: bytes, which the reader of the property knows how to take (specification 2.2.4).
  @frozen
  public struct Value: ~Escapable {
    /// The blob, in which `offset` and `count` have been checked.
    @usableFromInline let blob: RawSpan
    /// The offset of its first byte in the blob.
    public let offset: Int
    public let count: Int

    @inlinable
    @inline(__always)
    @_lifetime(copy blob)
    init(in blob: RawSpan, at offset: Int, count: Int) {
      self.blob = blob
      self.offset = offset
      self.count = count
    }

    @inlinable
    public var isEmpty: Bool { count == 0 }

    @inlinable
    public var bytes: RawSpan {
      @_lifetime(copy self)
      get { blob.extracting(offset..<offset + count) }
    }

    /// A copy of the bytes.
    public var array: [UInt8] { unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) } }

    /// A byte, or nil when there are not so many.
    @inlinable
    public subscript(_ index: Int) -> UInt8? {
      guard index >= 0, index < count else { return nil }
      return blob.byte(at: offset + index)
    }
  }
}

// MARK: - Numbers

extension FlattenedTree.Value {
  /// How many whole 32-bit cells there are.
  public var cellCount: Int { count / 4 }

  /// A 32-bit cell, or nil when there are not so many.
  public func cell(_ index: Int) -> UInt32? {
    guard index >= 0, index < cellCount else { return nil }
    return blob.word(at: offset + index * 4)
  }

  /// The number in one or two cells from the cell `index` on, most significant first.
  ///
  /// - Returns: nil when there are not so many cells, or when `cells` is neither 1 nor 2.
  public func number(at index: Int, cells: Int) -> UInt64? {
    switch cells {
    case 1: return cell(index).map { UInt64($0) }
    case 2:
      guard index >= 0, index < cellCount - 1 else { return nil }
      return blob.doubleWord(at: offset + index * 4)
    default: return nil
    }
  }

  /// The value as one number of one or two cells, or nil when it has another length.
  public var number: UInt64? { count % 4 == 0 ? number(at: 0, cells: cellCount) : nil }
}

// MARK: - Text

extension FlattenedTree.Value {
  /// The value as one string, without the zero that must end it and be its only one.
  public var text: FlattenedTree.Name? {
    @_lifetime(copy self)
    get {
      guard bytes.position(of: 0) == count - 1 else { return nil }
      return FlattenedTree.Name(in: blob, at: offset, count: count - 1)
    }
  }

  /// Whether one of the strings of a string list is this one, as in `compatible`.
  public func contains(_ string: FlattenedTree.Text) -> Bool {
    var start = 0
    while let length = bytes.extracting(start..<count).position(of: 0) {
      if FlattenedTree.Name(in: blob, at: offset + start, count: length) == string { return true }
      start += length + 1
    }
    return false
  }
}
