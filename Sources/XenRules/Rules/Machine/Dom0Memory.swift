// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let dom0Memory = Rule(
    "dom0-memory", "dom0 cannot have the memory that Xen is to give it",
    after: ["memory-over-ram", "module-compatible", "domain-compatible", "uefi-binary-place"],
    effects: [
      Effect("bad", xen417: .panics("Failed to allocate requested dom0 memory. 2496MB unallocated")),
      Effect("bad-reserved", xen417: .panics("Failed to allocate requested dom0 memory.")),
      Effect("bad-default", xen417: .wrong("PLEASE SPECIFY dom0_mem PARAMETER - USING 512M FOR NOW")),
    ],
    explanation: """
      dom0's memory is the host's, address by address, so it is made of RAM that nobody reserves. Where that is less than \
      dom0_mem asks for, Xen stops with "Failed to allocate requested dom0 memory" and the MiB that it could not find. Without \
      dom0_mem Xen warns, waits for 3 seconds and takes 512 MiB.
      """
  ) { subject in
    guard let kernel = subject.dom0Kernel else { return [] }
    let place = subject.chosen.map { subject.place($0, property: "xen,xen-bootargs") } ?? subject.place(kernel.node)
    guard let asked = subject.commandLine.dom0Memory else {
      guard subject.commandLine.value(of: "dom0_mem") == nil else {
        return [
          Finding(
            "Xen cannot read dom0_mem=\(subject.commandLine.value(of: "dom0_mem") ?? "")", at: place, level: .warning)
        ]
      }
      return [
        Finding(
          "without dom0_mem on its command line Xen gives dom0 512 MiB, after a warning that takes 3 seconds",
          at: place,
          level: .note, hint: "add dom0_mem=512M to xen,xen-bootargs", causes: [subject.place(kernel.node)])
      ]
    }
    let ram = subject.machine.ram
    guard ram.size > 0 else { return [] }
    if asked > ram.size {
      return [
        Finding("dom0 gets \(describeSize(asked)), but the host has \(describeSize(ram.size)) of RAM", at: place)
      ]
    }
    // Mapped one to one, it is RAM that nobody else has.
    var free = ram
    for region in subject.machine.reserved { free.remove(region.range) }
    guard free.size < asked else { return [] }
    return [
      Finding(
        "dom0 gets \(describeSize(asked)), but \(describeSize(free.size)) of the host's RAM are not reserved", at: place
      )
    ]
  }
}
