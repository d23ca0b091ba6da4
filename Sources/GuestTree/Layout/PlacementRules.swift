// SPDX-License-Identifier: Apache-2.0

/// How a platform places kernel, ramdisk and tree in a guest's RAM.
public struct PlacementRules: Hashable, Sendable {
  /// Where ramdisk and tree go.
  public enum Modules: Hashable, Sendable {
    /// 128 MiB above the start of RAM if there is room, else at the end of the first bank, else below the kernel.
    case above128MiB(treeFirst: Bool)
    /// Right behind the kernel: the ramdisk, then the tree.
    case behindKernel
    /// Where they always are.
    case fixed(ramdisk: UInt64, tree: UInt64)
    /// In the middle of RAM or 128 MiB above its start, whichever is lower: the ramdisk, then the tree at a multiple of 2 MiB.
    case middle
  }

  public var modules: Modules
  /// Ramdisk and tree take a multiple of this.
  public var unit: UInt64
  /// Where an arm32 `zImage` goes that runs anywhere: so far above the start of RAM, or nil for as high as possible below 128 MiB.
  public var zImageOffset: UInt64?
  /// Whether the guest is told of the ramdisk's last page as a whole.
  public var roundsRamdisk: Bool
  /// An `Image` that would lie less than this above the start of RAM is moved up by 2 MiB.
  public var loaderRoom: UInt64

  public init(
    _ modules: Modules, unit: UInt64, zImageOffset: UInt64? = nil, roundsRamdisk: Bool = false, loaderRoom: UInt64 = 0
  ) {
    self.modules = modules
    self.unit = unit
    self.zImageOffset = zImageOffset
    self.roundsRamdisk = roundsRamdisk
    self.loaderRoom = loaderRoom
  }

  /// Xen's own, for the domains that it builds.
  public static let xen = PlacementRules(.above128MiB(treeFirst: true), unit: 2 << 20)
  /// The toolstack's on Arm.
  public static let toolstack = PlacementRules(
    .above128MiB(treeFirst: false), unit: 4096, zImageOffset: 0x8000, roundsRamdisk: true)
}
