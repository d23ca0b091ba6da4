// SPDX-License-Identifier: Apache-2.0
internal import GuestTree
internal import XenFacts

/// Devices that a guest is to have, and what a person has decided about them.
public struct PassthroughRequest: Hashable, Sendable {
  /// Each by its path, an alias or a label.
  public var devices: [String]
  /// Hertz, by the path of the clock's node, by `PATH:CELL` for one output of it, or by the name in `clock-names`.
  public var clockRates: [String: UInt64] = [:]
  /// Properties to leave out, by name, and nodes to do without, by path.
  public var drops: Set<String> = []
  /// Why devices that reach memory by themselves may do so without an IOMMU.
  public var iommuWaiver: String?
  /// Guest addresses that the devices must not lie over: RAM, the interrupt controller, the console.
  public var taken: [Range<UInt64>] = []

  public init(devices: [String]) { self.devices = devices }

  /// The addresses that a guest with so much RAM has in use, in every flow.
  public static func taken(memory: UInt64) -> [Range<UInt64>] {
    let map = GuestMap.arm
    return map.ram(of: memory) + [
      map.gicDistributor, map.gicCPUInterface, map.gicRedistributors, map.vpl011, map.grantTable, map.magicPages,
    ]
  }
}
