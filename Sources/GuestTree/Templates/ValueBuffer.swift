// SPDX-License-Identifier: Apache-2.0

/// Bytes that are put together and used, again and again: one block of memory that grows when it must.
@safe
struct ValueBuffer: ~Copyable {
  private var start: UnsafeMutableRawPointer
  private var capacity: Int
  private(set) var count = 0

  init() {
    capacity = 256
    unsafe start = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
  }

  deinit { unsafe start.deallocate() }

  /// What was put together.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let whole = unsafe UnsafeRawBufferPointer(start: start, count: count)
      return unsafe _overrideLifetime(whole.bytes, borrowing: self)
    }
  }

  mutating func removeAll() { count = 0 }

  /// Makes room for so many more bytes.
  @inline(__always)
  private mutating func grow(by more: Int) {
    if capacity - count < more { enlarge(by: more) }
  }

  @inline(never)
  private mutating func enlarge(by more: Int) {
    let size = max(capacity * 2, count + more)
    let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
    unsafe larger.copyMemory(from: start, byteCount: count)
    unsafe start.deallocate()
    unsafe start = larger
    capacity = size
  }

  mutating func append(_ byte: UInt8) {
    grow(by: 1)
    unsafe start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  mutating func append(cell value: UInt32) {
    grow(by: 4)
    unsafe start.storeBytes(of: value.bigEndian, toByteOffset: count, as: UInt32.self)
    count += 4
  }

  mutating func append(number value: UInt64) {
    grow(by: 8)
    unsafe start.storeBytes(of: value.bigEndian, toByteOffset: count, as: UInt64.self)
    count += 8
  }

  /// An address and a size in two cells each.
  mutating func append(range: Range<UInt64>) {
    append(number: range.lowerBound)
    append(number: range.upperBound - range.lowerBound)
  }

  mutating func append(_ bytes: RawSpan) {
    grow(by: bytes.byteCount)
    unsafe bytes.withUnsafeBytes {
      if let source = $0.baseAddress { unsafe (start + count).copyMemory(from: source, byteCount: $0.count) }
    }
    count += bytes.byteCount
  }

  mutating func append(contentsOf bytes: [UInt8]) { unsafe append(bytes.span.bytes) }

  mutating func append(_ bytes: [UInt8], _ range: Range<Int>) { unsafe append(bytes.span.bytes.extracting(range)) }

  mutating func append(text: StaticString) {
    text.withUTF8Buffer { unsafe append(UnsafeRawBufferPointer($0).bytes) }
  }

  mutating func append(zeros more: Int) {
    grow(by: more)
    unsafe (start + count).initializeMemory(as: UInt8.self, repeating: 0, count: more)
    count += more
  }

  mutating func append(hexadecimal value: UInt64) {
    var shift: UInt64 = 60
    while shift > 0, value >> shift & 0xf == 0 { shift -= 4 }
    while true {
      let digit = UInt8(truncatingIfNeeded: value >> shift & 0xf)
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      if shift == 0 { return }
      shift -= 4
    }
  }

  mutating func append(decimal value: UInt64) {
    if value >= 10 { append(decimal: value / 10) }
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
  }
}
