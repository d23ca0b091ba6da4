// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension Rule {
  static let passthroughTwice = Rule(
    "passthrough-device-twice", "a device, its registers or its interrupt are given to two domains",
    after: ["passthrough-path", "passthrough-incomplete", "passthrough-cells"],
    effects: [
      Effect("bad", xen417: .guestFails("PROBE-FAULT tree"), xen420: .panics("Could not set up domain domB (rc = -22)"))
    ],
    explanation: """
      An interrupt goes to one domain, so for the second one Xen says "IRQ … is already used by domain": newer Xens stop there, and \
      up to 4.17 the second one starts, with the registers of the first and a tree that breaks off at the device. Registers alone Xen gives to as many domains as ask, \
      without a word. Give each device to one domain.
      """
  ) { subject in
    lazy var topology = Topology(subject.tree)
    var claims: [Claim] = []
    for partial in subject.partialTrees {
      for device in partial.devices where device.isComplete {
        claims.append(
          Claim(
            partial: partial, device: device,
            interrupts: Set(device.host.map { topology.interruptIDs(of: $0) } ?? [])))
      }
    }
    var findings: [Finding] = []
    for (index, claim) in claims.enumerated() {
      guard
        let (other, what) = claims[..<index].lazy.compactMap({ other in
          claim.conflict(with: other).map { (other, $0) }
        }).first
      else { continue }
      let title = subject.title(claim.device, of: claim.partial)
      let owner = subject.tree[other.partial.guest].name
      findings.append(
        Finding(
          "\(title) and \(subject.title(other.device, of: other.partial)) both want \(what)",
          at: claim.partial.place(claim.device.node),
          hint: "give it to \(owner) or to \(subject.tree[claim.partial.guest].name)",
          notes: [.init("the other one is here", at: other.partial.place(other.device.node))]))
    }
    return findings
  }

  /// What a device in a partial tree takes for its guest.
  private struct Claim {
    var partial: PartialTree
    var device: PartialTree.Device
    var interrupts: Set<UInt32>

    func conflict(with other: Claim) -> String? {
      if let path = device.path, device.host != nil, device.host == other.device.host { return path }
      if let interrupt = interrupts.intersection(other.interrupts).min() { return "interrupt \(interrupt)" }
      // One guest may see the same registers twice.
      guard partial.guest != other.partial.guest else { return nil }
      for mapping in device.mappings ?? [] {
        guard let shared = other.device.mappings?.first(where: { $0.host.overlaps(mapping.host) }) else { continue }
        return describe(mapping.host.clamped(to: shared.host))
      }
      return nil
    }
  }
}

extension Topology {
  /// The ids of a device's interrupts at the GIC; empty when they cannot be followed.
  func interruptIDs(of device: DeviceTree.NodeID) -> [UInt32] {
    do throws(InterruptFault) {
      return try interrupts(of: device).compactMap(\.gic?.id)
    } catch {
      return []
    }
  }
}
