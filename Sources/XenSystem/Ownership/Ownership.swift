// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Diagnostics
public import Machine
public import XenFacts

/// Who has what of a machine: every device, shared interrupt, stream of an IOMMU, CPU and range of memory has exactly one owner, which is
/// Xen, dom0 or a guest, or nobody with the reason why. What has two owners is a ``Conflict``.
///
/// It is read off the final tree and the partial trees alone, as Xen reads them: dom0 gets what is left.
public struct Ownership: Sendable {
  /// The tree that Xen is started with.
  public let tree: DeviceTree
  /// dom0 first when there is one, then the guests in the order in which Xen numbers them.
  public internal(set) var domains: [Domain] = []
  /// In tree order.
  public internal(set) var devices: [Device] = []
  /// Pages of devices' registers that are given to guests, and the registers of everything else, by address.
  public internal(set) var registers: [Registers] = []
  /// Shared interrupts of the GIC that some device has, by number.
  public internal(set) var interrupts: [Line] = []
  public internal(set) var streams: [StreamClaim] = []
  /// RAM and what is kept of it, by address; claims of different owners do not overlap unless there is a conflict.
  public internal(set) var memory: [Memory] = []
  /// CPU pools, that of the boot CPU first.
  public internal(set) var pools: [Pool] = []
  /// What has two owners.
  public internal(set) var conflicts: [Conflict] = []

  let topology: Topology
  let dom0Tree: Dom0Tree
  let commandLine: XenCommandLine
  let version: XenVersion
  let placeOf: @Sendable (DeviceTree.NodeID, String?) -> Place
  /// The domain that gets the devices which nobody is given: dom0, or a guest with that capability.
  var hardware: Int?
  var deviceAt: [DeviceTree.NodeID: Int] = [:]

  /// A partial tree.
  public struct Fragment: Sendable {
    public var file: String
    public var tree: DeviceTree
    /// The line of the description that it was made from.
    public var location: SourceLocation?

    public init(file: String, tree: DeviceTree, location: SourceLocation? = nil) {
      self.file = file
      self.tree = tree
      self.location = location
    }
  }

  public struct Domain: Sendable {
    public var name: String
    /// Below `/chosen`; nil for dom0.
    public var node: DeviceTree.NodeID?
    public var place: Place
    /// Virtual CPUs; nil when the tree does not say.
    public var cpus: UInt32?
    /// RAM in bytes; nil when the tree does not say.
    public var memory: UInt64?
    /// An index into ``Ownership/pools``.
    public var pool = 0
    public var enhancement: Enhancement
    /// Whether it may build, stop and look into other domains.
    public var isControl: Bool
    /// Whether Xen's console shows what it prints.
    public var isOnConsole: Bool
    public var fragment: Fragment?
    /// The devices of the partial tree that Xen takes.
    public internal(set) var assigned: [AssignedDevice] = []

    public var isDom0: Bool { node == nil }
  }

  /// A node of the tree that stands for a part of the machine.
  public struct Device: Sendable {
    public var node: DeviceTree.NodeID
    public var owner: Owner
    /// Whether `status`, here or above, says that it is not to be used. Xen gives such a device away like any other.
    public var isDisabled: Bool
    /// As the CPUs reach them.
    public var registers: [Range<UInt64>]
    /// Shared interrupts of the GIC.
    public var interrupts: [GICInterrupt]
    /// What says so: the node itself, or the entry of the partial tree.
    public var place: Place
  }

  /// A range of registers and who reaches it.
  public struct Registers: Sendable {
    public var range: Range<UInt64>
    public var owner: Owner
    /// The host's device; nil for pages that a partial tree maps without naming one.
    public var device: DeviceTree.NodeID?
    /// Whether a partial tree maps it, so that these are whole pages.
    public var isMapped: Bool
    public var title: String
    public var place: Place
  }

  /// A shared interrupt.
  public struct Line: Sendable {
    public var interrupt: GICInterrupt
    /// Indices into ``Ownership/devices``, those with owners alone.
    public var devices: [Int]
    public var owner: Owner
  }

  /// What a master's transactions bear before an IOMMU.
  public struct StreamClaim: Sendable {
    public var iommu: DeviceTree.NodeID
    public var ids: Range<UInt64>
    /// Bits that do not count.
    public var mask: UInt32
    /// An index into ``Ownership/devices``.
    public var device: Int
    public var owner: Owner
  }

  public struct Memory: Sendable {
    public enum Kind: String, Hashable, Sendable {
      case heap, staticHeap, staticMemory, sharedMemory, reserved, module, loader
    }

    public var range: Range<UInt64>
    public var owner: Owner
    public var kind: Kind
    public var title: String
    public var place: Place
  }

  public struct Pool: Sendable {
    public var name: String
    /// The CPUs' nodes.
    public var cpus: [DeviceTree.NodeID]
    public var place: Place
  }

  /// Something with two owners.
  public struct Conflict: Sendable {
    public enum Kind: String, Hashable, Sendable {
      case device, interrupt, stream, registers, memory
    }

    public struct Party: Sendable {
      public var owner: Owner
      /// `domA's device /passthrough/rtc@9010000`, `dom0's /gpio@9030000`.
      public var title: String
      public var place: Place
      public var memory: Memory.Kind?
    }

    public var kind: Kind
    /// `SPI 2`, `stream 0x5 of /smmu@9050000`, a range.
    public var what: String
    public var first: Party
    public var second: Party
  }

  /// How much of the machine is looked at.
  public enum Depth: Hashable, Sendable {
    case whole
    /// What ``Ownership/conflicts`` needs: devices, and so registers, interrupts and streams, only where a guest has some of them, as
    /// dom0 and Xen keep theirs apart; no CPU pools.
    case conflicts
  }

  /// - Parameters:
  ///   - tree: the tree that Xen is started with, with phandles in place of references.
  ///   - dom0Name: what dom0 is called.
  ///   - spots: what the loader keeps.
  ///   - fragment: the partial tree of a domain's node, where it is known.
  ///   - place: where a node or a property comes from.
  public init(
    of tree: DeviceTree, version: XenVersion, depth: Depth = .whole, dom0Name: String = "dom0", spots: [Spot] = [],
    fragment: (DeviceTree.NodeID) -> Fragment? = { _ in nil },
    place: @escaping @Sendable (DeviceTree.NodeID, String?) -> Place
  ) {
    self.tree = tree
    self.version = version
    placeOf = place
    dom0Tree = Dom0Tree(tree, version: version)
    topology = dom0Tree.topology
    commandLine = Dom0Tree.commandLine(of: tree)
    readDomains(dom0Name: dom0Name, fragment: fragment)
    if depth == .whole { readPools() }
    if depth == .whole || domains.contains(where: { !$0.assigned.isEmpty }) {
      readDevices()
      readRegisters()
      readInterrupts()
      readStreams()
    }
    readMemory(spots: spots)
  }

  /// The device that stands at a node; nil for a node that is none.
  public func device(at node: DeviceTree.NodeID) -> Device? { deviceAt[node].map { devices[$0] } }

  /// `Xen`, a domain's name, or `nobody`.
  public func name(of owner: Owner) -> String {
    switch owner {
    case .xen: "Xen"
    case .domain(let index): domains[index].name
    case .nobody: "nobody"
    }
  }

  func place(_ node: DeviceTree.NodeID, _ property: String? = nil) -> Place { placeOf(node, property) }
}
