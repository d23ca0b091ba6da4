// SPDX-License-Identifier: Apache-2.0

/// A guest as it was asked for.
public struct Guest: Hashable, Sendable {
  /// The mode of the CPU at the start; other processors than Arm's have one of 64 bits, which counts as `arm64`.
  public enum Width: Hashable, Sendable { case arm64, arm32 }

  /// The name, where a tree tells it.
  public var name: [UInt8] = []
  public var width = Width.arm64
  /// The most virtual CPUs that the guest may have; each is in the tree.
  public var cpuCount: Int
  /// How many of them are there from the start; nil for all.
  public var startingCPUs: Int?
  /// RAM in bytes.
  public var memory: UInt64
  /// Where RAM is, when the platform shall not decide it. Only toolstacks that populate memory themselves can do that.
  public var ramBanks: [Range<UInt64>]?
  /// Addresses that the platform shall not decide.
  public var pins = Pins()
  /// The kernel's command line. Without characters it is the same as nil for Xen itself, but not for its toolstack.
  public var bootargs: [UInt8]?
  /// The bytes of the ramdisk; nil without one.
  public var ramdiskSize: UInt64?
  public var hasVPL011 = false
  /// How the guest is told of what its hypervisor has for it; nil leaves it to the platform.
  public var announcements: Announcements?
  /// Whether a guest that Xen itself builds is told of its hypervisor: event channels, grants.
  public var isEnhanced = false
  /// The partial tree's blob.
  public var fragment: [UInt8]?
  /// `model` of the root, without its zero, in place of the platform's.
  public var model: [UInt8]?
  /// A blob whose properties and nodes are joined with the platform's tree, from the root; an ``AdditionFault`` says what cannot be.
  public var additions: [UInt8]?
  /// Devices that a program in another domain emulates, in the order in which they get their addresses.
  public var devices: [Device] = []
  /// Interrupts of the machine that the guest has, as GIC numbers.
  public var interrupts: [UInt32] = []
  /// Registers of the machine that the guest has.
  public var mappings: [Mapping] = []
  /// How many shared interrupts the guest shall have; nil for as many as are needed.
  public var sharedInterruptCount: UInt32?
  /// The kind of the guest's interrupt controller; nil for the host's.
  public var gic: HostFacts.GIC?
  /// Where the ACPI tables are that the guest was given.
  public var acpiTables: Range<UInt64>?
  /// Bytes for a PowerPC guest's hash table; less than a 64th of the RAM counts as that.
  public var hashTable: UInt64 = 0
  /// Memory that is shared with other guests.
  public var sharedMemory: [SharedMemory] = []
  /// Set for a guest whose addresses are the machine's.
  public var directMap: DirectMap?
  /// Values that are known already although most learn them late.
  public var lateValues: [LateValue] = []

  /// Addresses of what is loaded.
  public struct Pins: Hashable, Sendable {
    public var kernel: UInt64?
    public var ramdisk: UInt64?
    public var tree: UInt64?

    public init(kernel: UInt64? = nil, ramdisk: UInt64? = nil, tree: UInt64? = nil) {
      self.kernel = kernel
      self.ramdisk = ramdisk
      self.tree = tree
    }
  }

  /// Addresses of the machine that a guest has at addresses of its own.
  public struct Mapping: Hashable, Sendable {
    /// Where the guest has them.
    public var guest: Range<UInt64>
    /// Where they are on the machine.
    public var machine: UInt64

    public init(_ guest: Range<UInt64>, machine: UInt64) {
      self.guest = guest
      self.machine = machine
    }
  }

  /// A virtio device behind registers in memory.
  public struct Device: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
      /// A disk, which the toolstack configures among the disks.
      case disk
      /// A device that the toolstack knows by its virtio number only; nil when not even that was said.
      case virtio(UInt32?)
    }

    public var kind: Kind
    /// The domain whose program emulates it.
    public var backend: UInt32
    /// Whether that program maps the guest's memory through grants; nil when it was not said.
    public var grants: Bool?

    public init(_ kind: Kind, backend: UInt32 = 0, grants: Bool? = nil) {
      self.kind = kind
      self.backend = backend
      self.grants = grants
    }

    /// Not said, it is so when the program runs outside of dom0.
    public var usesGrants: Bool { grants ?? (backend != 0) }
  }

  public struct SharedMemory: Hashable, Sendable {
    /// `xen,shm-id`, with its terminating zero.
    public var id: [UInt8]
    /// Where the guest sees it.
    public var range: Range<UInt64>

    public init(id: [UInt8], range: Range<UInt64>) {
      self.id = id
      self.range = range
    }
  }

  /// What a guest sees at the host's addresses instead of at those of `GuestMap`.
  public struct DirectMap: Hashable, Sendable {
    /// In the order in which they were listed.
    public var ram: [Range<UInt64>]
    public var gicDistributor: Range<UInt64>
    /// The CPU interface of a GICv2, the redistributors of a GICv3.
    public var gicOthers: [Range<UInt64>]
    public var uart: Range<UInt64>?
    public var uartInterrupt: UInt32?
    /// All RAM of the host: what is not the guest's may be asked for foreign mappings.
    public var hostRAM: [Range<UInt64>]

    public init(
      ram: [Range<UInt64>], gicDistributor: Range<UInt64>, gicOthers: [Range<UInt64>], uart: Range<UInt64>?,
      uartInterrupt: UInt32?, hostRAM: [Range<UInt64>]
    ) {
      self.ram = ram
      self.gicDistributor = gicDistributor
      self.gicOthers = gicOthers
      self.uart = uart
      self.uartInterrupt = uartInterrupt
      self.hostRAM = hostRAM
    }
  }

  public init(cpuCount: Int, memory: UInt64) {
    self.cpuCount = cpuCount
    self.memory = memory
  }
}
