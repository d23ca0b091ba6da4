// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenFacts

extension Rule {
  static let initrdLeftover = Rule(
    "initrd-leftover", "/chosen still names the ramdisk of an earlier boot",
    effects: [
      Effect("bad", xen417: .boots),
      Effect("bad-end", xen417: .panics("Could not set up DOM0 guest OS"), xen420: .silent),
    ],
    explanation: """
      A boot loader writes linux,initrd-start and linux,initrd-end for Linux, and a tree that was dumped still has them. \
      Xen takes them for the ramdisk of dom0, wherever that memory is now. When the end is not above the start, or is \
      missing, Xen stops reading the tree.
      """
  ) { subject in
    guard let chosen = subject.chosen, let start = subject.tree[chosen, "linux,initrd-start"] else { return [] }
    let place = subject.place(chosen, property: "linux,initrd-start")
    guard let end = subject.tree[chosen, "linux,initrd-end"], let range = range(start, end) else {
      return [
        Finding(
          "linux,initrd-start without a linux,initrd-end above it: Xen stops reading the tree here", at: place,
          hint: "take both away")
      ]
    }
    return [
      Finding(
        "Xen takes \(describe(range)), which linux,initrd-start and -end name, for the ramdisk of dom0", at: place,
        level: .warning, hint: "take both away, and name the ramdisk in a module")
    ]
  }

  private static func range(_ start: PropertyValue, _ end: PropertyValue) -> Range<UInt64>? {
    func number(_ value: PropertyValue) -> UInt64? {
      guard value.bytes.count == 4 || value.bytes.count == 8 else { return nil }
      return value.bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
    guard let first = number(start), let last = number(end), first < last else { return nil }
    return first..<last
  }
}
