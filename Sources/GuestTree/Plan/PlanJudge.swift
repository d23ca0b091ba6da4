// SPDX-License-Identifier: Apache-2.0
internal import XenFacts

/// Finds what would keep a planned guest from running, above all what its hypervisor takes without a word.
struct PlanJudge {
  /// The guest before the platform passed over anything.
  let asked: Guest
  let host: HostFacts
  let tree: GuestTree
  let kernel: GuestLayout.Kernel
  let facts: [HostFacts.Found]
  private var guest: Guest { tree.guest }
  private var platform: GuestPlatform { tree.platform }
  private var layout: GuestLayout { tree.layout }

  init(
    asked: Guest, host: HostFacts, tree: GuestTree, kernel: GuestLayout.Kernel, facts: [HostFacts.Found]
  ) {
    self.asked = asked
    self.host = host
    self.tree = tree
    self.kernel = kernel
    self.facts = facts
  }

  func refusals() -> [PlanRefusal] {
    var result: [PlanRefusal] = []
    judgeCPUs(&result)
    judgeRAM(&result)
    judgeImages(&result)
    judgeInterrupts(&result)
    judgeAnnouncements(&result)
    judgeStartInfo(&result)
    judgeFragment(&result)
    return result
  }

  /// What there would be so many of that a tree would grow without bounds.
  static func tooMany(_ asked: Guest, _ host: HostFacts, _ platform: GuestPlatform) -> PlanRefusal? {
    let limit = (asked.gic ?? host.gic) == .v2 ? platform.cpuLimitGICv2 : platform.cpuLimit
    if asked.cpuCount > limit { return .tooManyCPUs(asked.cpuCount, limit: limit) }
    var taken = asked
    platform.passOver(&taken)
    let devices = taken.devices.count
    return devices > platform.deviceLimit ? .tooManyDevices(devices, limit: platform.deviceLimit) : nil
  }

  private func judgeCPUs(_ result: inout [PlanRefusal]) {
    if guest.cpuCount < 1 { result.append(.noCPUs) }
    if let starting = guest.startingCPUs {
      if starting < 1 { result.append(.noCPUs) }
      if starting > guest.cpuCount { result.append(.moreCPUsAtStart(starting, of: guest.cpuCount)) }
    }
    for found in facts where found.isMissing {
      result.append(.noHostFact(found.fact))
      // Without the node there is nothing in it.
      if found.fact == .cpu { break }
    }
    if let gic = asked.gic, gic != host.gic, platform.isBoundToHostGIC { result.append(.otherController(gic)) }
  }

  // MARK: Memory

  private var furniture: [(part: PlanRefusal.Part, range: Range<UInt64>)] { Self.furniture(of: tree) }

  /// What the platform has in the guest's addresses besides RAM.
  static func furniture(of tree: GuestTree) -> [(part: PlanRefusal.Part, range: Range<UInt64>)] {
    let platform = tree.platform
    let map = platform.map
    var result: [(part: PlanRefusal.Part, range: Range<UInt64>)] = tree.controllerRegisters.map {
      (.interruptController, $0)
    }
    if tree.guest.hasVPL011 || platform.alwaysHasConsole {
      result.append((.console, tree.guest.directMap?.uart ?? map.vpl011))
    }
    if !tree.guest.devices.isEmpty || platform.hasDeviceSlots { result.append((.devices, map.virtioMMIO)) }
    if platform.announces(.virtioPCI, to: tree.guest) {
      result += [map.pciConfiguration, map.pciMemory, map.pciPrefetchable].map { (.pciHost, $0) }
    }
    result += platform.fixedRegisters.map { (.interruptController, $0) }
    result += [(.grantTable, map.grantTable), (.magicPages, map.magicPages)]
    return result.filter { !$0.range.isEmpty }
  }

  private func judgeRAM(_ result: inout [PlanRefusal]) {
    let top: UInt64 = host.addressBits < 64 ? 1 << UInt64(max(host.addressBits, 0)) : .max
    let size = layout.ram.reduce(0 as UInt64) { $0 &+ ($1.upperBound - $1.lowerBound) }
    if size < platform.leastMemory { result.append(.tooLittleMemory(size, least: platform.leastMemory)) }
    for bank in layout.ram.dropFirst() where (bank.upperBound - bank.lowerBound) % platform.memoryUnit != 0 {
      let rest = (bank.upperBound - bank.lowerBound) % platform.memoryUnit
      result.append(.memoryRest(rest, unit: platform.memoryUnit))
    }
    for bank in layout.ram {
      if !isInPages(bank) { result.append(.notInPages(.ram, bank)) }
      if bank.upperBound > top { result.append(.beyondAddresses(.ram, bank, bits: host.addressBits)) }
      for (part, range) in furniture where bank.overlaps(range) { result.append(.overlap(.ram, bank, part, range)) }
      for range in guest.mappings.map({ $0.guest }) where bank.overlaps(range) {
        result.append(.overlap(.ram, bank, .mapping, range))
      }
    }
    let banks = layout.ram.sorted { $0.lowerBound < $1.lowerBound }
    for (bank, next) in zip(banks, banks.dropFirst()) where bank.overlaps(next) {
      result.append(.overlap(.ram, bank, .ram, next))
    }
    for mapping in guest.mappings.map({ $0.guest }) {
      if !isInPages(mapping) { result.append(.notInPages(.mapping, mapping)) }
      for (part, range) in furniture where mapping.overlaps(range) {
        result.append(.overlap(.mapping, mapping, part, range))
      }
    }
  }

  private func isInPages(_ range: Range<UInt64>) -> Bool {
    range.lowerBound % SpecialPage.size == 0 && range.upperBound % SpecialPage.size == 0
  }

  // MARK: What is loaded

  private func judgeImages(_ result: inout [PlanRefusal]) {
    let size = UInt64(tree.blob.count)
    var images: [(part: PlanRefusal.Part, range: Range<UInt64>)] = [
      (.kernel, layout.kernelMemory), (.tree, layout.treeRoom),
    ]
    if let ramdisk = layout.ramdisk { images.append((.ramdisk, ramdisk)) }
    for (part, range) in images where !layout.ram.contains(where: { $0.contains(range) }) {
      result.append(.outsideRAM(part, range))
    }
    for page in layout.pages {
      // Pages in RAM must not be written over; pages elsewhere must not be RAM, which was looked at already.
      let range = page.address..<(page.address + SpecialPage.size)
      if layout.ram.contains(where: { $0.contains(range) }) { images.append((.page(page.kind), range)) }
    }
    let ordered = images.sorted { $0.range.lowerBound < $1.range.lowerBound }
    for (image, next) in zip(ordered, ordered.dropFirst()) where image.range.overlaps(next.range) {
      result.append(.overlap(image.part, image.range, next.part, next.range))
    }
    if layout.tree % 8 != 0 { result.append(.misaligned(.tree, address: layout.tree, unit: 8, offset: 0)) }
    if size > platform.treeLimit { result.append(.tooLarge(.tree, size: size, limit: platform.treeLimit)) }
    if case .image(let offset, _, _) = kernel {
      let unit: UInt64 = 2 << 20
      if layout.kernel.lowerBound % unit != offset % unit {
        result.append(.misaligned(.kernel, address: layout.kernel.lowerBound, unit: unit, offset: offset % unit))
      }
    }
    if !layout.kernel.contains(layout.entry) { result.append(.entryOutsideKernel(layout.entry, layout.kernel)) }
  }

  // MARK: Interrupts

  private func judgeInterrupts(_ result: inout [PlanRefusal]) {
    guard platform.hasGIC else { return }
    let needed = platform.neededInterrupts(guest)
    if platform.takesInterruptCount, let asked = guest.sharedInterruptCount {
      if asked > XenLimits.guestInterrupts {
        result.append(.tooManyInterrupts(asked, limit: XenLimits.guestInterrupts))
      }
      if asked < needed { result.append(.tooFewInterrupts(asked, needed: needed)) }
    }
    var taken: Set<UInt32> = guest.hasVPL011 ? [platform.vuartInterrupt] : []
    for number in guest.devices.indices { taken.insert(platform.deviceInterrupt(number)) }
    for interrupt in guest.interrupts {
      if interrupt < 32 || interrupt - 32 >= XenLimits.guestInterrupts {
        result.append(.interruptNotShared(interrupt))
      } else if !taken.insert(interrupt).inserted {
        result.append(.interruptTaken(interrupt))
      }
    }
  }

  private func judgeStartInfo(_ result: inout [PlanRefusal]) {
    guard platform.startInfo?.isLoaded == true, let bootargs = guest.bootargs,
      bootargs.count > BootInformation.commandLineLimit
    else { return }
    result.append(.commandLineTooLong(bootargs.count, limit: BootInformation.commandLineLimit))
  }

  private func judgeAnnouncements(_ result: inout [PlanRefusal]) {
    guard let asked = guest.announcements else { return }
    let rules = platform.announcements
    for kind in asked.subtracting(rules.possible).kinds { result.append(.cannotAnnounce(kind)) }
    for kind in rules.required.subtracting(asked).kinds { result.append(.mustAnnounce(kind)) }
    if !guest.devices.isEmpty, !asked.contains(.virtioMMIO) { result.append(.unannouncedDevices(guest.devices.count)) }
  }

  private func judgeFragment(_ result: inout [PlanRefusal]) {
    guard platform.hasGIC, !platform.takesControllerPhandle, let fragment = guest.fragment,
      case .phandle(let found)? = try? Fragment.controller(in: fragment), found != platform.controllerPhandle
    else { return }
    result.append(.danglingController(found, expected: platform.controllerPhandle))
  }
}

extension Range<UInt64> {
  fileprivate func contains(_ other: Range<UInt64>) -> Bool {
    lowerBound <= other.lowerBound && other.upperBound <= upperBound
  }
}

extension GuestPlatform {
  /// How many shared interrupts a guest cannot do without.
  func neededInterrupts(_ guest: Guest) -> UInt32 {
    guard hasGIC else { return 0 }
    var highest: UInt32 = guest.hasVPL011 ? vuartInterrupt + 1 : 32
    if !guest.devices.isEmpty { highest = max(highest, deviceInterrupt(guest.devices.count)) }
    for interrupt in guest.interrupts where interrupt < .max { highest = max(highest, interrupt + 1) }
    return highest - 32
  }
}
