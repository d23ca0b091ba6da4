// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// The name of a node or a property, where it lies in the blob and without the zero that ends it.
  public struct Name: ~Escapable {
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

    /// Whether the name is these very bytes.
    public static func == (name: borrowing Name, other: String) -> Bool {
      name.bytes.hasSameBytes(as: unsafe other.utf8Span.span.bytes)
    }

    public static func != (name: borrowing Name, other: String) -> Bool { !(name == other) }

    /// The position of the `@` of a node's name.
    private var at: Int? {
      for position in 0..<count where bytes.byte(at: position) == UInt8(ascii: "@") { return position }
      return nil
    }

    /// What stands before the `@`, or the whole name when it has none.
    public var base: Name {
      @_lifetime(copy self)
      get { Name(in: bytes, at: 0, count: at ?? count, offset: offset) }
    }

    /// What stands after the `@`.
    public var unitAddress: Name? {
      @_lifetime(copy self)
      get {
        guard let at else { return nil }
        return Name(in: bytes, at: at + 1, count: count - at - 1, offset: offset + at + 1)
      }
    }

    @_lifetime(copy bytes)
    init(in bytes: RawSpan, at start: Int, count: Int, offset: Int) {
      self.bytes = bytes.extracting(start..<start + count)
      self.offset = offset
    }
  }
}

extension String {
  /// A copy of a name, or nil when it is not UTF-8.
  public init?(_ name: borrowing FlattenedTree.Name) {
    self.init(validating: name.bytes)
  }

  /// A copy of bytes, or nil when they are not UTF-8.
  init?(validating bytes: RawSpan) {
    let units = Span<UInt8>(_bytes: bytes)
    guard let text = try? UTF8Span(validating: units) else { return nil }
    self.init(copying: text)
  }
}
