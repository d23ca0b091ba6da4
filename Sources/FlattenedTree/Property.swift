// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// A property where it lies in the blob. Specification 5.4.1.
  public struct Property: ~Escapable {
    public let name: Name
    public let value: Value

    @inline(__always)
    @_lifetime(copy bytes)
    init(in bytes: RawSpan, name: Int, nameCount: Int, value: Int, valueCount: Int) {
      self.name = Name(in: bytes, at: name, count: nameCount)
      self.value = Value(in: bytes, at: value, count: valueCount)
    }
  }

  /// The value of a property: bytes, which the reader of the property knows how to take.
  public struct Value: ~Escapable {
    public let bytes: RawSpan
    /// The offset of its first byte in the blob.
    public let offset: Int

    @inline(__always)
    @_lifetime(copy bytes)
    init(in bytes: RawSpan, at offset: Int, count: Int) {
      self.bytes = bytes.extracting(offset..<offset + count)
      self.offset = offset
    }

    public var count: Int { bytes.byteCount }
    public var isEmpty: Bool { bytes.isEmpty }

    /// A copy of the bytes.
    public var array: [UInt8] {
      unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
    }

    /// How many whole 32-bit cells there are.
    public var cellCount: Int { count / 4 }

    /// A 32-bit cell, or nil when there are not so many.
    public func cell(_ index: Int) -> UInt32? {
      guard index >= 0, index < cellCount else { return nil }
      return bytes.word(at: index * 4)
    }

    /// The number in `cells` cells from the cell `index` on, most significant first.
    ///
    /// - Returns: nil when there are not so many cells, or when `cells` is not 1 or 2, or nothing fits in 64 bits.
    public func number(at index: Int, cells: Int) -> UInt64? {
      switch cells {
      case 1: return cell(index).map { UInt64($0) }
      case 2:
        guard index >= 0, index < cellCount - 1 else { return nil }
        return bytes.doubleWord(at: index * 4)
      default: return nil
      }
    }

    /// The value as one number of one or two cells, or nil when it has another length.
    public var number: UInt64? {
      switch count {
      case 4: UInt64(bytes.word(at: 0))
      case 8: bytes.doubleWord(at: 0)
      default: nil
      }
    }

    /// The value as one string, without the zero that must end it and be its only one.
    public var text: Name? {
      @_lifetime(copy self)
      get {
        guard let end = position(ofZeroFrom: 0), end == count - 1 else { return nil }
        return Name(in: self, from: 0, count: end)
      }
    }

    /// Whether one of the strings of a string list is this one, as in `compatible`.
    public func contains(_ string: String) -> Bool {
      var start = 0
      while let end = position(ofZeroFrom: start) {
        if Name(in: self, from: start, count: end - start) == string { return true }
        start = end + 1
      }
      return false
    }

    private func position(ofZeroFrom start: Int) -> Int? {
      var at = start
      while at < count {
        if bytes.byte(at: at) == 0 { return at }
        at += 1
      }
      return nil
    }
  }
}

extension FlattenedTree.Name {
  /// Part of a value as text.
  @_lifetime(copy value)
  fileprivate init(in value: FlattenedTree.Value, from start: Int, count: Int) {
    self.init(in: value.bytes, at: start, count: count, offset: value.offset + start)
  }
}
