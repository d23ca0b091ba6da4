// SPDX-License-Identifier: Apache-2.0
public import FlattenedTree

/// The tree that a guest will find, made from what was asked for, the host that it runs on and the platform's rules.
public struct GuestTree: Sendable {
  public var guest: Guest
  public var host: HostFacts
  public var platform: GuestPlatform
  public var layout: GuestLayout
  /// The blob: the nodes and properties that the guest finds, in their order.
  ///
  /// The hypervisor's own blob is 8 bytes longer and has its strings in another order.
  public let blob: [UInt8]

  /// Why a guest has no tree.
  public enum Failure: Error, Equatable, Sendable {
    case layout(GuestLayout.Failure)
    /// The partial tree is broken, or the tree became too large.
    case tree(FlattenedTreeError)
  }

  public init(
    _ guest: Guest, kernel: GuestLayout.Kernel, host: HostFacts, platform: GuestPlatform
  ) throws(Failure) {
    self.guest = guest
    self.host = host
    self.platform = platform
    // The tree's size does not depend on the addresses in it, but the addresses depend on its size. It is kept in units of
    // 2 MiB, so that nearly every tree needs one unit and is composed once.
    var layout = try Self.layout(guest, kernel, treeSize: 1, platform)
    var blob = try Self.compose(guest, layout, host, platform)
    let fitted = try Self.layout(guest, kernel, treeSize: UInt64(blob.count), platform)
    if fitted != layout {
      layout = fitted
      blob = try Self.compose(guest, layout, host, platform)
    }
    self.layout = layout
    self.blob = blob
  }

  private static func layout(
    _ guest: Guest, _ kernel: GuestLayout.Kernel, treeSize: UInt64, _ platform: GuestPlatform
  ) throws(Failure) -> GuestLayout {
    do throws(GuestLayout.Failure) {
      return try GuestLayout(guest, kernel: kernel, treeSize: treeSize, map: platform.map)
    } catch {
      throw .layout(error)
    }
  }

  /// The `reg` of a virtual CPU, its MPIDR. Sixteen CPUs make a cluster: affinity 0 holds the CPU, affinity 1 the cluster.
  public static func cpuIdentity(_ number: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: number & 0xf | (number >> 4 & 0xff) << 8)
  }

  private static func compose(
    _ guest: Guest, _ layout: GuestLayout, _ host: HostFacts, _ platform: GuestPlatform
  ) throws(Failure) -> [UInt8] {
    do throws(FlattenedTreeError) {
      var writer = GuestTreeWriter(
        guest: guest, layout: layout, host: host, platform: platform, sink: FlattenedTreeWriter())
      try writer.write()
      return try writer.composer.sink.finish()
    } catch {
      throw .tree(error)
    }
  }
}
