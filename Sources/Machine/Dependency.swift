// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// One phandle in a property: what one node needs of another.
public struct Dependency: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case clock, reset, regulator, gpio, phy, dma, mailbox, interconnect, iommu, interrupt, nvmem, syscon, thermal, graph
    case powerDomain = "power domain"
    case pinControl = "pin control"
    case memoryRegion = "memory region"
    case messageInterrupt = "message interrupt"
    case pwm = "PWM"
    case other
  }

  /// What says that the cell is a phandle.
  public enum Evidence: Hashable, Sendable {
    /// The binding of the property.
    case binding
    /// The source, which has a reference there.
    case source
    /// No more than what the property and the node that it would name have in common.
    case shape
  }

  /// The node with the property.
  public var user: DeviceTree.NodeID
  public var property: String
  /// Which entry of the list it is, counted from 0; entries left out by a phandle of 0 count.
  public var index: Int
  public var kind: Kind
  public var phandle: UInt32
  /// Nil when no node has the phandle.
  public var target: DeviceTree.NodeID?
  /// The cells after the phandle.
  public var specifier: [UInt32]
  /// From the list of names that goes with the property, such as `clock-names`.
  public var name: String?
  public var evidence: Evidence

  public init(
    user: DeviceTree.NodeID, property: String, index: Int = 0, kind: Kind, phandle: UInt32,
    target: DeviceTree.NodeID?, specifier: [UInt32] = [], name: String? = nil, evidence: Evidence = .binding
  ) {
    self.user = user
    self.property = property
    self.index = index
    self.kind = kind
    self.phandle = phandle
    self.target = target
    self.specifier = specifier
    self.name = name
    self.evidence = evidence
  }
}
