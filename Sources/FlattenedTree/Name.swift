// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// The name of a node or a property, where it lies in the blob and without the zero that ends it.
  @frozen
  public struct Name: ~Escapable {
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

    /// Whether the name is these very bytes.
    public static func == (name: borrowing Name, other: Text) -> Bool {
      let bytes = name.bytes
      return other.withBytes { bytes.hasSameBytes(as: $0) }
    }

    public static func != (name: borrowing Name, other: Text) -> Bool { !(name == other) }

    /// What stands before the `@`, or the whole name when it has none.
    public var base: Name {
      @_lifetime(copy self)
      get { Name(in: blob, at: offset, count: bytes.position(of: UInt8(ascii: "@")) ?? count) }
    }

    /// What stands after the `@`.
    public var unitAddress: Name? {
      @_lifetime(copy self)
      get {
        guard let at = bytes.position(of: UInt8(ascii: "@")) else { return nil }
        return Name(in: blob, at: offset + at + 1, count: count - at - 1)
      }
    }
  }
}
