// SPDX-License-Identifier: Apache-2.0

/// A growing list of plain values in one block of memory, owned by one place.
///
/// Unlike an array it is never shared, so that a change is a store and nothing else. Every access is checked.
@safe
public struct Pool<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  @usableFromInline var base: UnsafeMutablePointer<Element>
  @usableFromInline var capacity: Int
  @usableFromInline var used = 0

  @inlinable public var count: Int { used }

  @inlinable
  public init(capacity: Int = 0) {
    self.capacity = capacity
    // Without elements there is no memory behind the pointer.
    unsafe base = capacity > 0 ? .allocate(capacity: capacity) : .init(bitPattern: 16).unsafelyUnwrapped
  }

  @inlinable
  deinit { if capacity > 0 { unsafe base.deallocate() } }

  @inlinable public var isEmpty: Bool { count == 0 }

  @inlinable
  public subscript(index: Int) -> Element {
    @inline(__always)
    _read {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      yield unsafe base[index]
    }
    @inline(__always)
    _modify {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      yield unsafe &base[index]
    }
  }

  @inlinable
  public subscript(index: Int32) -> Element {
    @inline(__always)
    _read {
      precondition(UInt(bitPattern: Int(index)) < UInt(bitPattern: count))
      yield unsafe base[Int(index)]
    }
    @inline(__always)
    _modify {
      precondition(UInt(bitPattern: Int(index)) < UInt(bitPattern: count))
      yield unsafe &base[Int(index)]
    }
  }

  @inlinable public var last: Element? { count > 0 ? self[count - 1] : nil }

  @inlinable
  @inline(__always)
  public mutating func append(_ element: Element) {
    if count == capacity { grow(to: count + 1) }
    unsafe (base + count).initialize(to: element)
    used += 1
  }

  @inlinable
  public mutating func append(repeating element: Element, count more: Int) {
    reserve(more)
    unsafe (base + count).initialize(repeating: element, count: more)
    used += more
  }

  @inlinable
  @inline(__always)
  public mutating func append(contentsOf elements: UnsafeBufferPointer<Element>) {
    guard let start = elements.baseAddress else { return }
    reserve(elements.count)
    unsafe (base + count).initialize(from: start, count: elements.count)
    used += elements.count
  }

  /// Adds elements that are written in place: `body` writes at most `most` of them and says how many.
  @inlinable
  @inline(__always)
  public mutating func append(upTo most: Int, _ body: (UnsafeMutableBufferPointer<Element>) -> Int) {
    reserve(most)
    let added = unsafe body(UnsafeMutableBufferPointer(start: base + count, count: most))
    precondition(added >= 0 && added <= most)
    used += added
  }

  /// Adds a copy of some of the elements.
  @inlinable
  public mutating func appendOwn(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    reserve(range.count)
    unsafe (base + count).initialize(from: base + range.lowerBound, count: range.count)
    used += range.count
  }

  /// Adds all elements of another list.
  @inlinable
  public mutating func appendCopy(of other: borrowing Pool) {
    reserve(other.count)
    unsafe (base + count).initialize(from: other.base, count: other.count)
    used += other.count
  }

  /// Makes sure that so many more fit.
  @inlinable
  public mutating func reserve(_ more: Int) {
    if capacity - count < more { grow(to: count + more) }
  }

  @inlinable
  @discardableResult
  public mutating func popLast() -> Element? {
    guard count > 0 else { return nil }
    let element = self[count - 1]
    used -= 1
    return element
  }

  /// Forgets what lies behind the first `length`.
  @inlinable
  public mutating func truncate(to length: Int) {
    precondition(length >= 0 && length <= count)
    used = length
  }

  @inlinable public mutating func removeAll() { used = 0 }

  /// The elements in memory, for as long as nothing is added.
  @inlinable
  @inline(__always)
  public func withElements<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    unsafe try body(UnsafeBufferPointer(start: base, count: count))
  }

  /// Doubles; what is large already grows by a quarter, so that little of it stays unused.
  @inlinable
  @inline(never)
  mutating func grow(to needed: Int) {
    let more = capacity < 1 << 26 ? capacity : capacity / 4
    let size = max(needed, capacity + more, 8)
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: size)
    unsafe larger.moveInitialize(from: base, count: count)
    if capacity > 0 { unsafe base.deallocate() }
    unsafe base = larger
    capacity = size
  }
}

extension Pool<UInt8> {
  /// Adds four bytes, the highest first.
  @inlinable
  @inline(__always)
  public mutating func append(bigEndian cell: UInt32) {
    reserve(4)
    unsafe UnsafeMutableRawPointer(base + count).storeBytes(of: cell.bigEndian, as: UInt32.self)
    used += 4
  }

  /// Puts four bytes at an offset, the highest first.
  @inlinable
  public mutating func put(bigEndian cell: UInt32, at offset: Int) {
    precondition(offset >= 0 && offset <= count - 4)
    unsafe UnsafeMutableRawPointer(base + offset).storeBytes(of: cell.bigEndian, as: UInt32.self)
  }

  /// The four bytes at an offset, the first one highest.
  @inlinable
  public func cell(at offset: Int) -> UInt32 {
    precondition(offset >= 0 && offset <= count - 4)
    return unsafe UInt32(bigEndian: UnsafeRawPointer(base + offset).loadUnaligned(as: UInt32.self))
  }
}
