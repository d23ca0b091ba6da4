// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics

extension Rule {
  static let cellSizes = Rule(
    "cell-sizes", "`#address-cells` or `#size-cells` of /chosen or of a domain is not 1 or 2",
    effects: [
      Effect("bad", xen417: .silent),
      Effect("bad-zero", xen417: .panics("Missing kernel boot module?")),
    ],
    explanation: """
      Xen reads the `reg` of modules with the cells of the node above them, and has room for 1 or 2 cells. With any other \
      number it stops before its console exists, or takes the wrong words for address and size. Write 2 and 2.
      """
  ) { subject in
    guard let chosen = subject.chosen else { return [] }
    return ([chosen] + subject.guests).flatMap { node in
      ["#address-cells", "#size-cells"].compactMap { property in
        guard let value = subject.tree[node, property] else { return nil }
        let place = subject.place(node, property: property)
        guard let cells = value.cell else {
          return Finding(
            "\(property) of \(subject.tree[node].name) is \(value.bytes.count) bytes long, not one cell", at: place)
        }
        guard !(1...2).contains(cells) else { return nil }
        return Finding(
          "\(property) of \(subject.tree[node].name) is \(cells), but Xen reads addresses and sizes of 1 or 2 cells",
          at: place,
          hint: "write \(property) = <2>")
      }
    }
  }
}
