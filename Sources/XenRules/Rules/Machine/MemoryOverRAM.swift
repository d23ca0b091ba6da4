// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let memoryOverRAM = Rule(
    "memory-over-ram", "domains ask for more memory than the host has", after: ["memory-missing"],
    effects: [
      Effect("bad", xen417: .panics("Failed to allocate requested domain memory. 4194304KB unallocated.")),
      Effect("bad-bytes", xen417: .panics("Failed to allocate requested domain memory. 67108864KB unallocated.")),
      Effect("bad-sum", xen417: .panics("Failed to allocate requested domain memory. 1310720KB unallocated.")),
      Effect("bad-p2m", xen417: .panics("Failed to allocate P2M pages")),
      Effect("bad-all", xen417: .panics("Failed to allocate requested domain memory.")),
    ],
    explanation: """
      Xen stops with "Failed to allocate requested domain memory" and the KiB that it could not find, or with "Failed \
      to allocate P2M pages" when it is the pool of xen,domain-p2m-mem-mb that is too large. A number a thousand times \
      too large was often meant as bytes: a guest's `memory` counts KiB. Xen itself needs some of the RAM, so a sum \
      that just fits may still fail.
      """
  ) { subject in
    let ram = subject.machine.ram.size
    guard ram > 0 else { return withoutKnownRAM(subject) }
    var total: UInt64 = subject.dom0Kernel == nil ? 0 : subject.commandLine.dom0Memory ?? 0
    var findings: [Finding] = []
    for guest in subject.guests {
      let name = subject.tree[guest].name
      if let memory = subject.memory(of: guest) {
        total = total.addingReportingOverflow(memory).overflow ? .max : total + memory
        if memory > ram {
          findings.append(
            Finding(
              "\(name) asks for \(describeSize(memory)), but the host has \(describeSize(ram)) of RAM",
              at: subject.place(guest, property: "memory"), hint: unitHint(memory, ram)))
        }
      }
      if let pool = subject.tree[guest, "xen,domain-p2m-mem-mb"]?.cell {
        let pool = UInt64(pool) << 20
        total = total.addingReportingOverflow(pool).overflow ? .max : total + pool
        if pool > ram {
          findings.append(
            Finding(
              "the page tables of \(name) get \(describeSize(pool)), but the host has \(describeSize(ram)) of RAM",
              at: subject.place(guest, property: "xen,domain-p2m-mem-mb"),
              hint: "the property counts MiB; leave it out to let Xen choose"))
        }
      }
    }
    // Xen keeps 56 bytes for each page of RAM.
    let own = ram / 4096 * 56
    if findings.isEmpty, total > ram - own, let last = subject.guests.last {
      findings.append(
        Finding(
          "the domains ask for \(describeSize(total)) in all, but the host has \(describeSize(ram)) of RAM"
            + (total > ram ? "" : ", of which Xen takes \(describeSize(own)) for its tables"),
          at: subject.place(last, property: "memory"), causes: subject.guests.map { subject.place($0) }))
    }
    return findings
  }

  /// A tree that gets its /memory from a loader or from UEFI: only a number that is far too large can be told.
  private static func withoutKnownRAM(_ subject: Subject) -> [Finding] {
    subject.guests.compactMap { guest in
      guard let memory = subject.memory(of: guest), memory >= 64 << 30, let hint = unitHint(memory, 64 << 30) else {
        return nil
      }
      return Finding(
        "\(subject.tree[guest].name) asks for \(describeSize(memory))", at: subject.place(guest, property: "memory"),
        level: .warning,
        hint: hint)
    }
  }

  /// What the number would be if it had been meant as bytes.
  private static func unitHint(_ memory: UInt64, _ ram: UInt64) -> String? {
    let asBytes = memory >> 10
    guard asBytes <= ram, asBytes >= 1 << 20, asBytes % (1 << 20) == 0 else { return nil }
    return
      "the property counts KiB; \(describeSize(asBytes)) would be <\(hex(asBytes >> 42)) \(hex((asBytes >> 10) & 0xFFFF_FFFF))>"
  }
}
