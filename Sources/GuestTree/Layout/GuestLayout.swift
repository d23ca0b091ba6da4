// SPDX-License-Identifier: Apache-2.0
public import XenFacts

/// Where a guest's RAM is and where its kernel, tree and ramdisk are put.
public struct GuestLayout: Hashable, Sendable {
  /// In ascending order; for a direct-mapped guest as listed.
  public var ram: [Range<UInt64>]
  /// What is loaded of the kernel.
  public var kernel: Range<UInt64>
  /// What the kernel takes once it runs, as far as its file says.
  public var kernelMemory: Range<UInt64>
  /// Where the first CPU starts.
  public var entry: UInt64
  /// Where the tree's blob begins.
  public var tree: UInt64
  /// What is kept for the tree.
  public var treeRoom: Range<UInt64>
  /// What the guest is told of its ramdisk.
  public var ramdisk: Range<UInt64>?
  /// The pages that the guest shares with its hypervisor.
  public var pages: [SpecialPage] = []

  /// Why a guest cannot be laid out.
  public enum Failure: Error, Hashable, Sendable {
    /// More RAM than the banks of the address map hold.
    case memoryOverBanks
    case noMemory
    /// The kernel does not lie in the first bank.
    case kernelOutsideRAM
    /// No place for tree and ramdisk in the first bank.
    case noRoomForTree
    /// No place for the pages that the guest shares.
    case noRoomForPages
  }

  /// Where a page of that kind is.
  public func address(of kind: SpecialPage.Kind) -> UInt64? { pages.first { $0.kind == kind }?.address }
}

extension GuestLayout {
  private static let megabytes2: UInt64 = 2 << 20
  private static let megabytes128: UInt64 = 128 << 20

  /// Lays a guest out as its platform does.
  ///
  /// - Parameters:
  ///   - guest: what is asked for.
  ///   - kernel: what the kernel's file says of where it goes.
  ///   - treeSize: the bytes of the guest's tree.
  ///   - platform: whose rules are followed.
  public init(_ guest: Guest, kernel: Kernel, treeSize: UInt64, platform: GuestPlatform) throws(Failure) {
    let rules = platform.placement
    if let banks = guest.directMap?.ram ?? guest.ramBanks {
      ram = banks
    } else {
      ram = try Self.banks(of: guest.memory, in: platform.map)
    }
    guard let bank = ram.first, !bank.isEmpty else { throw .noMemory }
    var placed = try Self.place(kernel, rules, in: bank)
    if let pin = guest.pins.kernel, kernel.size != nil {
      guard placed.upperBound - placed.lowerBound <= .max - pin else { throw .kernelOutsideRAM }
      placed = pin..<(pin + (placed.upperBound - placed.lowerBound))
    }
    self.kernel = placed
    (kernelMemory, entry) = Self.running(kernel, placed)

    let ramdiskRoom = try Self.up(guest.ramdiskSize ?? 0, rules.unit)
    let treeRoom = try Self.up(treeSize, rules.unit)
    guard ramdiskRoom <= .max - treeRoom else { throw .noRoomForTree }
    let size = treeRoom + ramdiskRoom
    var treeStart: UInt64
    var ramdiskStart: UInt64
    switch rules.modules {
    case .above128MiB(let treeFirst):
      let base = try Self.moduleBase(bank, kernel: placed, size: size, unit: rules.unit)
      treeStart = treeFirst ? base : base + ramdiskRoom
      ramdiskStart = treeFirst ? base + treeRoom : base
    case .behindKernel:
      ramdiskStart = try Self.up(kernelMemory.upperBound, rules.unit)
      guard bank.contains(ramdiskStart), size <= bank.upperBound - ramdiskStart else { throw .noRoomForTree }
      treeStart = ramdiskStart + ramdiskRoom
    case .fixed(let ramdisk, let tree):
      (ramdiskStart, treeStart) = (ramdisk, tree)
    case .middle:
      ramdiskStart = bank.lowerBound + min((bank.upperBound - bank.lowerBound) / 2, Self.megabytes128)
      ramdiskStart = max(ramdiskStart, try Self.up(kernelMemory.upperBound, rules.unit))
      guard bank.contains(ramdiskStart), ramdiskRoom <= bank.upperBound - ramdiskStart else { throw .noRoomForTree }
      treeStart = try Self.up(ramdiskStart + ramdiskRoom, Self.megabytes2)
      guard bank.contains(treeStart), treeRoom <= bank.upperBound - treeStart else { throw .noRoomForTree }
    }
    treeStart = guest.pins.tree ?? treeStart
    ramdiskStart = guest.pins.ramdisk ?? ramdiskStart
    tree = treeStart
    guard treeRoom <= .max - treeStart, ramdiskRoom <= .max - ramdiskStart else { throw .noRoomForTree }
    self.treeRoom = treeStart..<(treeStart + treeRoom)
    ramdisk = guest.ramdiskSize.map { ramdiskStart..<(ramdiskStart + (rules.roundsRamdisk ? ramdiskRoom : $0)) }
    let imagesEnd = max(kernelMemory.upperBound, max(self.treeRoom.upperBound, ramdiskStart + ramdiskRoom))
    guard let pages = platform.pages.pages(ram: ram, imagesEnd: imagesEnd) else { throw .noRoomForPages }
    self.pages = pages
  }

  /// Fills the banks one after the other.
  public static func banks(of memory: UInt64, in map: GuestMap) throws(Failure) -> [Range<UInt64>] {
    let banks = map.ram(of: memory)
    let size = banks.reduce(0 as UInt64) { $0 + ($1.upperBound - $1.lowerBound) }
    guard size == memory else { throw .memoryOverBanks }
    return banks
  }

  private static func place(
    _ kernel: Kernel, _ rules: PlacementRules, in bank: Range<UInt64>
  ) throws(Failure) -> Range<UInt64> {
    let size = bank.upperBound - bank.lowerBound
    switch kernel {
    case .image(var offset, let length, _):
      if offset < rules.loaderRoom { offset += megabytes2 }
      guard offset <= size, length <= size - offset else { throw .kernelOutsideRAM }
      return (bank.lowerBound + offset)..<(bank.lowerBound + offset + length)
    case .fixed(let range):
      guard range.lowerBound >= bank.lowerBound, range.upperBound <= bank.upperBound else { throw .kernelOutsideRAM }
      return range
    case .anywhere(let length, _):
      if let offset = rules.zImageOffset {
        guard offset <= size, length <= size - offset else { throw .kernelOutsideRAM }
        return (bank.lowerBound + offset)..<(bank.lowerBound + offset + length)
      }
      let end = bank.lowerBound + min(megabytes128, size)
      guard length <= end - bank.lowerBound else { throw .kernelOutsideRAM }
      let start = (end - length) & ~(megabytes2 - 1)
      guard start >= bank.lowerBound else { throw .kernelOutsideRAM }
      return start..<(start + length)
    case .program(let program):
      let extent = program.extent
      guard !extent.isEmpty, extent.lowerBound >= bank.lowerBound, extent.upperBound <= bank.upperBound else {
        throw .kernelOutsideRAM
      }
      return extent
    }
  }

  /// What a kernel takes once it runs, and where it starts.
  private static func running(_ kernel: Kernel, _ placed: Range<UInt64>) -> (Range<UInt64>, UInt64) {
    switch kernel {
    case .image(_, let size, let memory):
      let end = placed.lowerBound.addingReportingOverflow(max(size, memory))
      return (placed.lowerBound..<(end.overflow ? .max : end.partialValue), placed.lowerBound)
    case .fixed: return (placed, placed.lowerBound)
    case .anywhere(_, let entry): return (placed, entry ?? placed.lowerBound)
    case .program(let program): return (placed, program.entry)
    }
  }

  /// Above 128 MiB if there is room, else at the end of the bank, else below the kernel.
  private static func moduleBase(
    _ bank: Range<UInt64>, kernel: Range<UInt64>, size: UInt64, unit: UInt64
  ) throws(Failure) -> UInt64 {
    let room = bank.upperBound - bank.lowerBound
    guard size <= room else { throw .noRoomForTree }
    let kernelEnd = try up(kernel.upperBound, megabytes2)
    if room - size >= megabytes128, kernelEnd < bank.lowerBound + megabytes128 {
      return bank.lowerBound + megabytes128
    }
    if bank.upperBound - size > kernelEnd { return bank.upperBound - size }
    if kernel.lowerBound > bank.lowerBound, kernel.lowerBound - bank.lowerBound > size {
      return kernel.lowerBound & ~(unit - 1) - size
    }
    throw .noRoomForTree
  }

  private static func up(_ value: UInt64, _ unit: UInt64) throws(Failure) -> UInt64 {
    guard value <= .max - unit else { throw .noRoomForTree }
    return (value + unit - 1) & ~(unit - 1)
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
