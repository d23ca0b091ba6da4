// SPDX-License-Identifier: Apache-2.0

/// What the next kernel shall be told that the running one was not.
public struct NextKernel: Hashable, Sendable {
  /// Its command line; nil for the running kernel's.
  public var bootargs: String?
  /// Where its ramdisk will lie; nil for none.
  public var ramdisk: Range<UInt64>?
  /// Set for a kernel that waits in memory of its own until the running one crashes.
  public var crash: Crash?
  /// Memory that it shall leave alone, for the tree's memory reservations.
  public var reservations: [Range<UInt64>] = []
  /// Entries of the tree's memory reservations that are for nothing any more.
  public var releases: [Range<UInt64>] = []
  /// The CPU that starts it, by its `reg`; nil for the one that the tree names.
  public var bootCPU: UInt32?
  /// Whether it shall not hear of the UEFI firmware that the running kernel was started by.
  public var forgetsFirmware = false

  /// A kernel that looks at what another left behind.
  public struct Crash: Hashable, Sendable {
    /// All the memory that it may use: what `crashkernel=` has set aside.
    public var memory: [Range<UInt64>]
    /// The ELF header that describes the memory of the kernel that crashed; nil when a loader adds it.
    public var coreHeader: Range<UInt64>?

    public init(memory: [Range<UInt64>], coreHeader: Range<UInt64>? = nil) {
      self.memory = memory
      self.coreHeader = coreHeader
    }
  }

  public init() {}
}
