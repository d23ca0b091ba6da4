// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let cpusMissing = Rule(
    "cpus-missing", "a guest has no `cpus`, none, or more than Xen allows",
    effects: [
      Effect("bad", xen417: .panics("Missing property 'cpus' for domain domA")),
      Effect("bad-none", xen417: .panics("Error creating domain domA")),
      Effect("bad-many", xen417: .panics("Error creating domain domA")),
    ],
    explanation: """
      Without `cpus` Xen stops with "Missing property 'cpus' for domain"; with 0 or more than \(XenLimits.guestCPUs) it stops with \
      "Error creating domain" and no cause.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      let name = subject.tree[guest].name
      guard let cpus = subject.cell("cpus", of: guest) else {
        return Finding("\(name) has no cpus", at: subject.place(guest))
      }
      guard cpus == 0 || cpus > XenLimits.guestCPUs else { return nil }
      return Finding(
        "\(name) has \(cpus) cpus; Xen gives 1 to \(XenLimits.guestCPUs)", at: subject.place(guest, property: "cpus"))
    }
  }
}
