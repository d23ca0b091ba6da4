// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics

extension Rule {
  static let passthroughProperty = Rule(
    "passthrough-property", "a partial tree has a property of Xen's that no Xen reads", level: .warning,
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      Xen reads `xen,reg`, `xen,path` and `xen,force-assign-without-iommu` in a partial tree, and takes everything else that begins \
      with `xen,` as it is for the guest. Some tools write `xen,smmu-stream-ids` in place of `iommus`; no Xen has ever read that: the \
      streams come from the host's node that xen,path names.
      """
  ) { subject in
    subject.partialTrees.flatMap { partial -> [Finding] in
      let tree = partial.tree
      guard let top = tree.child(of: tree.root, named: "passthrough") else { return [] }
      return tree.walk(from: top).flatMap { id in
        tree[id].properties.filter { $0.name.hasPrefix("xen,") && !known.contains($0.name) }.map { property in
          Finding(
            "Xen does not read \(property.name) of \(subject.tree[partial.guest].name)'s \(tree.path(of: id))",
            at: partial.place(id, property: property.name),
            hint: nearestName(to: property.name, among: known).map { "did you mean \($0)?" })
        }
      }
    }
  }

  private static let known = ["xen,reg", "xen,path", "xen,force-assign-without-iommu"]
}
