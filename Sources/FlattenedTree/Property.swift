// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// A property where it lies in the blob (specification 5.4.1).
  @frozen
  public struct Property: ~Escapable {
    /// The blob, in which offsets and counts have been checked.
    @usableFromInline let blob: RawSpan
    @usableFromInline let nameOffset: Int
    @usableFromInline let nameCount: Int
    @usableFromInline let valueOffset: Int
    @usableFromInline let valueCount: Int

    @inlinable
    @inline(__always)
    @_lifetime(copy blob)
    init(in blob: RawSpan, name: Int, nameCount: Int, value: Int, valueCount: Int) {
      self.blob = blob
      nameOffset = name
      self.nameCount = nameCount
      valueOffset = value
      self.valueCount = valueCount
    }

    @inlinable
    public var name: Name {
      @_lifetime(copy self)
      get { Name(in: blob, at: nameOffset, count: nameCount) }
    }

    @inlinable
    public var value: Value {
      @_lifetime(copy self)
      get { Value(in: blob, at: valueOffset, count: valueCount) }
    }
  }
}
