// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import Machine
internal import XenFacts

extension Rule {
  static let moduleOverLoader = Rule(
    "module-over-loader", "a boot module lies where QEMU puts Xen or the tree when it boots them itself",
    level: .warning,
    after: ["module-overlap", "module-outside-ram"],
    effects: [
      Effect("bad", xen417: .panics("Could not set up domain domA"), xen420: .panics("Could not set up DOM0 guest OS")),
      Effect("bad-tree", xen417: .panics("Xen BUG at common/page_alloc.c"), xen420: .boots),
    ],
    explanation: """
      Started with -kernel and -dtb, QEMU's virt machine puts Xen at 0x40200000 and the tree at 0x48000000. A module there is \
      written over by the other, or writes over it. Xen 4.17 then stops with "Xen BUG at common/page_alloc.c"; 4.20 may boot and \
      fail later. Another loader may put both elsewhere, so this is a warning.
      """
  ) { subject in
    guard subject.flow == nil, subject.spots.isEmpty, subject.machine.compatible.contains("linux,dummy-virt"),
      let base = subject.machine.memory.map(\.range.lowerBound).min(), base <= 0x4000_0000
    else { return [] }
    let kept = [
      ("Xen", base + 0x20_0000..<base + 0x20_0000 + 0x18_0000), ("the tree", base + 0x800_0000..<base + 0x810_0000),
    ]
    return subject.modules.flatMap { module in
      kept.compactMap { what, spot in
        guard let range = module.range, range.overlaps(spot) else { return nil }
        return Finding(
          "\(subject.title(module)) at \(describe(range)) lies where QEMU puts \(what), \(hex(spot.lowerBound))",
          at: subject.place(module.node, property: "reg"))
      }
    }
  }
}
