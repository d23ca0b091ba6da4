// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics

extension Rule {
  static let passthroughBus = Rule(
    "passthrough-bus", "/passthrough is no bus that a guest looks into", level: .warning,
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      The guest's kernel looks for devices below nodes that are compatible with "simple-bus", and finds their registers only when \
      the node has `ranges`. Xen copies the node as it is and needs neither, so that a guest starts and does not see its device. \
      Linux and others want compatible = "simple-bus", ranges, #address-cells and #size-cells in /passthrough.
      """
  ) { subject in
    subject.partialTrees.compactMap { partial -> Finding? in
      let tree = partial.tree
      guard let top = tree.child(of: tree.root, named: "passthrough") else { return nil }
      var missing: [String] = []
      let compatible = tree[top, "compatible"]?.strings ?? []
      if !compatible.contains(where: ["simple-bus", "simple-mfd", "simple-pm-bus"].contains) {
        missing.append("compatible = \"simple-bus\"")
      }
      missing += ["ranges", "#address-cells", "#size-cells"].filter { tree[top, $0] == nil }
      guard !missing.isEmpty, tree.children(of: top).contains(where: { tree[$0, "reg"] != nil }) else { return nil }
      return Finding(
        "/passthrough in \(subject.tree[partial.guest].name)'s partial tree lacks \(missing.joined(separator: ", "))",
        at: partial.place(top))
    }
  }
}
