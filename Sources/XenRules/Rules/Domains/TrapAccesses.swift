// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let trapAccesses = Rule(
    "trap-unmapped-accesses", "`trap-unmapped-accesses` is neither 0 nor 1", releases: .since(4, 21),
    effects: [
      Effect("bad", outcomes: [.init(XenVersion(4, 21), .unbooted("no build of 4.21 was at hand"))])
    ],
    explanation: """
      With 1, the default, an access to an address where nothing is faults in the guest; with 0 it reads as ones or \
      zeros and writes are lost. Xen stops at any other number.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard let value = subject.tree[guest, "trap-unmapped-accesses"]?.cell, value > 1 else { return nil }
      return Finding(
        "trap-unmapped-accesses of \(subject.tree[guest].name) is \(value), neither 0 nor 1",
        at: subject.place(guest, property: "trap-unmapped-accesses"))
    }
  }
}
