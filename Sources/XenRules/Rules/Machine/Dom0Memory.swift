// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let dom0Memory = Rule(
    "dom0-memory", "dom0 cannot have the memory that Xen is to give it",
    after: ["memory-over-ram", "module-compatible"],
    explanation: """
      dom0's memory is the host's, address by address, so it is made of whole pieces of free RAM, the first of them \
      with at least 128 MiB or all that is asked for. Where reserved memory leaves no such piece, or the host has \
      less, Xen stops with "Could not set up DOM0 guest OS" or "Unable to allocate first memory bank". Without \
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
          level: .note, hint: "add dom0_mem=512M to xen,xen-bootargs")
      ]
    }
    let ram = subject.machine.ram
    guard ram.size > 0 else { return [] }
    if asked > ram.size {
      return [
        Finding("dom0 gets \(describeSize(asked)), but the host has \(describeSize(ram.size)) of RAM", at: place)
      ]
    }
    // Mapped one to one, dom0's first bank is one piece of RAM: all of it, or 128 MiB at least.
    var free = ram
    for region in subject.machine.reserved { free.remove(region.range) }
    let largest = free.largest.map { $0.upperBound - $0.lowerBound } ?? 0
    let wanted = min(asked, 128 << 20)
    guard largest < wanted else { return [] }
    return [
      Finding(
        "dom0 needs \(describeSize(wanted)) in one piece, and the largest piece of RAM that nobody reserves is "
          + describeSize(largest), at: place)
    ]
  }
}
