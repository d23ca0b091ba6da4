// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import XenFacts
internal import XenSystem

extension Rule {
  static let sharedInterrupt = Rule(
    "passthrough-interrupt-shared", "a device is given away whose interrupt somebody else's device has too",
    after: [
      "passthrough-path", "passthrough-incomplete", "passthrough-xen-device", "passthrough-private-interrupt",
      "passthrough-device-twice", "passthrough-mark",
    ],
    effects: [
      Effect("bad", xen417: .guestFails("PROBE-FAULT tree"), xen420: .panics("Could not set up domain domA (rc = -22)"))
    ],
    explanation: """
      Some machines join the interrupts of several devices to one line of the GIC. Xen gives a line to one domain: dom0 has those of all \
      devices that stay with it, and the guest's is then "already used by domain 0": 4.20 stops, 4.17 breaks off the guest's tree. Give all devices of the line to one domain, or \
      leave one of them out of the host's tree.
      """
  ) { subject in
    subject.ownership.conflicts.filter { $0.kind == .interrupt }.map { conflict in
      Finding(
        "\(conflict.second.title) and \(conflict.first.title) have one interrupt, \(conflict.what)",
        at: conflict.second.place, hint: "give both to one domain",
        notes: [.init("the other one is here", at: conflict.first.place)])
    }
  }

  static let sharedStream = Rule(
    "passthrough-stream-shared", "a device is given away that an IOMMU cannot tell from somebody else's",
    after: [
      "passthrough-path", "passthrough-incomplete", "passthrough-xen-device", "passthrough-device-twice",
      "passthrough-mark",
    ],
    effects: [Effect("bad", xen417: .unbooted("QEMU's machine has no SMMU that Debian's builds drive"))],
    explanation: """
      An IOMMU knows masters by their stream ids, and keeps the translation of one domain for each. Two devices with one id see the \
      memory of the same domain: either one reaches into the other's, or one of the two does not work. Give all devices of a stream to one \
      domain.
      """
  ) { subject in
    subject.ownership.conflicts.filter { $0.kind == .stream }.map { conflict in
      Finding(
        "\(conflict.second.title) and \(conflict.first.title) are one to the IOMMU: both have \(conflict.what)",
        at: conflict.second.place, hint: "give both to one domain",
        notes: [.init("the other one is here", at: conflict.first.place)])
    }
  }

  static let foreignRegisters = Rule(
    "passthrough-foreign-registers", "pages are given away that hold registers of somebody else's device",
    after: [
      "passthrough-incomplete", "passthrough-cells", "passthrough-unaligned", "passthrough-device-twice",
      "passthrough-address", "passthrough-xen-device", "passthrough-mark", "passthrough-interrupt-shared",
    ],
    effects: [
      Effect("bad", xen417: .boots),
      Effect("bad-role", xen417: .boots),
      Effect("bad-console", xen417: .hangs(nil)),
    ],
    explanation: """
      Xen maps the pages of `xen,reg` without knowing whose they are. Some trees have several nodes for one place, for the roles that a \
      controller can play: each of them has to go to one domain, or be set aside with `xen,passthrough`. With `xen,force-assign-without-iommu` a node of the partial tree needs no `xen,path`, and the pages may be anybody's, those of Xen's own console, too: name the device, so \
      that its interrupts come along, or map pages that nobody else has.
      """
  ) { subject in
    subject.ownership.conflicts.filter { $0.kind == .registers }.map { conflict in
      Finding(
        "\(conflict.second.title) maps \(conflict.what), where \(conflict.first.title) has registers",
        at: conflict.second.place, hint: "give both to one domain, or set the other one aside with xen,passthrough",
        notes: [.init("its registers are told here", at: conflict.first.place)])
    }
  }
}
