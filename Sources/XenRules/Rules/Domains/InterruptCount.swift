// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let interruptCount = Rule(
    "nr-spis", "`nr_spis` gives a guest more interrupts than it can have, or none for its console",
    effects: [
      Effect("bad", xen417: .panics("Error creating domain domA")),
      Effect("bad-console", xen417: .hangs("init memory"), xen420: .panics("Could not set up domain domA")),
    ],
    explanation: """
      A virtual GIC has interrupt numbers up to 1019, of which 32 are not shared, and Xen rounds up to a multiple of 32: with more than \
      960 it stops with "Error creating domain" and no cause. The console of vpl011 needs one: without it Xen 4.20 stops, and with \
      4.17 the guest has no console and faults. Without nr_spis a guest gets as many as the host has.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard let count = subject.tree[guest, "nr_spis"]?.cell else { return nil }
      let name = subject.tree[guest].name
      let place = subject.place(guest, property: "nr_spis")
      if count == 0, subject.has("vpl011", guest) {
        return Finding(
          "\(name) has vpl011, whose interrupt is shared interrupt 0, but nr_spis leaves it none", at: place,
          hint: "write nr_spis = <1> at least, or leave it out")
      }
      guard count > XenLimits.guestInterrupts else { return nil }
      return Finding(
        "\(name) asks for \(count) shared interrupts; a guest has at most \(XenLimits.guestInterrupts)", at: place)
    }
  }
}
