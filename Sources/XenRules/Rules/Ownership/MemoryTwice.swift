// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let memoryTwice = Rule(
    "memory-owned-twice", "a piece of RAM is set aside for two purposes",
    after: ["static-memory", "static-heap", "shared-memory", "cell-sizes"],
    effects: [
      Effect("bad", xen417: .unbooted("Debian's builds lack the option for static memory")),
      Effect("bad-reserved", xen417: .boots, xen420: .silent),
    ],
    explanation: """
      Xen's static heap, the static memory of a domain, shared memory and what the firmware reserves are each taken whole. Where two of \
      them overlap, two owners write into one page. Newer Xens see it while they read the tree and stop before their console exists; older \
      ones go on.
      """
  ) { subject in
    // What the rules of one kind of memory already say about it is not said again.
    let known: Set<Set<Ownership.Memory.Kind>> = [
      [.staticMemory], [.staticMemory, .reserved], [.staticMemory, .sharedMemory], [.sharedMemory],
    ]
    return subject.ownership.conflicts.compactMap { conflict -> Finding? in
      guard conflict.kind == .memory, let first = conflict.first.memory, let second = conflict.second.memory,
        first != .module, second != .module, first != .loader, second != .loader, !known.contains([first, second])
      else { return nil }
      // What the firmware reserves stands in the host's tree; the other one is what somebody has written.
      let (one, other) = second == .reserved ? (conflict.first, conflict.second) : (conflict.second, conflict.first)
      return Finding(
        "\(one.title) overlaps \(other.title)", at: one.place,
        notes: [.init("the other one is here", at: other.place)])
    }
  }
}
