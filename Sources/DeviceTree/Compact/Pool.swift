// SPDX-License-Identifier: Apache-2.0

/// A growing list of plain values in one block of memory, owned by one place.
///
/// Unlike an array it is never shared, so that a change is a store and nothing else. Every access is checked.
@safe
package struct Pool<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  @usableFromInline var base: UnsafeMutablePointer<Element>
  @usableFromInline var capacity: Int
  @usableFromInline package private(set) var count = 0

  @inlinable
  package init(capacity: Int = 0) {
    self.capacity = max(capacity, 8)
    unsafe base = .allocate(capacity: self.capacity)
  }

  deinit { unsafe base.deallocate() }

  @inlinable package var isEmpty: Bool { count == 0 }

  @inlinable
  package subscript(index: Int) -> Element {
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
  package subscript(index: Int32) -> Element {
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

  @inlinable package var last: Element? { count > 0 ? self[count - 1] : nil }

  @inlinable
  @inline(__always)
  package mutating func append(_ element: Element) {
    if count == capacity { grow(to: count + 1) }
    unsafe (base + count).initialize(to: element)
    count += 1
  }

  package mutating func append(repeating element: Element, count more: Int) {
    reserve(more)
    unsafe (base + count).initialize(repeating: element, count: more)
    count += more
  }

  @inlinable
  package mutating func append(contentsOf elements: UnsafeBufferPointer<Element>) {
    guard let start = elements.baseAddress else { return }
    reserve(elements.count)
    unsafe (base + count).initialize(from: start, count: elements.count)
    count += elements.count
  }

  /// Adds a copy of some of the elements.
  package mutating func appendOwn(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    reserve(range.count)
    unsafe (base + count).initialize(from: base + range.lowerBound, count: range.count)
    count += range.count
  }

  /// Makes sure that so many more fit.
  @inlinable
  package mutating func reserve(_ more: Int) {
    if capacity - count < more { grow(to: count + more) }
  }

  @inlinable
  @discardableResult
  package mutating func popLast() -> Element? {
    guard count > 0 else { return nil }
    let element = self[count - 1]
    count -= 1
    return element
  }

  /// Forgets what lies behind the first `length`.
  @inlinable
  package mutating func truncate(to length: Int) {
    precondition(length >= 0 && length <= count)
    count = length
  }

  @inlinable package mutating func removeAll() { count = 0 }

  /// The elements in memory, for as long as nothing is added.
  @inlinable
  package func withElements<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    unsafe try body(UnsafeBufferPointer(start: base, count: count))
  }

  /// Doubles; what is large already grows by a quarter, so that little of it stays unused.
  @usableFromInline
  @inline(never)
  mutating func grow(to needed: Int) {
    let more = capacity < 1 << 26 ? capacity : capacity / 4
    capacity = max(needed, capacity + more)
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
    unsafe larger.moveInitialize(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = larger
  }
}
