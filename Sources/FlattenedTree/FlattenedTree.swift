// SPDX-License-Identifier: Apache-2.0

/// A flattened device tree read where it lies: a view of bytes that somebody else keeps.
///
/// Making one checks the header and that the blocks lie inside the bytes (specification 5.2); the blocks themselves are
/// checked as they are read, or all at once by `validate()`. Nothing is copied or allocated, and no input traps.
///
///     let tree = try FlattenedTree(bytes.span)
///     var events = tree.events()
///     while let event = try events.next() { ... }
public struct FlattenedTree: ~Escapable {
  /// The blob, without what may follow it.
  public let bytes: RawSpan
  public let header: Header
  /// Faults that are read over.
  public let tolerance: Tolerance

  /// The longest property name that is read or written, in bytes.
  ///
  /// The specification allows 31. Without some limit a small blob could make every reader scan a huge name for each
  /// property again.
  public static var longestPropertyName: Int { 1023 }

  /// A view of the blob at the start of `bytes`, whatever may follow it.
  ///
  /// - Parameters:
  ///   - bytes: The bytes, which stay with the caller.
  ///   - tolerance: Which faults to read over; none unless said otherwise.
  /// - Throws: when this is no flattened device tree of a version that can be read, or when it is cut short, or when
  ///   its blocks do not lie inside it one beside the other.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, tolerating tolerance: Tolerance = []) throws(FlattenedTreeError) {
    header = try Header(bytes)
    self.tolerance = tolerance
    self.bytes = bytes.extracting(first: header.totalSize)
  }

  /// A view of the blob at the start of the span of an array of bytes.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>, tolerating tolerance: Tolerance = []) throws(FlattenedTreeError) {
    unsafe try self.init(bytes.bytes, tolerating: tolerance)
  }
}
