// SPDX-License-Identifier: Apache-2.0
internal import XenFacts

extension GuestTreeWriter {
  /// The address space that the guest may map foreign memory into: what its RAM banks leave free, in pieces of at least 64 MiB.
  func extendedRegions() -> [Range<UInt64>] {
    guard guest.width == .arm64 || platform.givesRegionsTo32Bit else { return [] }
    let least: UInt64 = 64 << 20
    let isCut = guest.directMap != nil || platform.cutsExtendedRegions && !guest.sharedMemory.isEmpty
    var free: [Range<UInt64>]
    if let directMap = guest.directMap {
      free = directMap.hostRAM
      for range in layout.ram { free = free.without(range) }
    } else if guest.ramBanks != nil {
      // RAM where the platform would not put it: what is left of the platform's banks, before it as well.
      free = platform.map.ramBanks
      for range in layout.ram { free = free.without(range) }
      for mapping in guest.mappings { free = free.without(mapping.guest) }
    } else {
      let top: UInt64 = host.addressBits < 64 ? 1 << UInt64(max(host.addressBits, 0)) : .max
      free = []
      for (index, bank) in platform.map.ramBanks.enumerated() {
        let end = min(bank.upperBound, top)
        let start = index < layout.ram.count ? Self.up(layout.ram[index].upperBound) : bank.lowerBound
        if start < end { free.append(start..<end) }
      }
    }
    if platform.cutsExtendedRegions {
      for region in guest.sharedMemory { free = free.without(region.range) }
    }
    var result: [Range<UInt64>] = []
    for range in free {
      let start = Self.up(range.lowerBound)
      // Xen rounds its inclusive ends down, which loses the last piece of an aligned range.
      let last = isCut && platform.losesRegionEnds ? range.upperBound - 1 : range.upperBound
      let end = last & ~((2 << 20) - 1)
      if start < end, end - start >= least { result.append(start..<end) }
    }
    return result
  }

  private static func up(_ value: UInt64) -> UInt64 {
    let unit: UInt64 = 2 << 20
    return value > .max - unit ? value : (value + unit - 1) & ~(unit - 1)
  }
}

extension [Range<UInt64>] {
  /// What is left of ascending ranges when one is cut out.
  fileprivate func without(_ hole: Range<UInt64>) -> [Range<UInt64>] {
    var result: [Range<UInt64>] = []
    for range in self {
      guard range.overlaps(hole) else {
        result.append(range)
        continue
      }
      if range.lowerBound < hole.lowerBound { result.append(range.lowerBound..<hole.lowerBound) }
      if hole.upperBound < range.upperBound { result.append(hole.upperBound..<range.upperBound) }
    }
    return result
  }
}
