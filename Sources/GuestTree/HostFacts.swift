// SPDX-License-Identifier: Apache-2.0

/// What a guest's tree takes over from the tree of the host that it runs on.
public struct HostFacts: Hashable, Sendable {
  public enum GIC: Hashable, Sendable { case v2, v3 }

  /// The guest's interrupt controller is of the host's kind.
  public var gic: GIC
  /// `compatible` of the host's first CPU, as it stands there.
  public var cpuCompatible: [UInt8]
  /// `clock-frequency` of the host's first CPU, as it stands there.
  public var cpuClockFrequency: [UInt8]?
  /// `clock-frequency` of the host's timer.
  public var timerFrequency: UInt32?
  /// How many bits a guest's physical addresses have.
  public var addressBits: Int
  /// The host's tree, a blob, for platforms that copy nodes of it.
  public var tree: [UInt8]?

  public init(
    gic: GIC, cpuCompatible: [UInt8], cpuClockFrequency: [UInt8]? = nil, timerFrequency: UInt32? = nil,
    addressBits: Int = 40, tree: [UInt8]? = nil
  ) {
    self.gic = gic
    self.cpuCompatible = cpuCompatible
    self.cpuClockFrequency = cpuClockFrequency
    self.timerFrequency = timerFrequency
    self.addressBits = addressBits
    self.tree = tree
  }
}
