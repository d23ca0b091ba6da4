// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

/// Says nodes and properties to a sink, and keeps where late values went.
///
/// Values are put together in one buffer that is used again and again, so a tree costs no more than its bytes.
struct Composer<Sink: GuestTreeSink>: ~Copyable {
  var sink: Sink
  /// The name of the next node, or the value of the next property.
  var buffer = ValueBuffer()
  /// Where late values are, in the order in which they stand.
  private(set) var late: [LateHole] = []
  /// How many of them are in the value in the buffer.
  private var pending = 0

  init(_ sink: Sink) { self.sink = sink }

  /// Begins a node.
  mutating func beginNode(_ name: RawSpan) throws(FlattenedTreeError) { try sink.beginNode(name) }

  /// Begins a node whose name is a part of these bytes.
  mutating func beginNode(_ bytes: [UInt8], _ name: Range<Int>) throws(FlattenedTreeError) {
    unsafe try sink.beginNode(bytes.span.bytes.extracting(name))
  }

  /// Begins a node with the name in the buffer.
  mutating func beginNode() throws(FlattenedTreeError) {
    try sink.beginNode(buffer)
    buffer.removeAll()
  }

  /// Ends the node that is open. A hole is taken back.
  mutating func endNode(isHole: Bool = false) throws(FlattenedTreeError) {
    if isHole { try sink.endHole() } else { try sink.endNode() }
  }

  /// Appends a late value to the value that is being made: zeros when it is nil.
  mutating func append(_ name: LateName, _ value: LateValue?) {
    late.append(LateHole(name: name, property: 0..<0, offset: buffer.count))
    pending += 1
    if let value { buffer.append(contentsOf: value.bytes) } else { buffer.append(zeros: name.size) }
  }

  /// Adds a property with the value in the buffer.
  mutating func property(known name: Int) throws(FlattenedTreeError) {
    try sink.property(known: name, buffer)
    if pending > 0 {
      // The value is the last of what was written, but for zeros up to the next word.
      let start = sink.end - (buffer.count + 3) & ~3
      for index in late.count - pending..<late.count { late[index].property = start..<start + buffer.count }
      pending = 0
    }
    buffer.removeAll()
  }

  /// Adds a property whose value is a part of these bytes.
  mutating func property(known name: Int, _ bytes: [UInt8], _ value: Range<Int>) throws(FlattenedTreeError) {
    unsafe try sink.property(known: name, bytes.span.bytes.extracting(value))
  }

  /// Adds a property that is bytes already.
  mutating func property(_ name: RawSpan, _ value: RawSpan) throws(FlattenedTreeError) {
    try sink.property(name, value)
  }
}
