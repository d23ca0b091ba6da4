// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Libfdt

// Our reader beside Debian's libfdt, on the same bytes in one process. Both sides visit the same things and must come
// to the same sum. Times are medians.

/// Every node and property: the length of each name and value, and the first byte of each value.
func walk(_ blob: [UInt8]) throws -> UInt64 {
  var sum: UInt64 = 0
  let tree = try FlattenedTree(blob.span)
  var events = tree.events()
  while let event = try events.next() {
    switch event {
    case .beginNode(let name): sum &+= UInt64(name.count)
    case .property(let property):
      sum &+= UInt64(property.name.count) &+ UInt64(property.value.count)
      if let first = property.value[0] { sum &+= UInt64(first) }
    case .endNode: break
    }
  }
  return sum
}

func validate(_ blob: [UInt8]) throws -> UInt64 {
  try FlattenedTree(blob.span).validate()
  return 1
}

func find(_ paths: [String], in index: borrowing TreeIndex) -> UInt64 {
  var sum: UInt64 = 0
  for path in paths {
    if let node = index.node(at: path) { sum &+= UInt64(index.name(of: node).count) }
  }
  return sum
}

func find(_ phandles: [UInt32], in index: borrowing TreeIndex) -> UInt64 {
  var sum: UInt64 = 0
  for phandle in phandles {
    if let node = index.node(phandle: phandle) { sum &+= UInt64(index.name(of: node).count) }
  }
  return sum
}

/// The blob written again, node by node; gives its size.
func write(_ blob: [UInt8]) throws -> UInt64 {
  var writer = FlattenedTreeWriter()
  let tree = try FlattenedTree(blob.span)
  var events = tree.events()
  while let event = try events.next() {
    switch event {
    case .beginNode(let name): try writer.beginNode(name.bytes)
    case .property(let property): try writer.property(property.name.bytes, property.value.bytes)
    case .endNode: try writer.endNode()
    }
  }
  return try UInt64(writer.finish().count)
}

func benchmark(_ name: String, _ blob: [UInt8]) throws {
  let tree = try FlattenedTree(blob.span)
  let index = try TreeIndex(tree)
  // libfdt wants the blob at a multiple of eight, and room to write.
  let theirs = UnsafeMutableRawPointer.allocate(byteCount: blob.count, alignment: 8)
  theirs.copyMemory(from: blob, byteCount: blob.count)
  let roomSize = 2 * blob.count + 4096
  let room = UnsafeMutableRawPointer.allocate(byteCount: roomSize, alignment: 8)
  defer {
    theirs.deallocate()
    room.deallocate()
  }

  heading("\(name), \(index.count) nodes, \(blob.count) bytes")
  compare("full walk", try Measurement { try walk(blob) }, Measurement { libfdt_walk(theirs) })
  compare(
    "full validation", try Measurement { try validate(blob) },
    Measurement { libfdt_check(theirs, UInt64(blob.count)) })
  row("make the index", try Measurement { UInt64(try TreeIndex(FlattenedTree(blob.span)).count) }.seconds, nil)

  // Each look-up of libfdt's reads the tree from its start, so it gets fewer of them. The sums are compared on these.
  let many = Questions(index, limit: 20_000)
  let few = Questions(index, limit: 200)
  let paths = CStrings(few.paths)
  check("paths", find(few.paths, in: index), libfdt_paths(theirs, paths.pointers, UInt64(paths.count)))
  row(
    "find a node by path", Measurement { find(many.paths, in: index) }.seconds / Double(many.paths.count),
    Measurement { libfdt_paths(theirs, paths.pointers, UInt64(paths.count)) }.seconds / Double(paths.count))
  let phandles = few.phandles
  check("phandles", find(phandles, in: index), libfdt_phandles(theirs, phandles, UInt64(phandles.count)))
  row(
    "find a node by phandle",
    Measurement { find(many.phandles, in: index) }.seconds / Double(many.phandles.count),
    Measurement { libfdt_phandles(theirs, phandles, UInt64(phandles.count)) }.seconds / Double(phandles.count))

  guard libfdt_write(theirs, room, UInt64(roomSize)) != 0 else { fatalError("libfdt cannot write \(name)") }
  row(
    "write it again", try Measurement { try write(blob) }.seconds,
    Measurement { libfdt_write(theirs, room, UInt64(roomSize)) }.seconds)
}

print("Medians of one run. libfdt is Debian's shared library, called from C compiled with optimisation.")
for file in CommandLine.arguments.dropFirst() {
  try benchmark(String(file.split(separator: "/").last ?? "?"), contents(of: file))
}
for nodes in [1000, 10_000, 100_000] { try benchmark("synthetic", syntheticTree(nodes: nodes)) }
