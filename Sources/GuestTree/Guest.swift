// SPDX-License-Identifier: Apache-2.0

/// A guest as it was asked for.
public struct Guest: Hashable, Sendable {
  public enum Width: Hashable, Sendable { case arm64, arm32 }

  public var width = Width.arm64
  public var cpuCount: Int
  /// RAM in bytes.
  public var memory: UInt64
  /// The kernel's command line; nil and an empty one come to the same.
  public var bootargs: [UInt8]?
  /// The bytes of the ramdisk; nil without one.
  public var ramdiskSize: UInt64?
  public var hasVPL011 = false
  /// Whether the guest is told of its hypervisor: event channels, grants.
  public var isEnhanced = false
  /// The partial tree's blob.
  public var fragment: [UInt8]?
  /// Memory that is shared with other guests.
  public var sharedMemory: [SharedMemory] = []
  /// Set for a guest whose addresses are the machine's.
  public var directMap: DirectMap?

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

  /// What a guest sees at the host's addresses instead of at those of ``XenFacts/GuestMap``.
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
