// SPDX-License-Identifier: Apache-2.0
internal import XenFacts

// What is known of a guest, put into values and unit addresses.
extension GuestTreeWriter {
  /// A fact as a number, for a unit address. It changes nothing, but Swift 6.3 copies the writer for calls that do not say they do.
  mutating func address(_ fact: Fact) -> UInt64 {
    switch fact {
    case .cpuIdentity: UInt64(GuestTree.cpuIdentity(item))
    case .hartNumber: UInt64(max(item, 0))
    case .memory: layout.ram.first?.lowerBound ?? 0
    case .bank: bank(item).lowerBound
    case .firstBank: bank(0).lowerBound
    case .secondBank: bank(1).lowerBound
    case .controllerRegisters: controllerRegisters.first?.lowerBound ?? 0
    case .vuart: vuart.lowerBound
    case .sharedMemory: sharedMemory?.range.lowerBound ?? 0
    case .deviceRegisters: deviceRegisters.lowerBound
    case .acpiTables: guest.acpiTables?.lowerBound ?? 0
    default: 0
    }
  }

  /// Appends a fact to the value that is being made.
  mutating func append(_ fact: Fact) {
    switch fact {
    case .bootargs: append(string: guest.bootargs ?? [])
    case .guestName: append(string: guest.name)
    case .memory:
      for range in layout.ram { composer.buffer.append(range: range) }
      if platform.listsSharedMemory {
        for region in guest.sharedMemory { composer.buffer.append(range: region.range) }
      }
    case .bank: composer.buffer.append(range: bank(item))
    case .firstBank: composer.buffer.append(range: bank(0))
    case .secondBank: composer.buffer.append(range: bank(1))
    case .wholeMemory:
      composer.buffer.append(number: layout.ram.first?.lowerBound ?? 0)
      composer.buffer.append(number: layout.ram.reduce(0 as UInt64) { $0 &+ ($1.upperBound - $1.lowerBound) })
    case .cpuIdentity: composer.buffer.append(cell: GuestTree.cpuIdentity(item))
    case .hartNumber: composer.buffer.append(cell: UInt32(truncatingIfNeeded: item))
    case .hartControllerPhandle: composer.buffer.append(cell: hartController(item))
    case .hartInterrupts(let first, let second):
      for number in 0..<max(guest.cpuCount, 0) {
        for interrupt in [first, second] {
          composer.buffer.append(cell: hartController(number))
          composer.buffer.append(cell: interrupt)
        }
      }
    case .hostCPUCompatible: composer.buffer.append(contentsOf: host.cpuCompatible)
    case .hostCPUFrequency: composer.buffer.append(contentsOf: host.cpuClockFrequency ?? [])
    case .timerFrequency: composer.buffer.append(cell: host.timerFrequency ?? 0)
    case .controllerPhandle: composer.buffer.append(cell: controller)
    case .controllerRegisters:
      for range in controllerRegisters { composer.buffer.append(range: range) }
    case .redistributorCount:
      composer.buffer.append(cell: UInt32(truncatingIfNeeded: controllerRegisters.count - 1))
    case .vuart: composer.buffer.append(range: vuart.lowerBound..<(vuart.lowerBound + 0x1000))
    case .vuartInterrupt:
      append(interrupt: guest.directMap?.uartInterrupt ?? platform.vuartInterrupt, .levelHigh)
    case .version:
      composer.buffer.append(decimal: UInt64(max(platform.version.major, 0)))
      composer.buffer.append(UInt8(ascii: "."))
      composer.buffer.append(decimal: UInt64(max(platform.version.minor, 0)))
      composer.buffer.append(0)
    case .foreignMemory:
      composer.buffer.append(range: platform.map.grantTable)
      for range in extendedRegions() { composer.buffer.append(range: range) }
    case .sharedMemory: composer.buffer.append(range: sharedMemory?.range ?? 0..<0)
    case .sharedMemoryID: composer.buffer.append(contentsOf: sharedMemory?.id ?? [])
    case .deviceRegisters: composer.buffer.append(range: deviceRegisters)
    case .deviceInterrupt: append(interrupt: platform.deviceInterrupt(item), .edgeRising)
    case .deviceBackend: composer.buffer.append(cell: guest.devices[item].backend)
    case .acpiTables: composer.buffer.append(range: guest.acpiTables ?? 0..<0)
    case .hashTableOrder: composer.buffer.append(cell: hashTableOrder)
    }
  }

  private mutating func append(string: [UInt8]) {
    composer.buffer.append(contentsOf: string)
    composer.buffer.append(0)
  }

  /// An interrupt of the GIC in three cells. The mask of CPUs, which is there for the first four, is Xen's.
  private mutating func append(interrupt id: UInt32, _ type: InterruptType) {
    let isPrivate = id < 32
    composer.buffer.append(cell: isPrivate ? 1 : 0)
    composer.buffer.append(cell: id &- (isPrivate ? 16 : 32))
    composer.buffer.append(cell: platform.interruptMask | type.rawValue)
  }

  private func bank(_ number: Int) -> Range<UInt64> {
    layout.ram.indices.contains(number) ? layout.ram[number] : 0..<0
  }

  private func hartController(_ number: Int) -> UInt32 {
    platform.firstCPUControllerPhandle &+ UInt32(truncatingIfNeeded: number)
  }

  private var sharedMemory: Guest.SharedMemory? {
    guest.sharedMemory.indices.contains(item) ? guest.sharedMemory[item] : nil
  }

  private var vuart: Range<UInt64> { guest.directMap?.uart ?? platform.map.vpl011 }

  private var deviceRegisters: Range<UInt64> { platform.deviceRegisters(item) }

  private var controllerRegisters: [Range<UInt64>] {
    platform.controllerRegisters(of: guest, host.gic)
  }

  /// PowerPC's page table is a hash table: a 64th of the RAM, or what was asked for.
  private var hashTableOrder: UInt32 {
    let megabytes = max(guest.memory >> 26, guest.hashTable >> 20, 1)
    return 20 + UInt32(63 - megabytes.leadingZeroBitCount)
  }
}

/// How an interrupt comes, as the GIC's binding numbers it.
enum InterruptType: UInt32 {
  case edgeRising = 1
  case levelHigh = 4
  case levelLow = 8
}
