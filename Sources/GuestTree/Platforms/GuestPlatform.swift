// SPDX-License-Identifier: Apache-2.0
public import FlattenedTree
public import XenFacts

/// Whose rules a guest's tree follows, as data: two platforms differ in values, not in code.
///
/// Its templates are made ready to be written when they are set, which takes three times as long as a small tree: who makes many guests
/// keeps their platform.
public struct GuestPlatform: Sendable {
  /// How it is called in descriptions and messages.
  public var name: StaticString
  public var map: GuestMap
  /// The tree, from its root.
  public var root: NodeTemplate { didSet { program = TreeProgram(root) } }
  /// The tree, ready to be written.
  private(set) var program: TreeProgram
  /// How kernel, ramdisk and tree are placed.
  public var placement: PlacementRules
  /// Which pages the guest shares with its hypervisor, and where.
  public var pages: PageConvention
  /// What the first CPU starts with.
  public var entry: EntryRules
  /// The release that the hypervisor node names.
  public var version: XenVersion

  /// What the tree takes over from the host, and what is shown of it.
  public var hostFacts: [HostFactRule]

  /// How its guests may be told of what their hypervisor has for them.
  public var announcements: AnnouncementRules

  // MARK: Interrupts

  /// The phandle of the interrupt controller when the partial tree names none.
  public var controllerPhandle: UInt32 = 65000
  /// Whether the partial tree's `/gic` may name another one.
  public var takesControllerPhandle = false
  /// What the phandle becomes when the partial tree has a `/gic` without one; nil leaves ``controllerPhandle``.
  public var bareControllerPhandle: UInt32?
  /// What is said of the CPUs that an interrupt goes to.
  public var interruptMask: UInt32 = 0xf00
  /// The interrupt of the emulated console.
  public var vuartInterrupt: UInt32 = GuestInterrupt.vpl011.rawValue
  /// The interrupt of the first virtio device; the others follow.
  public var firstDeviceInterrupt: UInt32 = 33
  /// The most virtio devices that there are interrupts for.
  public var deviceLimit = 11

  /// Whether there is a GIC, and so all that is said of interrupts here.
  public var hasGIC: Bool { architecture == .arm }
  /// Whether the guest's interrupt controller must be of the host's kind.
  public var isBoundToHostGIC = true
  /// Whether it can be said how many shared interrupts the guest has.
  public var takesInterruptCount = true

  // MARK: Limits

  public var cpuLimit = Int(XenLimits.guestCPUs)
  public var cpuLimitGICv2 = 8
  /// The most bytes of a tree. Linux on Arm maps no more than 2 MiB.
  public var treeLimit: UInt64 = 2 << 20

  /// Less RAM than that makes no guest.
  public var leastMemory: UInt64 = 1
  /// RAM behind the first bank appears in such units only.
  public var memoryUnit: UInt64 = 1

  /// The structure that its guests know besides their tree; nil where there is none.
  public var startInfo: StartInfoRules?

  // MARK: Processors

  /// What guests run on.
  public enum Architecture: Hashable, Sendable {
    /// Kernels are Images, zImages, or either in gzip; interrupts come through a GIC.
    case arm
    /// Kernels are ELF files of 64 bits, big-endian.
    case powerPC
    /// Kernels are Images, or these in gzip; each CPU has an interrupt controller of its own.
    case riscv64
  }

  public var architecture = Architecture.arm
  /// The phandle of the first CPU's own interrupt controller; the others follow.
  public var firstCPUControllerPhandle: UInt32 = 1

  // MARK: The blob

  public var blob = BlobRules()
  /// What is reserved, in this order.
  public var reservations: [ReservationTemplate] = []

  // MARK: Habits

  /// Whether the toolstack writes the tree, so that a guest can have ``Guest/model`` and ``Guest/additions`` of its own.
  public var takesAdditions = true
  /// Registers that are there in any case, of interrupt controllers and timers that come in one kind only.
  public var fixedRegisters: [Range<UInt64>] = []
  /// Whether the console's registers are there in any case.
  public var alwaysHasConsole = false
  /// Whether the registers of virtio devices are there in any case.
  public var hasDeviceSlots = false
  /// Whether the node of ACPI tables is written as the specification wants it, unlike the platform itself does.
  public var mendsACPINode = false

  /// Whether a command line without characters is said.
  public var saysEmptyBootargs = false
  /// Whether shared memory is listed as memory as well.
  public var listsSharedMemory = false
  /// Whether shared memory is cut out of the extended regions.
  public var cutsExtendedRegions = false
  /// Whether the last 2 MiB of extended regions are lost where they are computed from cut-out ranges.
  public var losesRegionEnds = false
  /// Whether 32-bit guests are told of extended regions as well.
  public var givesRegionsTo32Bit = false
  /// How many extended regions are written before it is known how many there are, so that a hole stays.
  public var regionSlots: Int?
  /// Whether virtio devices that are no disks are known.
  public var knowsGenericDevices = true
  /// Whether it can be said that a device uses grants.
  public var knowsGrants = true

  public init(
    name: StaticString, map: GuestMap, root: NodeTemplate, placement: PlacementRules, pages: PageConvention,
    entry: EntryRules, hostFacts: [HostFactRule], announcements: AnnouncementRules,
    version: XenVersion = .newestKnown
  ) {
    self.name = name
    self.map = map
    self.root = root
    program = TreeProgram(root)
    self.placement = placement
    self.pages = pages
    self.entry = entry
    self.hostFacts = hostFacts
    self.announcements = announcements
    self.version = version
  }

  /// Where the registers of a virtio device are.
  func deviceRegisters(_ number: Int) -> Range<UInt64> {
    let start = map.virtioMMIO.lowerBound + UInt64(max(number, 0)) * 0x200
    return start..<(start + 0x200)
  }

  func deviceInterrupt(_ number: Int) -> UInt32 { firstDeviceInterrupt &+ UInt32(truncatingIfNeeded: number) }

  /// The registers of a guest's interrupt controller: first the distributor, then the CPU interface of a GICv2 or the
  /// redistributors of a GICv3. Without a GIC there are none.
  public func controllerRegisters(of guest: Guest, _ gic: HostFacts.GIC) -> [Range<UInt64>] {
    guard hasGIC else { return [] }
    if let directMap = guest.directMap { return [directMap.gicDistributor] + directMap.gicOthers }
    return gic == .v3
      ? [map.gicDistributor, map.gicRedistributors] : [map.gicV2Distributor, map.gicCPUInterface]
  }

  /// Takes from a guest what this platform passes over in silence.
  func passOver(_ guest: inout Guest) {
    if !knowsGenericDevices { guest.devices.removeAll { $0.kind != .disk } }
    if !knowsGrants {
      for index in guest.devices.indices { guest.devices[index].grants = nil }
    }
  }
}

/// What the blob of a tree is like.
public struct BlobRules: Hashable, Sendable {
  /// The version of the format.
  public var version = FlattenedTree.Version.v17
  /// The size of the whole is a multiple of this power of two.
  public var alignment = 1

  public init(version: FlattenedTree.Version = .v17, alignment: Int = 1) {
    self.version = version
    self.alignment = alignment
  }
}

/// An entry of a tree's memory reservations; it is left out when there is no such thing.
public enum ReservationTemplate: Hashable, Sendable {
  case page(SpecialPage.Kind)
  /// All special pages in one.
  case pages
  case ramdisk
  /// What a firmware keeps for itself.
  case firmware(Range<UInt64>)
}
