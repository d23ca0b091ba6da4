// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts
internal import XenSystem

extension Rule {
  static let guestTreeSize = Rule(
    "guest-tree-size", "a guest's tree does not fit into the memory that Xen makes it in",
    after: ["cpus-missing"],
    effects: [
      Effect(
        "bad", xen417: .panics("Could not set up domain domA"),
        xen420: .panics("Could not set up domain domA (rc = -22)")),
      Effect("bad-fragment", outcomes: [.init(XenVersion(4, 17), .panics("Could not set up domain domA"))]),
    ],
    explanation: """
      Xen makes the tree of a guest in 4096 bytes. Each virtual CPU takes about 96 of them, so that 33 are too many; up to 4.17 what a \
      partial tree brings must fit in as well, and from 4.18 on it comes with room of its own. From 4.22 on there is room for as many \
      CPUs as a guest can have. When the room does not suffice, Xen says "Device tree generation failed (-3)" and stops. Give the \
      guest fewer CPUs, shorter boot arguments or less in its partial tree, or take a newer Xen.
      """
  ) { subject in
    subject.guests.compactMap { guest in
      let size = GuestTreeSize(of: guest, in: subject)
      guard size.isTooMuch else { return nil }
      var parts = ["\(size.cpus) CPUs take \(size.cpuBytes) bytes"]
      if size.fragmentBytes > 0 { parts.append("its partial tree \(size.fragmentBytes)") }
      let place = subject.place(guest, property: size.fragmentBytes > size.cpuBytes ? nil : "cpus")
      return Finding(
        "\(subject.tree[guest].name)'s tree has about \(size.total) bytes, and Xen makes it in \(size.room): \(parts.joined(separator: ", "))",
        at: place)
    }
  }
}

/// How long the tree is that Xen makes for a guest, counted as a blob is laid out.
struct GuestTreeSize {
  let total: Int
  let room: Int
  let cpus: Int
  let cpuBytes: Int
  let fragmentBytes: Int
  private let spare: Int

  /// The last property of the console is one that Xen does not miss when there is no room for it.
  var isTooMuch: Bool { total > room + spare }

  init(of guest: DeviceTree.NodeID, in subject: Subject) {
    let version = subject.release.version
    let tree = subject.tree
    let hasConsole = subject.has("vpl011", guest)
    cpus = Int(min(tree[guest, "cpus"]?.cell ?? 1, XenLimits.guestCPUs))

    let first = Topology(tree).cpus().first
    let compatible = first.flatMap { tree[$0.node, "compatible"]?.bytes.count } ?? 15
    let clock = first.flatMap { tree[$0.node, "clock-frequency"] } == nil ? 0 : Self.property(4)
    let node = Self.node("cpu@0") + Self.property(compatible) + 2 * Self.property(4) + Self.property(5) + clock
    cpuBytes = cpus * node

    // What every guest has; the rest is added where it is asked for.
    var bytes = XenLimits.guestTreeBase
    if version < XenVersion(4, 18) || subject.module(.ramdisk, of: guest) != nil {
      bytes += 2 * Self.property(8) + Self.strings(["linux,initrd-start", "linux,initrd-end"])
    }
    if version >= XenVersion(4, 20), subject.machine.interruptController == .gicv3 {
      bytes += Self.property(4) + Self.strings(["#redistributor-regions"])
    }
    if hasConsole { bytes += XenLimits.guestTreeConsole }
    let bootargs = subject.module(.kernel, of: guest).flatMap { tree[$0.node, "bootargs"]?.bytes.count } ?? 0
    if bootargs > 1 { bytes += Self.property(bootargs) + Self.strings(["bootargs"]) }

    let fragment = subject.module(.deviceTree, of: guest)?.file
    fragmentBytes = fragment?.tree.map(Self.bytes) ?? 0
    let own = fragment?.bytes.count ?? 0
    if version >= XenVersion(4, 22) {
      room = 2048 + 128 * Int(XenLimits.guestCPUs) + own
    } else {
      room = 4096 + (version >= XenVersion(4, 18) ? own : 0)
    }
    spare = hasConsole ? Self.property(4) + Self.strings(["current-speed"]) : 0
    total = bytes + cpuBytes + fragmentBytes
  }

  /// What Xen copies of a partial tree: /passthrough and /aliases, without what is for itself.
  private static func bytes(of fragment: DeviceTree) -> Int {
    var bytes = 0
    var names: Set<String> = []
    for top in ["passthrough", "aliases"].compactMap({ fragment.child(of: fragment.root, named: $0) }) {
      for id in fragment.walk(from: top) {
        bytes += node(fragment[id].name)
        for property in fragment[id].properties where !property.name.hasPrefix("xen,") {
          bytes += Self.property(property.value.bytes.count)
          names.insert(property.name)
        }
      }
    }
    return bytes + strings(names.subtracting(common))
  }

  private static func node(_ name: String) -> Int { 8 + (name.utf8.count + 4) / 4 * 4 }
  private static func property(_ length: Int) -> Int { 12 + (length + 3) / 4 * 4 }
  private static func strings(_ names: some Sequence<String>) -> Int { names.reduce(0) { $0 + $1.utf8.count + 1 } }

  /// Names of properties that stand in every guest's tree. Not `phandle`: it is taken from `linux,phandle`, which comes later.
  private static let common: Set<String> = [
    "#address-cells", "#size-cells", "compatible", "device_type", "enable-method", "reg", "#interrupt-cells",
    "interrupt-controller", "interrupts", "interrupt-parent", "method",
  ]
}
