// SPDX-License-Identifier: Apache-2.0
public import FlattenedTree

/// The tree that a guest will find, made from what was asked for, the host that it runs on and the platform's rules.
public struct GuestTree: Sendable {
  /// How the blob is laid out. The nodes and properties are the same in each.
  public enum BlobLayout: Hashable, Sendable {
    /// As dtc and `FlattenedTreeWriter` do.
    case standard
    /// As a toolstack with libfdt does, byte for byte.
    case libfdt
  }

  /// The guest as the platform takes it: without what it passes over.
  public var guest: Guest
  public var host: HostFacts
  public var platform: GuestPlatform
  public var layout: GuestLayout
  public let blobLayout: BlobLayout
  /// The nodes and properties that the guest finds, in their order.
  ///
  /// A blob of Xen's own is 8 bytes longer and has its strings in another order.
  public let blob: [UInt8]
  /// Properties whose values may be known only later, in the order in which they stand.
  public let lateProperties: [LateProperty]

  /// Why a guest has no tree.
  public enum Failure: Error, Equatable, Sendable {
    case layout(GuestLayout.Failure)
    /// More virtual CPUs than there are numbers for.
    case tooManyCPUs(Int)
    /// The partial tree is broken, or the tree became too large.
    case tree(FlattenedTreeError)
    /// What was to be added cannot be joined with the platform's tree.
    case additions(AdditionFault)
  }

  /// Sixteen CPUs in each of 256 clusters: ``cpuIdentity(_:)`` has no more numbers.
  public static let cpuLimit = 4096

  /// Makes the tree of a guest.
  ///
  /// - Parameters:
  ///   - guest: what is asked for.
  ///   - kernel: what the kernel's file says of where it goes.
  ///   - host: what is taken over from the machine.
  ///   - platform: whose rules the tree follows.
  ///   - blobLayout: how the blob is laid out.
  ///   - leavesLateOut: whether properties are left out whose late values were not given.
  public init(
    _ guest: Guest, kernel: GuestLayout.Kernel, host: HostFacts, platform: GuestPlatform,
    blobLayout: BlobLayout = .standard, leavesLateOut: Bool = false
  ) throws(Failure) {
    guard guest.cpuCount <= Self.cpuLimit else { throw .tooManyCPUs(guest.cpuCount) }
    let guest = platform.taken(guest)
    var host = host
    if let gic = guest.gic { host.gic = gic }
    let additions = try Self.additions(guest, platform)
    self.guest = guest
    self.host = host
    self.platform = platform
    self.blobLayout = blobLayout
    // The tree's size does not depend on the addresses in it, but the addresses depend on its size. It is kept in units, so
    // that nearly every tree needs one unit and is composed once.
    var layout = try Self.layout(guest, kernel, treeSize: 1, platform)
    var (blob, late) = try Self.compose(guest, layout, host, platform, blobLayout, leavesLateOut, additions)
    let fitted = try Self.layout(guest, kernel, treeSize: UInt64(blob.count), platform)
    if fitted != layout {
      layout = fitted
      (blob, late) = try Self.compose(guest, layout, host, platform, blobLayout, leavesLateOut, additions)
    }
    self.layout = layout
    self.blob = blob
    lateProperties = late
  }

  private static func layout(
    _ guest: Guest, _ kernel: GuestLayout.Kernel, treeSize: UInt64, _ platform: GuestPlatform
  ) throws(Failure) -> GuestLayout {
    do throws(GuestLayout.Failure) {
      return try GuestLayout(guest, kernel: kernel, treeSize: treeSize, platform: platform)
    } catch {
      throw .layout(error)
    }
  }

  /// The `reg` of a virtual CPU, its MPIDR. Sixteen CPUs make a cluster: affinity 0 holds the CPU, affinity 1 the cluster.
  public static func cpuIdentity(_ number: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: number & 0xf | (number >> 4 & 0xff) << 8)
  }

  private static func compose(
    _ guest: Guest, _ layout: GuestLayout, _ host: HostFacts, _ platform: GuestPlatform, _ blobLayout: BlobLayout,
    _ leavesLateOut: Bool, _ additions: Additions?
  ) throws(Failure) -> ([UInt8], [LateProperty]) {
    let (blob, late) = try composeAlone(guest, layout, host, platform, blobLayout, leavesLateOut)
    guard let additions else { return (blob, late) }
    return (try add(additions, to: blob, reserving: reservations(layout, platform), platform, blobLayout), late)
  }

  /// The tree without additions.
  private static func composeAlone(
    _ guest: Guest, _ layout: GuestLayout, _ host: HostFacts, _ platform: GuestPlatform, _ blobLayout: BlobLayout,
    _ leavesLateOut: Bool
  ) throws(Failure) -> ([UInt8], [LateProperty]) {
    do throws(FlattenedTreeError) {
      switch blobLayout {
      case .standard:
        var writer = GuestTreeWriter(
          guest: guest, layout: layout, host: host, platform: platform, leavesLateOut: leavesLateOut,
          sink: FlattenedTreeWriter(version: platform.blob.version))
        for reservation in reservations(layout, platform) { try writer.composer.sink.reserve(reservation) }
        try writer.write()
        let blob = try writer.composer.sink.finish(FlattenedTree.Layout(alignment: platform.blob.alignment))
        return (blob, writer.composer.lateProperties)
      case .libfdt:
        var writer = GuestTreeWriter(
          guest: guest, layout: layout, host: host, platform: platform, leavesLateOut: leavesLateOut,
          sink: LibfdtWriter())
        try writer.write()
        let regions = writer.extendedRegions().count
        let shrunk = platform.regionSlots.map { 16 * max($0 - regions, 0) } ?? 0
        return (try writer.composer.sink.finish(shrunk: shrunk), writer.composer.lateProperties)
      }
    } catch {
      throw .tree(error)
    }
  }

  /// Where the guest finds the registers of its interrupt controller: first the distributor, then the CPU interface of a
  /// GICv2 or the redistributors of a GICv3.
  public var controllerRegisters: [Range<UInt64>] { platform.controllerRegisters(of: guest, host.gic) }

  static func reservations(_ layout: GuestLayout, _ platform: GuestPlatform) -> [FlattenedTree.Reservation] {
    var result: [FlattenedTree.Reservation] = []
    for template in platform.reservations {
      switch template {
      case .page(let kind):
        if let address = layout.address(of: kind) {
          result.append(FlattenedTree.Reservation(address: address, size: SpecialPage.size))
        }
      case .pages:
        let size = UInt64(layout.pages.count) * SpecialPage.size
        guard let lowest = layout.pages.map({ $0.address }).min() else { continue }
        result.append(FlattenedTree.Reservation(address: lowest, size: size))
      case .firmware(let range):
        result.append(FlattenedTree.Reservation(address: range.lowerBound, size: range.upperBound - range.lowerBound))
      case .ramdisk:
        guard let ramdisk = layout.ramdisk, !ramdisk.isEmpty else { continue }
        result.append(
          FlattenedTree.Reservation(address: ramdisk.lowerBound, size: ramdisk.upperBound - ramdisk.lowerBound))
      }
    }
    return result
  }
}
