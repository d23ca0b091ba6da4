// SPDX-License-Identifier: Apache-2.0
import FlattenedTree

/// Takes bytes as calls of the writer. Whatever the writer takes reads back as it was given, in the version it was given for.
func writeAndReadBack(_ bytes: [UInt8]) {
  var calls = Calls(bytes)
  let versions = FlattenedTree.Version.allCases
  let version = versions[calls.number(below: versions.count)]
  var writer = FlattenedTreeWriter(version: version, bootCPU: UInt32(calls.byte()))
  var expected: [String] = []
  var reserved: [FlattenedTree.Reservation] = []
  var open: [(name: [UInt8], hasName: Bool)] = []
  var isAfterSubnode = false

  /// Before version 16 the writer adds a property that says the node's name.
  func closeProperties() {
    guard version < .v16, !isAfterSubnode, let node = open.last, !node.hasName else { return }
    expected.append("name=\(node.name.prefix { $0 != UInt8(ascii: "@") } + [0])")
  }

  do throws(FlattenedTreeError) {
    while !calls.isEmpty {
      switch calls.number(below: 8) {
      case 0, 1:
        let name = open.isEmpty ? [] : calls.bytes(upTo: 40)
        if (try? writer.beginNode(unsafe name.span.bytes)) != nil {
          closeProperties()
          expected.append("{\(name)")
          open.append((name, false))
          isAfterSubnode = false
        }
      case 2, 3, 4:
        let name = calls.bytes(upTo: 12)
        let value = calls.bytes(upTo: 60)
        if (try? writer.property(unsafe name.span.bytes, unsafe value.span.bytes)) != nil {
          expected.append("\(text(name))=\(value)")
          if text(name) == "name" { open[open.count - 1].hasName = true }
        }
      case 5, 6:
        if (try? writer.endNode()) != nil {
          closeProperties()
          expected.append("}")
          open.removeLast()
          isAfterSubnode = true
        }
      default:
        let entry = FlattenedTree.Reservation(address: UInt64(calls.byte()) << 56, size: UInt64(calls.byte()))
        if (try? writer.reserve(entry)) != nil { reserved.append(entry) }
      }
    }
    while !open.isEmpty {
      try writer.endNode()
      closeProperties()
      expected.append("}")
      open.removeLast()
      isAfterSubnode = true
    }
  } catch { violated("a node that began cannot be ended: \(error)") }
  let layout = FlattenedTree.Layout(
    padding: calls.number(below: 9), minimumSize: calls.number(below: 4096), alignment: 1 << calls.number(below: 13),
    freeReservations: calls.number(below: 3), stringsAlignment: 1 << calls.number(below: 13))
  guard let blob = try? writer.finish(layout) else {
    return hold(expected.isEmpty, "a tree that has ended cannot be finished")
  }
  hold(blob.count % layout.alignment == 0 && blob.count >= layout.minimumSize, "the layout is not what was asked for")
  do throws(FlattenedTreeError) {
    try compare(blob, version, reserved, expected)
  } catch { violated("what was written is refused: \(error)") }
}

private func compare(
  _ blob: [UInt8], _ version: FlattenedTree.Version, _ reserved: [FlattenedTree.Reservation], _ expected: [String]
) throws(FlattenedTreeError) {
  let tree = try FlattenedTree(blob.span)
  try tree.validate()
  hold(tree.header.format == version, "the version is another one")
  hold(try reservations(of: tree) == reserved, "the reservations read as others")
  hold(try transcript(of: tree) == expected, "the tree reads as another one")
  _ = try TreeIndex(tree)
}

private func reservations(of tree: FlattenedTree) throws(FlattenedTreeError) -> [FlattenedTree.Reservation] {
  var found: [FlattenedTree.Reservation] = []
  var entries = tree.reservations
  while let entry = try entries.next() { found.append(entry) }
  return found
}

private func transcript(of tree: FlattenedTree) throws(FlattenedTreeError) -> [String] {
  var lines: [String] = []
  var events = tree.events()
  while let event = try events.next() {
    switch event {
    case .beginNode(let name): lines.append("{\(bytes(of: name))")
    case .property(let property): lines.append("\(text(bytes(of: property.name)))=\(property.value.array)")
    case .endNode: lines.append("}")
    }
  }
  return lines
}

private func bytes(of name: borrowing FlattenedTree.Name) -> [UInt8] {
  unsafe name.bytes.withUnsafeBytes { unsafe Array($0) }
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Bytes taken from the front as numbers and names; zeros when there are no more.
private struct Calls {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isEmpty: Bool { rest.isEmpty }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  mutating func number(below bound: Int) -> Int { (Int(byte()) << 8 | Int(byte())) % bound }

  mutating func bytes(upTo most: Int) -> [UInt8] {
    let bytes = Array(rest.prefix(Int(byte()) % (most + 1)))
    rest = rest.dropFirst(bytes.count)
    return bytes
  }
}
