// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts

extension Rule {
  static let staticMemory = Rule(
    "static-memory", "static memory of a domain that Xen cannot take", releases: .since(4, 16),
    options: ["CONFIG_STATIC_MEMORY"], after: ["memory-missing", "cell-sizes"],
    effects: [
      Effect("bad", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-module", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-sum", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-cells", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-pages", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-twice", xen417: .unbooted("Debian's builds lack the option")),
    ],
    explanation: """
      xen,static-mem lists the host's addresses that a guest's memory is made of, in the cells of /chosen, not of the \
      domain. They are whole pages of RAM that nobody else has: no module, no reserved memory, no other domain. Their \
      sum is exactly `memory`. Otherwise Xen stops with "Failed to allocate requested static memory", with an abort, \
      or before its console exists.
      """
  ) { subject in
    var taken: [(range: Range<UInt64>, owner: DeviceTree.NodeID)] = []
    return subject.guests.flatMap { guest -> [Finding] in
      guard let value = subject.tree[guest, "xen,static-mem"] else { return [] }
      let name = subject.tree[guest].name
      let place = subject.place(guest, property: "xen,static-mem")
      guard let ranges = subject.staticMemory(of: guest), !ranges.isEmpty else {
        return [
          Finding(
            "xen,static-mem of \(name) is \(value.bytes.count) bytes long, which is no list of addresses and sizes in the cells "
              + "of /chosen", at: place)
        ]
      }
      var findings: [Finding] = []
      for range in ranges {
        let what = "static memory of \(name), \(describe(range)),"
        if range.isEmpty || range.lowerBound % 4096 != 0 || range.upperBound % 4096 != 0 {
          findings.append(Finding("\(what) is not made of whole pages of 4 KiB", at: place))
        } else if !subject.machine.ram.ranges.isEmpty, !subject.machine.ram.contains(range) {
          findings.append(Finding("\(what) is not in RAM", at: place))
        } else if let module = subject.modules.first(where: { $0.range.map(range.overlaps) ?? false }),
          let at = module.range
        {
          findings.append(
            Finding(
              "\(what) overlaps \(subject.title(module)) at \(describe(at))", at: place,
              notes: [.init("the module is here", at: subject.place(module.node, property: "reg"))]))
        } else if let region = subject.machine.reserved.first(where: { $0.range.overlaps(range) }) {
          findings.append(Finding("\(what) overlaps \(region.name) at \(describe(region.range))", at: place))
        } else if let other = taken.first(where: { $0.range.overlaps(range) }) {
          findings.append(
            Finding(
              "\(what) overlaps that of \(subject.tree[other.owner].name) at \(describe(other.range))", at: place,
              notes: [.init("the other one is here", at: subject.place(other.owner, property: "xen,static-mem"))]))
        }
        taken.append((range, guest))
      }
      let sum = ranges.reduce(0 as UInt64) { $0 &+ ($1.upperBound - $1.lowerBound) }
      if findings.isEmpty, let memory = subject.memory(of: guest), memory != sum {
        findings.append(
          Finding(
            "\(name) asks for \(describeSize(memory)), but its static memory is \(describeSize(sum))", at: place,
            notes: [.init("its memory is here", at: subject.place(guest, property: "memory"))]))
      }
      return findings
    }
  }
}
