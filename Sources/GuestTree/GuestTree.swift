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

  private let recipe: GuestRecipe
  public let layout: GuestLayout
  public let blobLayout: BlobLayout
  /// The nodes and properties that the guest finds, in their order.
  ///
  /// A blob of Xen's own is 8 bytes longer and has its strings in another order.
  public let blob: [UInt8]
  /// Where values are that may be known only later, in the order in which they stand.
  let holes: [LateHole]

  /// The guest as the platform takes it: without what it passes over.
  public var guest: Guest { recipe.guest }
  public var host: HostFacts { recipe.host }
  public var platform: GuestPlatform { recipe.platform }

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
    var guest = guest
    platform.passOver(&guest)
    var host = host
    if let gic = guest.gic { host.gic = gic }
    let additions = try Self.additions(guest, platform)
    let recipe = GuestRecipe(guest, host, platform)
    let first = try recipe.layout(kernel, treeSize: 1)
    var (blob, holes) = try Self.write(recipe, first, blobLayout, leavesLateOut: leavesLateOut)
    if let additions { try Self.join(additions, to: &blob, &holes, recipe, first, blobLayout) }
    // The tree's size does not depend on the addresses in it, but the addresses depend on its size, which counts in units.
    let size = UInt64(blob.count)
    var layout = first
    if size > first.treeRoom.upperBound - first.treeRoom.lowerBound {
      layout = try recipe.layout(kernel, treeSize: size)
      Self.settle(&blob, reservations: Self.reservations(layout, recipe.platform))
    }
    Self.settle(&blob, holes, layout, given: recipe.guest.lateValues)
    self.init(recipe: recipe, layout: layout, blobLayout: blobLayout, blob: blob, holes: holes)
  }

  private init(
    recipe: GuestRecipe, layout: GuestLayout, blobLayout: BlobLayout, blob: [UInt8], holes: [LateHole]
  ) {
    self.recipe = recipe
    self.layout = layout
    self.blobLayout = blobLayout
    self.blob = blob
    self.holes = holes
  }

  /// Joins additions with the platform's blob.
  private static func join(
    _ additions: Additions, to blob: inout [UInt8], _ holes: inout [LateHole], _ recipe: GuestRecipe,
    _ layout: GuestLayout, _ blobLayout: BlobLayout
  ) throws(Failure) {
    // What is added must not contradict what late values most likely become.
    settle(&blob, holes, layout, given: recipe.guest.lateValues)
    let late = lateProperties(holes, in: blob)
    blob = try add(additions, to: blob, reserving: reservations(layout, recipe.platform), recipe.platform, blobLayout)
    do throws(FlattenedTreeError) {
      holes = try Self.holes(of: late, in: blob)
    } catch {
      throw .tree(error)
    }
  }

  /// The blob with zeros where late values belong that were not given, and where these are.
  private static func write(
    _ recipe: GuestRecipe, _ layout: GuestLayout, _ blobLayout: BlobLayout, leavesLateOut: Bool
  ) throws(Failure) -> ([UInt8], [LateHole]) {
    let platform = recipe.platform
    do throws(FlattenedTreeError) {
      switch blobLayout {
      case .standard:
        var sink = FlattenedTreeWriter(version: platform.blob.version, names: platform.program.names)
        // About what most guests need. More is taken when it is not enough.
        sink.reserve(1792 + 112 * max(recipe.guest.cpuCount, 0) + 192 * recipe.guest.devices.count)
        for reservation in Self.reservations(layout, platform) { try sink.reserve(reservation) }
        var writer = GuestTreeWriter(recipe, ram: layout.ram, leavesLateOut: leavesLateOut, sink)
        try writer.write()
        let blob = try writer.composer.sink.blob(FlattenedTree.Layout(alignment: platform.blob.alignment))
        return (blob, writer.composer.late)
      case .libfdt:
        let sink = LibfdtWriter(platform.program.names)
        var writer = GuestTreeWriter(recipe, ram: layout.ram, leavesLateOut: leavesLateOut, sink)
        try writer.write()
        let regions = writer.extendedRegions().count
        let shrunk = platform.regionSlots.map { 16 * max($0 - regions, 0) } ?? 0
        return (try writer.composer.sink.finish(shrunk: shrunk), writer.composer.late)
      }
    } catch {
      throw .tree(error)
    }
  }

  /// The `reg` of a virtual CPU, its MPIDR. Sixteen CPUs make a cluster: affinity 0 holds the CPU, affinity 1 the cluster.
  public static func cpuIdentity(_ number: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: number & 0xf | (number >> 4 & 0xff) << 8)
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

extension GuestRecipe {
  fileprivate func layout(
    _ kernel: GuestLayout.Kernel, treeSize: UInt64
  ) throws(GuestTree.Failure) -> GuestLayout {
    do throws(GuestLayout.Failure) {
      return try GuestLayout(guest, kernel: kernel, treeSize: treeSize, platform: platform)
    } catch {
      throw .layout(error)
    }
  }
}
