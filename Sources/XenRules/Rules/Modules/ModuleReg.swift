// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine

extension Rule {
  static let moduleReg = Rule(
    "module-reg", "a boot module has no usable `reg` and no `xen,uefi-binary`",
    after: ["cell-sizes", "uefi-binary-name"],
    effects: [
      Effect("bad", xen417: .silent),
      Effect("bad-short", xen417: .silent),
      Effect("bad-empty", xen417: .panics("Missing kernel boot module?")),
      Effect("bad-cells", xen417: .panics("Missing kernel boot module?")),
      Effect("bad-ranges", xen417: .boots),
    ],
    explanation: """
      A module without `reg`, or with one that is shorter than the parent's cells say, makes Xen panic before its console \
      exists: a release build prints nothing at all. A size of 0 makes the domain's kernel missing. Give address and size in the \
      cells of the parent node, or for UEFI name the file with xen,uefi-binary, and the loader fills `reg` in.
      """
  ) { subject in
    subject.modules.compactMap { module in
      if module.uefiBinary != nil { return nil }
      guard let reg = subject.tree[module.node, "reg"] else {
        return Finding(
          "\(subject.title(module)) has no `reg`, so Xen stops before it can print anything",
          at: subject.place(module.node), hint: "give its address and size, or its file with xen,uefi-binary")
      }
      let place = subject.place(module.node, property: "reg")
      guard let range = module.range else {
        return Finding(
          "\(subject.title(module)) has a `reg` of \(reg.bytes.count) bytes, which is no address and size in the cells of its parent",
          at: place)
      }
      let cells = subject.tree[module.node].parent.map { subject.tree.cellSizes(of: $0, inherited: true) }
      let tuple = cells.map { 4 * ($0.address + $0.size) } ?? reg.bytes.count
      if reg.bytes.count % tuple != 0 {
        return Finding(
          "\(subject.title(module)) has a `reg` of \(reg.bytes.count / 4) cells, but the cells of its parent make \(tuple / 4): "
            + "Xen reads \(describe(range))", at: place)
      }
      if range.isEmpty { return Finding("\(subject.title(module)) has the size 0", at: place) }
      guard reg.bytes.count > tuple else { return nil }
      return Finding(
        "\(subject.title(module)) has \(reg.bytes.count / tuple) ranges, and Xen takes the first one", at: place,
        level: .warning)
    }
  }
}
