// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import DeviceTree

/// The paths of a tree as it was at one time: findings name nodes that may be gone when they are shown.
///
/// A path is put together when it is asked for. In a deep tree all of them at once would be far larger than the tree.
struct NodePaths: Sendable {
  /// The names of all nodes, one behind the other, and where each ends.
  private var names: [UInt8] = []
  private var ends: [Int] = []
  /// By node: the one above it, -1 above the root.
  private var parents: [Int32] = []

  var isEmpty: Bool { parents.isEmpty }

  init() {}

  init(_ tree: borrowing CompactTree) {
    ends.reserveCapacity(tree.nodes.count)
    parents.reserveCapacity(tree.nodes.count)
    for node in 0..<tree.nodes.count {
      unsafe tree.names.withBytes(of: tree.nodes[node].name) { unsafe names.append(contentsOf: $0) }
      ends.append(names.count)
      parents.append(tree.nodes[node].parent)
    }
  }

  func path(of node: Int32) -> String {
    var parts: [Int] = []
    var current = Int(node)
    while parents[current] >= 0 {
      parts.append(current)
      current = Int(parents[current])
    }
    guard !parts.isEmpty else { return "/" }
    var path: [UInt8] = []
    for part in parts.reversed() {
      path.append(UInt8(ascii: "/"))
      path += names[(part > 0 ? ends[part - 1] : 0)..<ends[part]]
    }
    return String(decoding: path, as: UTF8.self)
  }
}
