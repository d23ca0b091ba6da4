// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

/// Says nodes and properties to a sink, and keeps where late values went.
///
/// Values are put together in one buffer that is used again and again, so a tree costs no more than its bytes.
struct Composer<Sink: GuestTreeSink> {
  var sink: Sink
  /// The name of the next node, or the value of the next property.
  var buffer: [UInt8] = []
  /// Where late values are in the buffer.
  var holes: [LateProperty.Hole] = []
  private(set) var lateProperties: [LateProperty] = []
  /// The path of the node that is open.
  private var path: [UInt8] = []
  /// For each open node, the length of the path before it and how many properties it has had.
  private var open: [(length: Int, properties: Int)] = []

  init(_ sink: Sink) { self.sink = sink }

  /// The path of the node that is open.
  var openPath: [UInt8] { path }

  /// Begins a node with the name in the buffer.
  mutating func beginNode() throws(FlattenedTreeError) {
    open.append((path.count, 0))
    if path.count != 1 { path.append(UInt8(ascii: "/")) }
    path.append(contentsOf: buffer)
    // Taken out and put back, because the sink changes while the buffer is read; nothing is copied.
    var name: [UInt8] = []
    swap(&name, &buffer)
    try unsafe sink.beginNode(name.span.bytes)
    name.removeAll(keepingCapacity: true)
    swap(&name, &buffer)
  }

  /// Ends the node that is open. A hole is taken back.
  mutating func endNode(isHole: Bool = false) throws(FlattenedTreeError) {
    if let last = open.popLast() { path.removeLast(path.count - last.length) }
    if isHole { try sink.endHole() } else { try sink.endNode() }
  }

  /// Adds a property with the value in the buffer.
  mutating func property(_ name: StaticString) throws(FlattenedTreeError) {
    var value: [UInt8] = []
    swap(&value, &buffer)
    var fault: FlattenedTreeError?
    name.withUTF8Buffer { units in
      do throws(FlattenedTreeError) {
        try unsafe sink.property(UnsafeRawBufferPointer(units).bytes, value.span.bytes)
      } catch {
        fault = error
      }
    }
    if let fault { throw fault }
    noteProperty(name, value)
    value.removeAll(keepingCapacity: true)
    swap(&value, &buffer)
  }

  /// Adds a property that is bytes already.
  mutating func property(_ name: RawSpan, _ value: RawSpan) throws(FlattenedTreeError) {
    try sink.property(name, value)
    if let last = open.indices.last { open[last].properties += 1 }
  }

  private mutating func noteProperty(_ name: StaticString, _ value: [UInt8]) {
    guard let last = open.indices.last else { return }
    if !holes.isEmpty {
      lateProperties.append(
        LateProperty(path: path, position: open[last].properties, name: name.bytes, value: value, holes: holes))
      holes.removeAll(keepingCapacity: true)
    }
    open[last].properties += 1
  }
}

extension [UInt8] {
  mutating func append(text: StaticString) {
    text.withUTF8Buffer { unsafe append(contentsOf: $0) }
  }

  mutating func append(cell value: UInt32) {
    append(UInt8(truncatingIfNeeded: value >> 24))
    append(UInt8(truncatingIfNeeded: value >> 16))
    append(UInt8(truncatingIfNeeded: value >> 8))
    append(UInt8(truncatingIfNeeded: value))
  }

  mutating func append(number value: UInt64) {
    append(cell: UInt32(truncatingIfNeeded: value >> 32))
    append(cell: UInt32(truncatingIfNeeded: value))
  }

  /// An address and a size in two cells each.
  mutating func append(range: Range<UInt64>) {
    append(number: range.lowerBound)
    append(number: range.upperBound - range.lowerBound)
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

  mutating func append(decimal value: UInt64) {
    if value >= 10 { append(decimal: value / 10) }
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
  }
}
