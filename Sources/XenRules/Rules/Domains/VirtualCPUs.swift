// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts
internal import XenSystem

extension Rule {
  static let virtualCPUs = Rule(
    "vcpu-nodes", "a `xen,vcpu` node that Xen refuses", releases: .since(4, 21), after: ["cpus-missing"],
    effects: [
      Effect("bad", outcomes: [.init(XenVersion(4, 21), .unbooted("no build of 4.21 was at hand"))]),
      Effect("bad-id", outcomes: [.init(XenVersion(4, 21), .unbooted("no build of 4.21 was at hand"))]),
      Effect("bad-affinity", outcomes: [.init(XenVersion(4, 21), .unbooted("no build of 4.21 was at hand"))]),
      Effect("bad-list", outcomes: [.init(XenVersion(4, 21), .unbooted("no build of 4.21 was at hand"))]),
    ],
    explanation: """
      Since 4.21 a node that is compatible with "xen,vcpu" pins the virtual CPU `id` to the host's CPUs of \
      `hard-affinity`. Xen stops when the id is missing or too large, or a CPU is not there.
      """
  ) { subject in
    subject.guests.flatMap { guest in
      let cpus = subject.tree[guest, "cpus"]?.cell ?? 0
      return subject.tree.children(of: guest).compactMap { node -> Finding? in
        guard subject.tree[node, "compatible"]?.lists("xen,vcpu") ?? false else { return nil }
        let path = subject.tree.path(of: node)
        guard let id = subject.tree[node, "id"]?.cell else {
          return Finding("\(path) has no id of one cell", at: subject.place(node))
        }
        guard id < cpus else {
          return Finding(
            "\(path) is for virtual CPU \(id), but \(subject.tree[guest].name) has \(cpus), counted from 0",
            at: subject.place(node, property: "id"))
        }
        guard let affinity = subject.tree[node, "hard-affinity"] else { return nil }
        let place = subject.place(node, property: "hard-affinity")
        guard let ranges = affinity.string.flatMap(NumberList.init) else {
          return Finding("hard-affinity of \(path) is not a list such as \"0-3,5\"", at: place)
        }
        guard let last = ranges.last, subject.machine.cpuCount > 0, last >= subject.machine.cpuCount else { return nil }
        return Finding(
          "hard-affinity of \(path) names CPU \(last), and the host has \(subject.machine.cpuCount), counted from 0",
          at: place)
      }
    }
  }
}
