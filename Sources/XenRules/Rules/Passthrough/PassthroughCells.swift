// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let passthroughCells = Rule(
    "passthrough-cells", "`xen,reg` is no whole number of entries in the cells of the node above it",
    after: ["passthrough-incomplete"],
    effects: [
      Effect("bad", xen417: .boots),
      Effect("bad-nested", xen417: .boots),
    ],
    explanation: """
      Each entry of `xen,reg` is a host address, a size and a guest address, in the cells that the node directly above the device \
      gives: 2 and 1 where it gives none, whatever its own parents say. Xen counts the entries that fit, takes the numbers from \
      where these cells put them, and leaves the rest out: it maps nothing, or something else. Give #address-cells and #size-cells \
      in every node of the partial tree that has devices in it.
      """
  ) { subject in
    subject.partialTrees.flatMap { partial in
      partial.devices.compactMap { device -> Finding? in
        guard let value = partial.tree[device.node, "xen,reg"] else { return nil }
        let sizes = AssignedDevice.cells(above: device.node, in: partial.tree)
        let isUsable = (1...2).contains(sizes.address) && (1...2).contains(sizes.size)
        let width = (2 * sizes.address + sizes.size) * 4
        if isUsable, !value.bytes.isEmpty, value.bytes.count % width == 0 { return nil }
        let above = partial.tree[device.node].parent ?? partial.tree.root
        let given = ["#address-cells", "#size-cells"].allSatisfy { partial.tree[above, $0] != nil }
        return Finding(
          """
          xen,reg of \(subject.title(device, of: partial)) has \(value.bytes.count / 4) cells, and an entry has \
          \(sizes.address) + \(sizes.size) + \(sizes.address)
          """, at: partial.place(device.node, property: "xen,reg"),
          hint: given
            ? nil : "\(partial.tree.path(of: above)) leaves #address-cells and #size-cells to their defaults, 2 and 1")
      }
    }
  }
}
