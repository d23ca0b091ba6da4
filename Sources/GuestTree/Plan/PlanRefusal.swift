// SPDX-License-Identifier: Apache-2.0

/// Why a guest is not planned: what its hypervisor would refuse, or take without a word and never explain.
public enum PlanRefusal: Hashable, Sendable {
  /// Something that has a place in a guest's addresses.
  public enum Part: Hashable, Sendable {
    case ram, kernel, ramdisk, tree
    case interruptController, console, devices, grantTable, magicPages
    /// The registers of a PCI host bridge and the windows behind it.
    case pciHost
    /// Registers of the machine that the guest has.
    case mapping
    case page(SpecialPage.Kind)
  }

  case noCPUs
  case tooManyCPUs(Int, limit: Int)
  case moreCPUsAtStart(Int, of: Int)
  /// The start or the end is not a multiple of a page.
  case notInPages(Part, Range<UInt64>)
  /// Two things that lie over each other. A kernel needs the room that it takes once it runs.
  case overlap(Part, Range<UInt64>, Part, Range<UInt64>)
  /// Not, or not as a whole, in one bank of RAM.
  case outsideRAM(Part, Range<UInt64>)
  /// Beyond the addresses that the host can give a guest.
  case beyondAddresses(Part, Range<UInt64>, bits: Int)
  /// At an address that is not so many bytes above a multiple of `unit`.
  case misaligned(Part, address: UInt64, unit: UInt64, offset: UInt64)
  case tooLarge(Part, size: UInt64, limit: UInt64)
  /// The first CPU would start outside of the kernel.
  case entryOutsideKernel(UInt64, Range<UInt64>)
  /// The guest is asked to have another interrupt controller than the host can give.
  case otherController(HostFacts.GIC)
  case tooManyInterrupts(UInt32, limit: UInt32)
  case tooFewInterrupts(UInt32, needed: UInt32)
  /// The interrupt is the machine's, and one that the guest has already or that no device can have.
  case interruptTaken(UInt32)
  case interruptNotShared(UInt32)
  case tooManyDevices(Int, limit: Int)
  /// The platform has no such way to tell a guest of its hypervisor.
  case cannotAnnounce(Announcements)
  /// The platform's guests cannot do without it.
  case mustAnnounce(Announcements)
  /// There are virtio devices, and the guest is not to be told of them.
  case unannouncedDevices(Int)
  /// The partial tree calls the interrupt controller by another phandle than the platform does, and the platform does not follow.
  case danglingController(UInt32, expected: UInt32)
  /// The command line has no room in the start-info page.
  case commandLineTooLong(Int, limit: Int)
  case tooLittleMemory(UInt64, least: UInt64)
  /// RAM behind the first bank is given in such units, and this rest would never appear although the tree tells of it.
  case memoryRest(UInt64, unit: UInt64)
  /// The guest cannot do without something that the host's tree does not tell.
  case noHostFact(HostFact)
}
