// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts

extension Rule {
  static let vectorLength = Rule(
    "sve-length", "`sve` asks for a vector length that is none, or for what the CPUs lack", releases: .since(4, 18),
    effects: [
      Effect("bad", xen417: .boots, xen420: .unbooted("Debian's builds lack the option")),
      Effect("bad-length", xen417: .boots, xen420: .unbooted("Debian's builds lack the option")),
    ],
    explanation: """
      `sve` gives a guest vectors of that many bits, or as many as the CPU has when the property is empty. Xen stops \
      with "Error creating domain" when the length is none or the CPU has no SVE, and with "'sve' property found, but \
      CONFIG_ARM64_SVE not selected" when it is built without.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard let value = subject.tree[guest, "sve"], value.isEmpty || value.cell != nil else { return nil }
      let name = subject.tree[guest].name
      let place = subject.place(guest, property: "sve")
      if let length = value.cell {
        if length == 0 { return nil }
        guard length <= 2048, length % 128 == 0 else {
          return Finding(
            "sve of \(name) is \(length), but a vector length is a multiple of 128 up to 2048", at: place)
        }
      }
      guard let cpu = subject.machine.cpuCompatible, withoutSVE.contains(cpu) else { return nil }
      return Finding("\(name) asks for SVE, which \(cpu) does not have", at: place)
    }
  }

  /// Arm's own cores of the versions of the architecture before SVE, and those of later ones that lack it.
  private static let withoutSVE: Set<String> = [
    "arm,cortex-a34", "arm,cortex-a35", "arm,cortex-a53", "arm,cortex-a55", "arm,cortex-a57", "arm,cortex-a65",
    "arm,cortex-a72", "arm,cortex-a73", "arm,cortex-a75", "arm,cortex-a76", "arm,cortex-a77", "arm,cortex-a78",
    "arm,neoverse-n1", "arm,neoverse-e1", "apm,potenza", "cavium,thunder", "brcm,brahma-b53",
  ]
}
