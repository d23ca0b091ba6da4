// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

/// The path of the node that is open.
struct OpenPath {
  private(set) var bytes: [UInt8] = []
  /// For each open node, how long the path was before it began.
  private var starts: [Int] = []

  /// How many nodes are open.
  var depth: Int { starts.count }

  mutating func begin(_ name: borrowing FlattenedTree.Name) {
    starts.append(bytes.count)
    if bytes.count != 1 { bytes.append(UInt8(ascii: "/")) }
    unsafe name.bytes.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func end() {
    if let start = starts.popLast() { bytes.removeLast(bytes.count - start) }
  }
}
