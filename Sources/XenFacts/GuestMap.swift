// SPDX-License-Identifier: Apache-2.0

/// Where things lie in the physical addresses of a guest on Arm (xen/include/public/arch-arm.h, the same since Xen 4.5 but
/// for what came later).
///
/// Guests are told by their tree and must not rely on it; who plans a guest must know it.
public struct GuestMap: Hashable, Sendable {
  /// Where RAM may lie, in the order in which it is filled.
  public var ramBanks: [Range<UInt64>]
  public var gicDistributor: Range<UInt64>
  /// GICv2 only; it lies over the redistributors of a GICv3.
  public var gicCPUInterface: Range<UInt64>
  /// GICv2's distributor, at the address of a GICv3's.
  public var gicV2Distributor: Range<UInt64>
  public var gicRedistributors: Range<UInt64>
  public var virtioMMIO: Range<UInt64>
  public var vpl011: Range<UInt64>
  public var grantTable: Range<UInt64>
  /// The pages for console, store, memory events and the emulated console, in this order.
  public var magicPages: Range<UInt64>
  public var pciConfiguration: Range<UInt64>
  public var pciMemory: Range<UInt64>
  public var pciPrefetchable: Range<UInt64>

  /// A map with nothing on it, for platforms that have their own.
  public static let none = GuestMap(
    ramBanks: [], gicDistributor: 0..<0, gicCPUInterface: 0..<0, gicV2Distributor: 0..<0, gicRedistributors: 0..<0,
    virtioMMIO: 0..<0, vpl011: 0..<0, grantTable: 0..<0, magicPages: 0..<0, pciConfiguration: 0..<0, pciMemory: 0..<0,
    pciPrefetchable: 0..<0)

  public static let arm = GuestMap(
    ramBanks: [0x4000_0000..<0x1_0000_0000, 0x2_0000_0000..<0x100_0000_0000],
    gicDistributor: 0x0300_1000..<0x0301_1000,
    gicCPUInterface: 0x0300_2000..<0x0300_4000,
    gicV2Distributor: 0x0300_1000..<0x0300_2000,
    gicRedistributors: 0x0302_0000..<0x0402_0000,
    virtioMMIO: 0x0200_0000..<0x0210_0000,
    vpl011: 0x2200_0000..<0x2200_1000,
    grantTable: 0x3800_0000..<0x3900_0000,
    magicPages: 0x3900_0000..<0x3a00_0000,
    pciConfiguration: 0x1000_0000..<0x2000_0000,
    pciMemory: 0x2300_0000..<0x3300_0000,
    pciPrefetchable: 0x1_0000_0000..<0x2_0000_0000)
}

/// The interrupts that every guest on Arm has, as GIC numbers.
public enum GuestInterrupt: UInt32, Hashable, Sendable {
  case timerSecure = 29
  case timerNonSecure = 30
  case timerVirtual = 27
  /// Event channels, in guests; dom0's is the first private interrupt that its machine leaves free.
  case events = 31
  case vpl011 = 32
}
