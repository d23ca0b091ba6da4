// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree
internal import XenFacts

/// Says nodes and properties to a sink in the words of a tree: cells, strings, unit addresses.
///
/// Values are put together in one buffer that is used again and again, so a tree costs no more than its bytes.
struct Composer<Sink: GuestTreeSink> {
  var sink: Sink
  private var buffer: [UInt8] = []

  init(_ sink: Sink) { self.sink = sink }

  // MARK: Nodes

  mutating func begin(_ name: StaticString) throws(FlattenedTreeError) {
    buffer.removeAll(keepingCapacity: true)
    buffer.append(text: name)
    try begin()
  }

  /// Begins `name@address`, in lower-case hexadecimal without leading zeros.
  mutating func begin(_ name: StaticString, at address: UInt64) throws(FlattenedTreeError) {
    buffer.removeAll(keepingCapacity: true)
    buffer.append(text: name)
    buffer.append(UInt8(ascii: "@"))
    buffer.append(hexadecimal: address)
    try begin()
  }

  private mutating func begin() throws(FlattenedTreeError) {
    // Read through a second name, because the sink changes while the buffer is read; nothing is copied.
    let name = buffer
    try unsafe sink.beginNode(name.span.bytes)
  }

  mutating func end() throws(FlattenedTreeError) { try sink.endNode() }

  // MARK: Properties

  mutating func flag(_ name: StaticString) throws(FlattenedTreeError) {
    buffer.removeAll(keepingCapacity: true)
    try send(name)
  }

  mutating func cell(_ name: StaticString, _ value: UInt32) throws(FlattenedTreeError) {
    buffer.removeAll(keepingCapacity: true)
    buffer.append(cell: value)
    try send(name)
  }

  mutating func number(_ name: StaticString, _ value: UInt64) throws(FlattenedTreeError) {
    buffer.removeAll(keepingCapacity: true)
    buffer.append(number: value)
    try send(name)
  }

  mutating func strings(_ name: StaticString, _ values: StaticString...) throws(FlattenedTreeError) {
    buffer.removeAll(keepingCapacity: true)
    for value in values {
      buffer.append(text: value)
      buffer.append(0)
    }
    try send(name)
  }

  /// A value that is bytes already: a string with its zero, or whatever the host's tree had.
  mutating func bytes(_ name: StaticString, _ value: [UInt8]) throws(FlattenedTreeError) {
    buffer.removeAll(keepingCapacity: true)
    buffer.append(contentsOf: value)
    try send(name)
  }

  /// Addresses and sizes in two cells each.
  mutating func ranges(_ name: StaticString, _ ranges: [Range<UInt64>]) throws(FlattenedTreeError) {
    buffer.removeAll(keepingCapacity: true)
    for range in ranges {
      buffer.append(number: range.lowerBound)
      buffer.append(number: range.upperBound - range.lowerBound)
    }
    try send(name)
  }

  /// Interrupts of the GIC in three cells each, for the first four CPUs.
  mutating func interrupts(_ interrupts: [(id: UInt32, type: InterruptType)]) throws(FlattenedTreeError) {
    buffer.removeAll(keepingCapacity: true)
    for interrupt in interrupts {
      let isPrivate = interrupt.id < 32
      buffer.append(cell: isPrivate ? 1 : 0)
      buffer.append(cell: interrupt.id &- (isPrivate ? 16 : 32))
      buffer.append(cell: 0xf00 | interrupt.type.rawValue)
    }
    try send("interrupts")
  }

  private mutating func send(_ name: StaticString) throws(FlattenedTreeError) {
    let value = buffer
    var fault: FlattenedTreeError?
    name.withUTF8Buffer { units in
      do throws(FlattenedTreeError) {
        try unsafe sink.property(UnsafeRawBufferPointer(units).bytes, value.span.bytes)
      } catch {
        fault = error
      }
    }
    if let fault { throw fault }
  }
}

/// How an interrupt comes, as the GIC's binding numbers it.
enum InterruptType: UInt32 {
  case levelHigh = 4
  case levelLow = 8
}

extension [UInt8] {
  mutating func append(text: StaticString) {
    text.withUTF8Buffer { unsafe append(contentsOf: $0) }
  }

  mutating func append(cell value: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] { append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  mutating func append(number value: UInt64) {
    append(cell: UInt32(truncatingIfNeeded: value >> 32))
    append(cell: UInt32(truncatingIfNeeded: value))
  }

  mutating func append(hexadecimal value: UInt64) {
    var shift = 60
    while shift > 0, value >> UInt64(shift) & 0xf == 0 { shift -= 4 }
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift) & 0xf)
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      shift -= 4
    }
  }

  mutating func append(decimal value: Int) {
    if value >= 10 { append(decimal: value / 10) }
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
  }
}
