// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let capabilities = Rule(
    "capabilities", "the capabilities of domains that Xen refuses", releases: .since(4, 21),
    effects: [
      Effect("bad", outcomes: [.init(XenVersion(4, 21), .unbooted("no build of 4.21 was at hand"))]),
      Effect("bad-two", outcomes: [.init(XenVersion(4, 21), .unbooted("no build of 4.21 was at hand"))]),
      Effect("bad-hardware", outcomes: [.init(XenVersion(4, 21), .unbooted("no build of 4.21 was at hand"))]),
    ],
    explanation: """
      Since 4.21 a guest can be a control domain (1), the hardware domain (2) or the Xenstore domain (4). Of the last \
      two there is one each. The hardware domain gets all of the host's devices that nobody else has, so it takes \
      neither a partial tree nor nr_spis nor passthrough. In each of these cases Xen stops while it reads the domain.
      """
  ) { subject in
    var findings: [Finding] = []
    var holders: [DomainCapability: DeviceTree.NodeID] = [:]
    let known = DomainCapability.allCases.reduce(0) { $0 | $1.rawValue }
    for guest in subject.guests {
      guard let bits = subject.tree[guest, "capabilities"]?.cell else { continue }
      let name = subject.tree[guest].name
      let place = subject.place(guest, property: "capabilities")
      if bits & ~known != 0 {
        findings.append(
          Finding(
            "the capabilities of \(name) have bits that Xen does not know: \(hex(bits & ~known))", at: place,
            hint: DomainCapability.allCases.map { "\($0.rawValue) is \($0.name)" }.joined(separator: ", ")))
        continue
      }
      for capability in [DomainCapability.hardware, .xenstore] where bits & capability.rawValue != 0 {
        if let other = holders[capability] {
          findings.append(
            Finding(
              "\(name) is a second \(capability.name) domain", at: place,
              notes: [.init("the first one is here", at: subject.place(other, property: "capabilities"))]))
        }
        holders[capability] = holders[capability] ?? guest
      }
      if bits & DomainCapability.hardware.rawValue != 0 {
        findings += hardwareDomain(guest, name, in: subject)
      }
    }
    return findings
  }

  private static func hardwareDomain(_ guest: DeviceTree.NodeID, _ name: String, in subject: Subject) -> [Finding] {
    var findings: [Finding] = []
    let place = subject.place(guest, property: "capabilities")
    if subject.dom0Kernel != nil {
      findings.append(Finding("\(name) is a hardware domain beside dom0, which is one already", at: place))
    }
    for property in ["nr_spis", "passthrough"] where subject.tree[guest, property] != nil {
      findings.append(
        Finding(
          "\(name) is the hardware domain, for which Xen refuses \(property)",
          at: subject.place(guest, property: property)))
    }
    if let tree = subject.module(.deviceTree, of: guest) {
      findings.append(
        Finding(
          "\(name) is the hardware domain, which gets the host's devices and no partial tree",
          at: subject.place(tree.node)))
    }
    return findings
  }
}
