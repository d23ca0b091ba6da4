// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let interruptCount = Rule(
    "nr-spis", "`nr_spis` asks for more interrupts than a guest can have",
    effects: [
      Effect("bad", xen417: .panics("Error creating domain domA"))
    ],
    explanation: """
      A virtual GIC has interrupt numbers up to 1019, of which 988 are shared ones. With more Xen stops with "Error \
      creating domain" and no cause. Without nr_spis a guest gets as many as the host has.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard let count = subject.tree[guest, "nr_spis"]?.cell, count > XenLimits.guestInterrupts else { return nil }
      return Finding(
        "\(subject.tree[guest].name) asks for \(count) shared interrupts; a guest has at most \(XenLimits.guestInterrupts)",
        at: subject.place(guest, property: "nr_spis"))
    }
  }
}
