// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts
internal import XenSystem

extension Rule {
  static let passthroughPhandles = Rule(
    "passthrough-phandles", "a partial tree uses phandles that Xen gives to its own nodes",
    effects: [
      Effect("bad", xen417: .boots),
      Effect(
        "bad-4.23", outcomes: [Effect.Observation(XenVersion(4, 23), .unbooted("not released"))]),
    ],
    explanation: """
      In a guest's tree the interrupt controller has the phandle 65000 (0xfde8), and 65001 is kept too. A node of the partial tree \
      with one of these has its phandle twice in the guest's tree, and every interrupt may lead to it. The placeholder /gic is the \
      exception: its phandle becomes the controller's, and 0xfde8 there is what many examples do. It works up to 4.22; later ones \
      stop with "Phandle allocation overlaps Xen reserved range" at any phandle from 65000 on. Low numbers work everywhere.
      """
  ) { subject in
    subject.partialTrees.flatMap { partial in
      let tree = partial.tree
      let gic = tree.child(of: tree.root, named: "gic")
      let isStrict = subject.release.version >= GuestPhandles.checkedSince
      // Where /gic asks for another phandle, that is the controller's, and 65000 is free.
      let controller = gic.flatMap { tree.phandle(of: $0) } ?? GuestPhandles.interruptController
      return tree.walk().compactMap { id -> Finding? in
        guard let phandle = tree.phandle(of: id) else { return nil }
        let clashes = id != gic && isKept(id, in: tree) && (phandle == controller || phandle == GuestPhandles.iommu)
        guard clashes || (isStrict && phandle >= GuestPhandles.interruptController) else { return nil }
        let owner =
          phandle == controller && id != gic ? ", which is the interrupt controller's in the guest's tree" : ""
        return Finding(
          "\(tree.path(of: id)) in \(subject.tree[partial.guest].name)'s partial tree has the phandle \(hex(phandle))\(owner)",
          at: partial.place(id, property: "phandle"), hint: "use small numbers, from 1 on")
      }
    }
  }

  static let passthroughGICPhandle = Rule(
    "passthrough-gic-phandle", "the placeholder /gic has no phandle", releases: .before(4, 18),
    effects: [
      Effect("bad", outcomes: [Effect.Observation(XenVersion(4, 17), .boots)])
    ],
    explanation: """
      The node /gic of a partial tree stands for the guest's interrupt controller, so that interrupt-parent can name it. Xen up to \
      4.17 gives the controller the phandle of that node, 0 where it has none: no interrupt of the guest has a parent any more. Give \
      /gic a phandle, or leave the node out and name 0xfde8.
      """
  ) { subject in
    subject.partialTrees.compactMap { partial in
      let tree = partial.tree
      guard let gic = tree.child(of: tree.root, named: "gic"), tree.phandle(of: gic) == nil else { return nil }
      return Finding(
        "/gic in \(subject.tree[partial.guest].name)'s partial tree has no phandle, so that the guest's controller gets 0",
        at: partial.place(gic), hint: "give it one, such as phandle = <1>")
    }
  }

  /// Whether Xen copies the node.
  private static func isKept(_ id: DeviceTree.NodeID, in tree: DeviceTree) -> Bool {
    let path = tree.path(of: id)
    return path == "/passthrough" || path.hasPrefix("/passthrough/")
  }
}
