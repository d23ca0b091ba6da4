// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts

extension Rule {
  static let staticHeap = Rule(
    "static-heap", "a static heap that Xen cannot take", releases: .since(4, 17),
    effects: [
      Effect("bad", xen417: .boots),
      Effect("bad-ram", xen417: .silent),
      Effect("bad-cells", xen417: .silent),
      Effect("bad-module", xen417: .boots, xen420: .panics("Missing kernel boot module?")),
    ],
    explanation: """
      xen,static-heap in /chosen gives Xen its own memory, in the cells of the root. Its ranges are in RAM and hold no module: with \
      cells that are no ranges, or ranges outside of RAM, Xen stops before its console exists, and 4.20 drops a module that lies in \
      one. They are to be aligned to 64 KiB; of a range that is not Xen uses less.
      """
  ) { subject in
    guard let chosen = subject.chosen, let value = subject.tree[chosen, "xen,static-heap"] else { return [] }
    let place = subject.place(chosen, property: "xen,static-heap")
    guard
      let ranges = subject.tree.ranges(value, cells: subject.tree.cellSizes(of: subject.tree.root, inherited: true)),
      !ranges.isEmpty
    else {
      return [
        Finding(
          "xen,static-heap is \(value.bytes.count) bytes long, which is no list of addresses and sizes in the cells of the root",
          at: place)
      ]
    }
    return ranges.compactMap { range in
      if range.isEmpty || range.lowerBound % 0x1_0000 != 0 || range.upperBound % 0x1_0000 != 0 {
        return Finding("the static heap at \(describe(range)) is not aligned to 64 KiB", at: place, level: .warning)
      }
      if !subject.machine.ram.ranges.isEmpty, !subject.machine.ram.contains(range) {
        return Finding("the static heap at \(describe(range)) is not in RAM", at: place)
      }
      if let module = subject.modules.first(where: { $0.range.map(range.overlaps) ?? false }), let at = module.range {
        return Finding(
          "the static heap at \(describe(range)) overlaps \(subject.title(module)) at \(describe(at))", at: place)
      }
      return nil
    }
  }
}
