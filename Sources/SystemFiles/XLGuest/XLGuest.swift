// SPDX-License-Identifier: Apache-2.0
public import Diagnostics
public import XLConfig
public import XenFacts
public import XenSystem

/// A guest as a configuration of xl describes it: what an Arm guest's tree, layout and devices are made of.
///
/// Values are as xl takes them over, which its own dry run shows (`xl create -n -d`), each with the place where it is
/// written. Nothing is looked up: files are names, devices of the host are paths.
public struct XLGuest: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case pv, pvh, hvm
  }

  public enum GICVersion: String, Hashable, Sendable, CaseIterable {
    case v2, v3
  }

  public enum TEE: String, Hashable, Sendable, CaseIterable {
    case optee, ffa
  }

  /// How long SVE vectors may be.
  public enum VectorLength: Hashable, Sendable {
    case bits(UInt32)
    /// What the machine has.
    case hardware
  }

  /// Pages of the host that the guest sees.
  public struct IOMemory: Hashable, Sendable {
    /// The number of the first page, of 4 KiB.
    public var frame: UInt64
    public var pageCount: UInt64
    /// Where the guest finds the first page; the same number unless the configuration says otherwise.
    public var guestFrame: UInt64
  }

  public var name: Sourced<String>
  /// Nil when the configuration does not say, which is `pvh` on Arm.
  public var kind: Sourced<Kind>?

  public var kernel: Sourced<String>?
  public var ramdisk: Sourced<String>?
  /// `cmdline`, or what xl makes of `root` and `extra`.
  public var bootargs: Sourced<String>?
  public var bootloader: Sourced<String>?
  public var firmware: Sourced<String>?

  /// Bytes that the guest starts with.
  public var memory: Sourced<UInt64>
  /// Bytes that it may ever have.
  public var maximumMemory: Sourced<UInt64>
  /// Virtual CPUs that are online at the start; the first ones.
  public var cpus: Sourced<UInt32>
  /// Virtual CPUs of the guest, and of its tree.
  public var maximumCPUs: Sourced<UInt32>

  /// A partial device tree: `/passthrough` and `/aliases` of it go into the guest's.
  public var deviceTree: Sourced<String>?
  /// Interrupts of the host, by their numbers at the GIC.
  public var interrupts: [Sourced<UInt32>] = []
  public var ioMemory: [Sourced<IOMemory>] = []
  /// Devices of the host's tree whose DMA is to go through the IOMMU, by their paths.
  public var devices: [Sourced<String>] = []
  /// PCI devices, as they are written.
  public var pciDevices: [Sourced<String>] = []
  /// Whether the guest has the emulated UART, `sbsa_uart`.
  public var hasVUART = false
  /// Nil for that of the host.
  public var gicVersion: Sourced<GICVersion>?
  /// Nil for none.
  public var tee: Sourced<TEE>?
  /// Nil when the guest has no SVE.
  public var sve: Sourced<VectorLength>?
  /// How many shared interrupts the guest has at least.
  public var sharedInterrupts: Sourced<UInt32>?
  /// The colours of the last-level cache; none for all.
  public var cacheColors: [UInt32] = []
  public var hasACPI: Sourced<Bool>?
  public var hasVPMU: Sourced<Bool>?

  public var virtio: [Sourced<XLVirtioDevice>] = []
  public var disks: [Sourced<XLDisk>] = []
  public var networks: [Sourced<XLNetwork>] = []

  /// Settings that xl of this version reads and that are not among the above.
  public var others: [XLConfig.Setting] = []
  /// What xl ignores or takes otherwise than it looks.
  public var warnings: [Diagnostic] = []

  /// Takes a guest out of a configuration.
  ///
  /// A value of the wrong kind is an error here, where xl warns and goes on as if it were not there.
  ///
  /// - Parameters:
  ///   - config: What was read.
  ///   - xen: Whose xl is meant: later ones know more names.
  ///   - file: What to call the configuration in messages that have no line.
  /// - Throws: all that is wrong, and the warnings.
  public init(_ config: XLConfig, xen: XenVersion, file: String) throws(Failure) {
    var reader = XLGuestReader(config, xen: xen, file: file)
    guard let guest = reader.read() else { throw Failure(reader.diagnostics) }
    self = guest
  }

  init(
    name: Sourced<String>, memory: Sourced<UInt64>, maximumMemory: Sourced<UInt64>, cpus: Sourced<UInt32>,
    maximumCPUs: Sourced<UInt32>
  ) {
    self.name = name
    self.memory = memory
    self.maximumMemory = maximumMemory
    self.cpus = cpus
    self.maximumCPUs = maximumCPUs
  }
}
