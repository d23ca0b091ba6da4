// SPDX-License-Identifier: Apache-2.0
import DeviceTree

/// The paths of a tree as it was at one time: findings name nodes that may be gone when they are shown.
///
/// A path is put together when it is asked for. In a deep tree all of them at once would be far larger than the tree.
struct NodePaths: Sendable {
  /// By node: its name and the node above it, -1 above the root.
  var names: [String] = []
  var parents: [Int32] = []

  func path(of node: Int32) -> String {
    var parts: [Int32] = []
    var current = node
    while parents[Int(current)] >= 0 {
      parts.append(current)
      current = parents[Int(current)]
    }
    guard !parts.isEmpty else { return "/" }
    var path = ""
    for part in parts.reversed() {
      path += "/"
      path += names[Int(part)]
    }
    return path
  }
}
