// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Libfdt

/// What must be said to a writer to make a blob again: every node and property, found out beforehand, so that nothing but the
/// writing is measured.
final class Recording {
  enum Call {
    case beginNode(name: Range<Int>)
    case property(name: Range<Int>, value: Range<Int>)
    case endNode
  }

  let blob: [UInt8]
  let version: FlattenedTree.Version
  let reservations: [FlattenedTree.Reservation]
  let calls: [Call]
  /// The blob once more, for libfdt, which wants names with their zeros; and memory to write to.
  private let copy: UnsafeMutableRawPointer
  private let room: UnsafeMutableRawPointer
  private let roomSize: Int
  private var replayed: [replay_call] = []

  init(_ blob: [UInt8], version: FlattenedTree.Version) throws {
    self.blob = blob
    self.version = version
    var calls: [Call] = []
    let tree = try FlattenedTree(blob.span)
    var reservations: [FlattenedTree.Reservation] = []
    var entries = tree.reservations
    while let entry = try entries.next() { reservations.append(entry) }
    self.reservations = reservations
    var events = tree.events()
    while let event = try events.next() {
      switch event {
      case .beginNode(let name): calls.append(.beginNode(name: Self.range(name.bytes, in: blob)))
      case .property(let property):
        let start = property.value.offset
        calls.append(
          .property(name: Self.range(property.name.bytes, in: blob), value: start..<start + property.value.count))
      case .endNode: calls.append(.endNode)
      }
    }
    self.calls = calls
    copy = UnsafeMutableRawPointer.allocate(byteCount: blob.count, alignment: 8)
    copy.copyMemory(from: blob, byteCount: blob.count)
    roomSize = 2 * blob.count + 4096
    room = UnsafeMutableRawPointer.allocate(byteCount: roomSize, alignment: 8)
    for call in calls {
      switch call {
      case .beginNode(let name):
        replayed.append(replay_call(kind: replay_begin_node, name: text(name), value: nil, length: 0))
      case .property(let name, let value):
        replayed.append(
          replay_call(
            kind: replay_property, name: text(name), value: UnsafeRawPointer(copy + value.lowerBound),
            length: Int32(value.count)))
      case .endNode: replayed.append(replay_call(kind: replay_end_node, name: nil, value: nil, length: 0))
      }
    }
  }

  deinit {
    copy.deallocate()
    room.deallocate()
  }

  var nodeCount: Int {
    calls.reduce(0) { if case .endNode = $1 { $0 + 1 } else { $0 } }
  }

  var propertyCount: Int { calls.count - 2 * nodeCount }

  private static func range(_ bytes: RawSpan, in blob: [UInt8]) -> Range<Int> {
    let start = bytes.withUnsafeBytes { name in
      blob.withUnsafeBytes { whole in
        name.baseAddress.flatMap { address in whole.baseAddress.map { address - $0 } } ?? 0
      }
    }
    return start..<start + bytes.byteCount
  }

  private func text(_ range: Range<Int>) -> UnsafePointer<CChar> {
    UnsafePointer((copy + range.lowerBound).assumingMemoryBound(to: CChar.self))
  }

  /// Said to our own writer; gives the size of the blob.
  func write() throws -> Int {
    var writer = FlattenedTreeWriter(version: version)
    for reservation in reservations { try writer.reserve(reservation) }
    let blob = blob
    let bytes = blob.span.bytes
    for call in calls {
      switch call {
      case .beginNode(let name): try writer.beginNode(bytes.extracting(name))
      case .property(let name, let value): try writer.property(bytes.extracting(name), bytes.extracting(value))
      case .endNode: try writer.endNode()
      }
    }
    return try writer.finish().count
  }

  /// Said to libfdt, into memory that is large enough.
  func writeWithLibfdt() -> Int { Int(replay(replayed, UInt64(replayed.count), room, UInt64(roomSize))) }

  /// Said to libfdt, into memory that grows.
  func writeAsLibxl() -> Int { Int(replay_growing(replayed, UInt64(replayed.count))) }
}
