// SPDX-License-Identifier: Apache-2.0
public import XenFacts

/// Where a guest's RAM is and where its kernel, tree and ramdisk are put.
public struct GuestLayout: Hashable, Sendable {
  /// In ascending order; for a direct-mapped guest as listed.
  public var ram: [Range<UInt64>]
  public var kernel: Range<UInt64>
  /// Where the tree's blob begins.
  public var tree: UInt64
  public var ramdisk: Range<UInt64>?

  /// Why a guest cannot be laid out.
  public enum Failure: Error, Hashable, Sendable {
    /// More RAM than the banks of the address map hold.
    case memoryOverBanks
    case noMemory
    /// The kernel does not lie in the first bank.
    case kernelOutsideRAM
    /// No place for tree and ramdisk in the first bank.
    case noRoomForTree
  }

  /// Where a kernel goes.
  public enum Kernel: Hashable, Sendable {
    /// An arm64 `Image`: that many bytes above the start of RAM.
    case image(textOffset: UInt64, size: UInt64)
    /// A kernel that names its own address.
    case fixed(Range<UInt64>)
    /// An arm32 `zImage` that runs anywhere.
    case anywhere(size: UInt64)
  }
}

extension GuestLayout {
  private static let megabytes2: UInt64 = 2 << 20
  private static let megabytes128: UInt64 = 128 << 20

  /// Lays a guest out as Xen does (xen/common/device-tree/kernel.c, `place_modules` and its callers).
  ///
  /// - Parameters:
  ///   - treeSize: the bytes of the guest's tree; a tree is kept in units of 2 MiB.
  public init(_ guest: Guest, kernel: Kernel, treeSize: UInt64, map: GuestMap) throws(Failure) {
    if let directMap = guest.directMap {
      ram = directMap.ram
    } else {
      ram = try Self.banks(of: guest.memory, in: map)
    }
    guard let bank = ram.first, !bank.isEmpty else { throw .noMemory }
    let placed = try Self.place(kernel, in: bank)
    self.kernel = placed
    let ramdiskRoom = Self.up(guest.ramdiskSize ?? 0)
    let treeRoom = Self.up(treeSize)
    let base = try Self.moduleBase(bank, kernel: placed, size: treeRoom + ramdiskRoom)
    tree = base
    ramdisk = guest.ramdiskSize.map { (base + treeRoom)..<(base + treeRoom + $0) }
  }

  /// Fills the banks one after the other.
  public static func banks(of memory: UInt64, in map: GuestMap) throws(Failure) -> [Range<UInt64>] {
    let banks = map.ram(of: memory)
    let size = banks.reduce(0 as UInt64) { $0 + ($1.upperBound - $1.lowerBound) }
    guard size == memory else { throw .memoryOverBanks }
    return banks
  }

  private static func place(_ kernel: Kernel, in bank: Range<UInt64>) throws(Failure) -> Range<UInt64> {
    let size = bank.upperBound - bank.lowerBound
    switch kernel {
    case .image(let offset, let length):
      guard offset <= size, length <= size - offset else { throw .kernelOutsideRAM }
      return (bank.lowerBound + offset)..<(bank.lowerBound + offset + length)
    case .fixed(let range):
      guard range.lowerBound >= bank.lowerBound, range.upperBound <= bank.upperBound else { throw .kernelOutsideRAM }
      return range
    case .anywhere(let length):
      let end = min(bank.lowerBound + megabytes128, bank.upperBound)
      guard length <= end - bank.lowerBound else { throw .kernelOutsideRAM }
      let start = (end - length) & ~(megabytes2 - 1)
      guard start >= bank.lowerBound else { throw .kernelOutsideRAM }
      return start..<(start + length)
    }
  }

  /// Above 128 MiB if there is room, else at the end of the bank, else below the kernel.
  private static func moduleBase(
    _ bank: Range<UInt64>, kernel: Range<UInt64>, size: UInt64
  ) throws(Failure) -> UInt64 {
    let room = bank.upperBound - bank.lowerBound
    guard size <= room else { throw .noRoomForTree }
    let high = bank.lowerBound + megabytes128
    let kernelEnd = up(kernel.upperBound)
    if room >= megabytes128 + size, kernelEnd < high { return high }
    if bank.upperBound - size > kernelEnd { return bank.upperBound - size }
    if kernel.lowerBound - bank.lowerBound > size { return kernel.lowerBound & ~(megabytes2 - 1) - size }
    throw .noRoomForTree
  }

  private static func up(_ value: UInt64) -> UInt64 {
    value > .max - megabytes2 ? value : (value + megabytes2 - 1) & ~(megabytes2 - 1)
  }
}

extension GuestMap {
  /// Where so much RAM lies: the banks are filled one after the other. What they cannot hold is left out.
  public func ram(of memory: UInt64) -> [Range<UInt64>] {
    var left = memory
    var result: [Range<UInt64>] = []
    for bank in ramBanks where left > 0 {
      let size = min(left, bank.upperBound - bank.lowerBound)
      result.append(bank.lowerBound..<(bank.lowerBound + size))
      left -= size
    }
    return result
  }
}
