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
    // The tree's size does not depend on the addresses in it, but the addresses depend on its size.
    let layout: GuestLayout
    do throws(GuestLayout.Failure) {
      let first = try GuestLayout(guest, kernel: kernel, treeSize: 0, map: platform.map)
      let size = try? Self.compose(guest, first, host, platform).count
      layout = try GuestLayout(guest, kernel: kernel, treeSize: UInt64(size ?? 0), map: platform.map)
    } catch {
      throw .layout(error)
    }
    self.layout = layout
    do throws(FlattenedTreeError) {
      blob = try Self.compose(guest, layout, host, platform)
    } catch {
      throw .tree(error)
    }
  }

  private static func compose(
    _ guest: Guest, _ layout: GuestLayout, _ host: HostFacts, _ platform: GuestPlatform
  ) throws(FlattenedTreeError) -> [UInt8] {
    var writer = GuestTreeWriter(
      guest: guest, layout: layout, host: host, platform: platform, sink: FlattenedTreeWriter())
    try writer.write()
    return try writer.composer.sink.finish()
  }
}
