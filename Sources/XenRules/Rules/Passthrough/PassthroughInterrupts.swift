// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let passthroughInterrupts = Rule(
    "passthrough-interrupts", "a guest waits for an interrupt that its device does not have", level: .warning,
    after: [
      "passthrough-path", "passthrough-incomplete", "passthrough-xen-device", "passthrough-private-interrupt",
      "passthrough-device-twice",
    ],
    effects: [
      Effect("bad", xen417: .boots),
      Effect("bad-no-path", xen417: .boots),
    ],
    explanation: """
      Xen routes the interrupts of the host's node that `xen,path` names, under the same numbers. What `interrupts` in the partial \
      tree says is for the guest alone, and Xen does not compare the two; without `xen,path` nothing is routed at all, nor are \
      interrupts that go to another controller than the GIC. The guest's driver then starts, and waits for ever.
      """
  ) { subject in
    lazy var topology = Topology(subject.tree)
    return subject.partialTrees.flatMap { partial in
      partial.devices.compactMap { device -> Finding? in
        let wanted = partial.interrupts(of: device.node)
        guard device.isComplete, !wanted.isEmpty else { return nil }
        let title = subject.title(device, of: partial)
        let place = partial.place(device.node, property: "interrupts")
        guard let host = device.host else {
          return device.path != nil
            ? nil
            : Finding(
              "\(title) has an interrupt, but no xen,path, so that Xen routes none", at: place,
              hint: "name the host's node with xen,path")
        }
        let path = subject.tree.path(of: host)
        let routed = Set(topology.interruptIDs(of: host))
        guard let lost = wanted.first(where: { !routed.contains($0.id) }) else { return nil }
        let has = routed.sorted().map { $0 < 32 ? "PPI \($0 &- 16)" : "SPI \($0 &- 32)" }.joined(separator: ", ")
        return Finding(
          "\(title) waits for \(lost), and \(path) has \(has.isEmpty ? "no interrupt at the GIC" : has)", at: place)
      }
    }
  }

  static let passthroughPrivateInterrupt = Rule(
    "passthrough-private-interrupt", "a device is given away whose interrupt each CPU has for itself",
    after: ["passthrough-path", "passthrough-incomplete", "passthrough-xen-device"],
    effects: [
      Effect("bad", xen417: .guestFails("PROBE-FAULT tree"), xen420: .panics("Could not set up domain domA (rc = -22)"))
    ],
    explanation: """
      Xen routes shared interrupts (SPI) to guests. A private one (PPI), which every CPU has for itself, it cannot: "IRQ can only be \
      routed to an SPI". Up to 4.17 the guest then finds a tree that ends too early; newer ones stop. Such a device cannot be given away.
      """
  ) { subject in
    lazy var topology = Topology(subject.tree)
    return subject.partialTrees.flatMap { partial in
      partial.devices.compactMap { device -> Finding? in
        guard device.isComplete, let host = device.host,
          let id = topology.interruptIDs(of: host).first(where: { $0 < 32 })
        else { return nil }
        return Finding(
          "\(subject.title(device, of: partial)) has the private interrupt PPI \(id &- 16), which Xen cannot route",
          at: partial.place(device.node, property: "xen,path"))
      }
    }
  }

  static let passthroughInterruptRange = Rule(
    "passthrough-nr-spis", "a device's interrupt is beyond the guest's `nr_spis`",
    after: ["passthrough-path", "passthrough-incomplete", "passthrough-private-interrupt"],
    effects: [
      Effect("bad", xen417: .guestFails("PROBE-FAULT tree"), xen420: .panics("Could not set up domain domA (rc = -22)"))
    ],
    explanation: """
      `nr_spis` says how many shared interrupts the guest's controller has; rounded up to a multiple of \
      32. A device's interrupt has the same number in the guest as on the host, so it must be below. Otherwise Xen cannot reserve it and does not set the domain up. Leave nr_spis out, and the \
      guest has as many as the host.
      """
  ) { subject in
    lazy var topology = Topology(subject.tree)
    return subject.partialTrees.flatMap { partial -> [Finding] in
      guard let asked = subject.tree[partial.guest, "nr_spis"]?.cell else { return [] }
      // Controllers have them by the 32.
      let count = (min(asked, 1024) + 31) & ~31
      return partial.devices.compactMap { device -> Finding? in
        guard device.isComplete, let host = device.host,
          let id = topology.interruptIDs(of: host).first(where: { $0 >= 32 && $0 &- 32 >= count })
        else { return nil }
        return Finding(
          "\(subject.title(device, of: partial)) has SPI \(id &- 32), and nr_spis = \(asked) gives the guest \(count)",
          at: subject.place(partial.guest, property: "nr_spis"),
          hint: "leave nr_spis out, or give at least \(id &- 31)")
      }
    }
  }

  static let passthroughConsoleInterrupt = Rule(
    "passthrough-vpl011-interrupt", "a device's interrupt is the one of the guest's own console", level: .warning,
    after: ["passthrough-path", "passthrough-incomplete", "passthrough-xen-device"],
    effects: [
      Effect("bad", xen417: .boots)
    ],
    explanation: """
      The console that Xen emulates for a guest has SPI 0. A device of the host with that interrupt keeps the number in the guest, so \
      that the two cannot be told apart: Xen says nothing, and the guest's drivers share an interrupt. Leave vpl011 out, or choose another guest.
      """
  ) { subject in
    lazy var topology = Topology(subject.tree)
    return subject.partialTrees.flatMap { partial -> [Finding] in
      // A direct-mapped guest's console is at the interrupt of the host's own.
      guard subject.has("vpl011", partial.guest), !subject.has("direct-map", partial.guest) else { return [] }
      return partial.devices.compactMap { device -> Finding? in
        guard device.isComplete, let host = device.host, topology.interruptIDs(of: host).contains(32) else {
          return nil
        }
        return Finding(
          "\(subject.title(device, of: partial)) has SPI 0, which is that of the guest's console",
          at: partial.place(device.node, property: "xen,path"), hint: "leave vpl011 out")
      }
    }
  }
}

extension PartialTree {
  /// The interrupts that the guest's copy of a node names, when its controller is the guest's GIC.
  func interrupts(of node: DeviceTree.NodeID) -> [GICInterrupt] {
    guard let cells = tree[node, "interrupts"]?.cells, cells.count % 3 == 0 else { return [] }
    return stride(from: 0, to: cells.count, by: 3).compactMap { GICInterrupt(cells: Array(cells[$0..<$0 + 3])) }
  }
}
