// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let memoryAlignment = Rule(
    "memory-alignment", "the memory of a guest is not made of whole pages", after: ["memory-missing"],
    effects: [
      Effect("bad", xen417: .hangs("Loading d1 kernel"), xen420: .hangs("Allocating mappings"))
    ],
    explanation: """
      Xen gives a guest its memory page by page, until nothing is left of what was asked for. Of a number of KiB that \
      is no multiple of 4 something always is left, and Xen does not come to an end: it hangs while it loads the \
      guest.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard let memory = subject.memory(of: guest), memory % 4096 != 0, memory != .max else { return nil }
      return Finding(
        "\(subject.tree[guest].name) asks for \(describeSize(memory)), which is not made of whole pages of 4 KiB",
        at: subject.place(guest, property: "memory"), hint: "the property counts KiB: write a multiple of 4")
    }
  }
}
