// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Machine
import Testing

/// A small tree from a source, and the paths of its nodes.
struct Sample {
  let tree: DeviceTree
  let topology: Topology

  init(_ source: String) {
    let parsed = parse(name: "host.dts", bytes: Array(("/dts-v1/;\n" + source).utf8), resolvingReferences: true)
    #expect(parsed.diagnostics.isEmpty)
    tree = parsed.tree
    topology = Topology(parsed.tree)
  }

  func node(_ path: String) throws -> DeviceTree.NodeID { try #require(tree.node(at: path), "\(path)") }
  func path(_ id: DeviceTree.NodeID?) -> String? { id.map { tree.path(of: $0) } }
}
