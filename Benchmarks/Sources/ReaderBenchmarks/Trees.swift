// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Glibc

func contents(of file: String) -> [UInt8] {
  guard let handle = fopen(file, "rb") else { fatalError("cannot read \(file)") }
  defer { fclose(handle) }
  var bytes: [UInt8] = []
  var part = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&part, 1, part.count, handle)
    if count == 0 { return bytes }
    bytes += part[..<count]
  }
}

/// A tree like that of a large board: buses of devices, each with a phandle and four more properties.
func syntheticTree(nodes: Int) throws -> [UInt8] {
  func cell(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
  var writer = FlattenedTreeWriter()
  try writer.beginNode("")
  let devices = max(Int(Double(nodes).squareRoot()), 1)
  var written = 1
  while written < nodes {
    try writer.beginNode("bus@" + String(written, radix: 16))
    try writer.property("compatible", Array("simple-bus\0".utf8))
    try writer.property("ranges", [])
    written += 1
    for _ in 0..<devices where written < nodes {
      try writer.beginNode("device@" + String(written, radix: 16))
      try writer.property("compatible", Array("vendor,device-\(written % 100)\0".utf8))
      try writer.property("reg", cell(written) + cell(0x1000))
      try writer.property("interrupts", cell(0) + cell(written % 1000) + cell(4))
      try writer.property("status", Array("okay\0".utf8))
      try writer.property("phandle", cell(written))
      try writer.endNode()
      written += 1
    }
    try writer.endNode()
  }
  try writer.endNode()
  return try writer.finish()
}

/// Up to `limit` paths and phandles of a tree, spread evenly over it.
struct Questions {
  var paths: [String] = []
  var phandles: [UInt32] = []

  init(_ index: borrowing TreeIndex, limit: Int) {
    let step = max(index.count / limit, 1)
    for (number, node) in index.nodes.enumerated() where number > 0 && number % step == 0 {
      if let phandle = index.phandle(of: node) { phandles.append(phandle) }
      var path = ""
      var current = node
      while let parent = index.parent(of: current) {
        path = "/" + (String(index.name(of: current)) ?? "") + path
        current = parent
      }
      paths.append(path)
    }
  }
}

/// Copies of strings for C.
final class CStrings {
  let pointers: [UnsafePointer<CChar>?]
  var count: Int { pointers.count }

  init(_ strings: [String]) { pointers = strings.map { strdup($0).map { UnsafePointer($0) } } }

  deinit { for pointer in pointers { free(UnsafeMutableRawPointer(mutating: pointer)) } }
}
