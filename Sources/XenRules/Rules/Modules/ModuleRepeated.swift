// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let moduleRepeated = Rule(
    "module-repeated", "a domain has two modules of one kind", level: .warning,
    effects: [
      Effect("bad", xen417: .wrong("PROBE bootargs=first"))
    ],
    explanation: """
      A domain has one kernel, one ramdisk and one partial tree. Of several Xen takes the last one in a guest and the first one of \
      dom0, and leaves the others in memory. But the bootargs are those of the first: with two kernels they are mixed.
      """
  ) { subject in
    var first: [Owner: Subject.BootModule] = [:]
    return subject.modules.compactMap { module in
      guard let kind = module.kind else { return nil }
      let owner = Owner(guest: module.guest, kind: kind)
      guard let other = first[owner] else {
        first[owner] = module
        return nil
      }
      let name = module.guest.map { subject.tree[$0].name } ?? "dom0"
      return Finding(
        "\(name) has a second \(kind.rawValue); Xen mixes the two", at: subject.place(module.node),
        notes: [.init("the first one is here", at: subject.place(other.node))])
    }
  }

  private struct Owner: Hashable {
    var guest: DeviceTree.NodeID?
    var kind: ModuleKind
  }
}
