// SPDX-License-Identifier: Apache-2.0
import FlattenedTree

/// A blob as lines: each node's path, then its properties with their bytes, in the order in which they stand.
func listing(_ blob: [UInt8], tolerating tolerance: FlattenedTree.Tolerance = []) throws -> [String] {
  let tree = try FlattenedTree(blob.span, tolerating: tolerance)
  var events = tree.events()
  var path: [String] = []
  var lines: [String] = []
  while let event = try events.next() {
    switch event {
    case .beginNode(let name):
      path.append(String(name) ?? "?")
      lines.append(path.joined(separator: "/") + "/")
    case .property(let property):
      let bytes = property.value.array.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
      lines.append("\(path.joined(separator: "/")): \(String(property.name) ?? "?") = \(bytes.joined())")
    case .endNode: path.removeLast()
    }
  }
  return lines
}
