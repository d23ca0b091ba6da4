// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let cpuPools = Rule(
    "cpu-pools", "CPU pools that Xen cannot make", releases: .since(4, 17), options: ["CONFIG_BOOT_TIME_CPUPOOLS"],
    effects: [
      Effect("bad", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-twice", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-scheduler", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-domain", xen417: .unbooted("Debian's builds lack the option")),
      Effect("bad-cpu", xen417: .unbooted("Debian's builds lack the option")),
    ],
    explanation: """
      A child of /chosen that is compatible with "xen,cpupool" makes a pool of the CPUs that cpupool-cpus names, with \
      the scheduler of cpupool-sched. A CPU is in one pool only, and a domain's domain-cpupool names a pool. Otherwise \
      Xen stops while it makes the pools.
      """
  ) { subject in
    guard let chosen = subject.chosen else { return [] }
    let pools = subject.tree.children(of: chosen).filter { subject.isCompatible($0, "xen,cpupool") }
    var findings: [Finding] = []
    var owners: [UInt32: DeviceTree.NodeID] = [:]
    let cpus = pools.isEmpty ? [:] : cpuNodes(subject)
    for pool in pools {
      let name = subject.tree[pool].name
      let place = subject.place(pool, property: "cpupool-cpus")
      let phandles = subject.tree[pool, "cpupool-cpus"]?.cells ?? []
      if phandles.isEmpty { findings.append(Finding("the CPU pool \(name) has no CPUs in cpupool-cpus", at: place)) }
      for phandle in phandles {
        if let other = owners[phandle] {
          findings.append(
            Finding(
              "a CPU is in the pool \(name) and in \(subject.tree[other].name)", at: place,
              notes: [.init("the other pool is here", at: subject.place(other, property: "cpupool-cpus"))]))
        } else if cpus[phandle] == nil {
          findings.append(Finding("cpupool-cpus of \(name) names phandle \(hex(phandle)), which is no CPU", at: place))
        }
        owners[phandle] = pool
      }
      if let scheduler = subject.tree[pool, "cpupool-sched"], !schedulers.contains(scheduler.string ?? "") {
        let shown = scheduler.string.map { "\"\($0)\"" } ?? "not a string"
        findings.append(
          Finding(
            "the scheduler of the CPU pool \(name) is \(shown)", at: subject.place(pool, property: "cpupool-sched"),
            hint: "Xen has \(schedulers.joined(separator: ", ")), as far as it is built with them"))
      }
    }
    let handles = Set(pools.compactMap { subject.tree[$0, "phandle"]?.cell })
    for guest in subject.guests {
      guard let phandle = subject.tree[guest, "domain-cpupool"]?.cell, !handles.contains(phandle) else { continue }
      findings.append(
        Finding(
          "domain-cpupool of \(subject.tree[guest].name) names phandle \(hex(phandle)), which is no CPU pool of /chosen",
          at: subject.place(guest, property: "domain-cpupool")))
    }
    return findings
  }

  private static let schedulers = ["credit", "credit2", "null", "rtds", "arinc653"]

  private static func cpuNodes(_ subject: Subject) -> [UInt32: DeviceTree.NodeID] {
    guard let parent = subject.tree.node(at: "/cpus") else { return [:] }
    let cpus = subject.tree.children(of: parent).compactMap { node in
      subject.tree[node, "phandle"]?.cell.map { ($0, node) }
    }
    return Dictionary(cpus, uniquingKeysWith: { first, _ in first })
  }
}
