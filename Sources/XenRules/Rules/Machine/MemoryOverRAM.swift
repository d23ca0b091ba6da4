// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let memoryOverRAM = Rule(
    "memory-over-ram", "domains ask for more memory than the host has",
    explanation: """
      Xen stops with "Failed to allocate requested domain memory" and the KiB that it could not find. A number a thousand times too \
      large was often meant as bytes or KiB: a guest's `memory` counts KiB.
      """
  ) { subject in
    let ram = subject.machine.ram.size
    guard ram > 0 else { return [] }
    var total: UInt64 = subject.commandLine.dom0Memory ?? 0
    var findings: [Finding] = []
    for guest in subject.guests {
      guard let memory = subject.memory(of: guest) else { continue }
      total = total.addingReportingOverflow(memory).overflow ? .max : total + memory
      if memory > ram {
        findings.append(
          Finding(
            "\(subject.tree[guest].name) asks for \(describeSize(memory)), but the host has \(describeSize(ram)) of RAM",
            at: subject.place(guest, property: "memory"), hint: unitHint(memory, ram)))
      }
    }
    if findings.isEmpty, total > ram, let last = subject.guests.last {
      findings.append(
        Finding(
          "the domains ask for \(describeSize(total)) in all, but the host has \(describeSize(ram)) of RAM",
          at: subject.place(last, property: "memory")))
    }
    return findings
  }

  /// What the number would be if it had been meant as bytes.
  private static func unitHint(_ memory: UInt64, _ ram: UInt64) -> String? {
    let asBytes = memory >> 10
    guard asBytes <= ram, asBytes >= 1 << 20, asBytes % (1 << 20) == 0 else { return nil }
    return
      "the property counts KiB; \(describeSize(asBytes)) would be <\(hex(asBytes >> 42)) \(hex((asBytes >> 10) & 0xFFFF_FFFF))>"
  }
}
