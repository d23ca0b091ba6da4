// SPDX-License-Identifier: Apache-2.0
internal import BootImages
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let memoryTooSmall = Rule(
    "memory-too-small", "a guest has no room for its kernel, its tree and its ramdisk",
    after: ["memory-missing", "module-reg", "module-outside-ram", "cell-sizes", "module-file-size"],
    effects: [
      Effect("bad", xen417: .panics("Not enough memory in the first bank for the kernel+dtb+initrd")),
      Effect("bad-ramdisk", xen417: .panics("Not enough memory in the first bank for the kernel+dtb+initrd")),
      Effect("bad-tight", xen417: .panics("Unable to find suitable location for dtb+initrd")),
    ],
    explanation: """
      Into the first bank of a guest's memory Xen puts the kernel, the guest's tree and the ramdisk, the last two \
      rounded up to 2 MiB each. They are behind the kernel, with something in between. When they do not fit Xen stops with "Not enough memory in the first bank for the \
      kernel+dtb+initrd". A number a thousand times too small was often meant as MiB: `memory` counts KiB.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      guard let memory = subject.memory(of: guest) else { return nil }
      let kernel = subject.module(.kernel, of: guest)
      let kernelSize = kernel.map { size(of: $0, unpacked: true) } ?? 0
      let ramdisk = subject.module(.ramdisk, of: guest).map { size(of: $0, unpacked: false) } ?? 0
      let wanted = rounded(kernelSize) + rounded(ramdisk) + granule + 4096
      // Xen rounds the tree and the ramdisk up to 2 MiB each, and puts them behind the kernel or in front of it.
      let bank = min(memory, firstBank)
      let others = granule + rounded(ramdisk)
      let isEnough = bank >= others && bank - others > rounded(kernelSize)
      guard !isEnough else { return nil }
      return Finding(
        "\(subject.tree[guest].name) has \(describeSize(memory)), too little for its kernel of \(describeSize(kernelSize)), "
          + (ramdisk > 0 ? "its ramdisk of \(describeSize(ramdisk)) " : "") + "and its tree",
        at: subject.place(guest, property: "memory"),
        hint: "\(describeSize(wanted)) is the least; the property counts KiB",
        notes: kernel.map { [.init("the kernel is here", at: subject.place($0.node, property: "reg"))] } ?? [])
    }
  }

  private static let granule: UInt64 = 2 << 20
  /// Size of a guest's first bank of memory, from 0x40000000.
  private static let firstBank: UInt64 = 3 << 30

  private static func rounded(_ size: UInt64) -> UInt64 {
    let (sum, overflow) = size.addingReportingOverflow(granule - 1)
    return overflow ? size : sum & ~(granule - 1)
  }

  /// What a module takes in the guest's memory, as far as that is known.
  private static func size(of module: Subject.BootModule, unpacked: Bool) -> UInt64 {
    // Larger than any memory there is; what is no range at all has a rule of its own.
    let limit: UInt64 = 1 << 48
    if unpacked, let image = module.file?.image { return UInt64(image.contentSize) }
    if let range = module.range { return min(range.upperBound - range.lowerBound, limit) }
    return module.file.map { UInt64($0.bytes.count) } ?? 0
  }
}
