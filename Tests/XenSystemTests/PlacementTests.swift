// SPDX-License-Identifier: Apache-2.0
import BootImages
import DeviceTree
import Diagnostics
import Machine
import Testing
import XenFacts
import XenSystem

/// A system on a machine with RAM at [0x40000000, 0x40000000 + ram).
private func system(ram: UInt64 = 1 << 30, _ domains: [Domain]) -> (system: XenSystem, machine: Machine) {
  var tree = DeviceTree()
  tree.set("#address-cells", .cell(2), on: tree.root)
  tree.set("#size-cells", .cell(2), on: tree.root)
  let memory = tree.addChild("memory@40000000", to: tree.root)
  tree.set("device_type", .string("memory"), on: memory)
  tree.set("reg", .cells([0, 0x4000_0000, UInt32(ram >> 32), UInt32(truncatingIfNeeded: ram)]), on: memory)
  let release = XenRelease(version: XenVersion(4, 20), source: .option)
  let system = XenSystem(
    hypervisor: Hypervisor(release: release), host: Host(file: "host.dts", tree: tree), domains: domains)
  return (system, Machine(tree))
}

private func module(_ kind: ModuleKind, _ name: String, size: Int, at address: UInt64? = nil) -> Module {
  var bytes = [UInt8](repeating: 0, count: size)
  // An arm64 Image, as far as its header goes.
  if kind == .kernel { bytes.replaceSubrange(0x38..<0x3C, with: [0x41, 0x52, 0x4D, 0x64]) }
  return Module(
    kind: kind, file: BootFile(name: name, bytes: bytes),
    image: kind == .kernel ? try? BootImage(kernel: bytes) : nil, address: address.map { Sourced($0) })
}

private func guest(_ name: String, kernel: Module, ramdisk: Module? = nil) -> Domain {
  var domain = Domain(name: Sourced(name))
  domain.kernel = kernel
  domain.ramdisk = ramdisk
  return domain
}

@Suite struct PlacementTests {
  @Test func loadsLieAtTheLowestFreeMultiplesOfTwoMiB() throws {
    let (system, machine) = system([
      guest("domA", kernel: module(.kernel, "a", size: 5000), ramdisk: module(.ramdisk, "r", size: 100))
    ])
    let spots = [Spot(range: 0x4000_0000..<0x4000_0001, name: "the loader")]
    let placement = try system.place(loads: system.loads, around: spots, in: machine)
    #expect(placement.ranges == [0x4020_0000..<0x4020_1388, 0x4040_0000..<0x4040_0064])
  }

  @Test func oneByteOverAnEdgeMovesTheNextLoad() throws {
    let edge = 2 << 20
    for (size, next) in [(edge, 0x4020_0000), (edge + 1, 0x4040_0000)] as [(Int, UInt64)] {
      let (system, machine) = system([
        guest("domA", kernel: module(.kernel, "a", size: size), ramdisk: module(.ramdisk, "r", size: 100))
      ])
      let placement = try system.place(loads: system.loads, around: [], in: machine)
      #expect(placement.ranges[0] == 0x4000_0000..<0x4000_0000 + UInt64(size))
      #expect(placement.ranges[1].lowerBound == next)
    }
  }

  @Test func aPinnedLoadKeepsItsAddressAndOthersGoAround() throws {
    let (system, machine) = system([
      guest("domA", kernel: module(.kernel, "a", size: 5000)),
      guest("domB", kernel: module(.kernel, "b", size: 5000, at: 0x4000_0000)),
    ])
    let placement = try system.place(loads: system.loads, around: [], in: machine)
    #expect(placement.ranges == [0x4020_0000..<0x4020_1388, 0x4000_0000..<0x4000_1388])
  }

  @Test func aPinnedAddressThatIsTakenIsRefusedWithBothParties() {
    let (system, machine) = system([guest("domA", kernel: module(.kernel, "a", size: 4096, at: 0x4800_0000))])
    let spots = [Spot(range: 0x4800_0000..<0x4820_0000, name: "the device tree")]
    let failure = #expect(throws: Failure.self) {
      try system.place(loads: system.loads, around: spots, in: machine)
    }
    #expect(
      failure?.diagnostics.map(\.message) == [
        "domA's kernel a at [0x48000000, 0x48001000), 4 KiB overlaps the device tree at [0x48000000, 0x48200000), 2 MiB"
      ])
    #expect(failure?.diagnostics.map(\.rule) == ["module-overlap"])
  }

  @Test func aPinnedAddressOutsideRAMIsRefused() {
    let (system, machine) = system([guest("domA", kernel: module(.kernel, "a", size: 4096, at: 0x1000))])
    let failure = #expect(throws: Failure.self) {
      try system.place(loads: system.loads, around: [], in: machine)
    }
    #expect(
      failure?.diagnostics.map(\.message) == [
        "domA's kernel a at [0x1000, 0x2000), 4 KiB is not in RAM: the host has [0x40000000, 0x80000000), 1 GiB"
      ])
  }

  @Test func whatDoesNotFitIsNamedWithTheLargestFreePiece() {
    let (system, machine) = system(
      ram: 4 << 20,
      [
        guest("domA", kernel: module(.kernel, "a", size: 3 << 20), ramdisk: module(.ramdisk, "r", size: 3 << 20))
      ])
    let failure = #expect(throws: Failure.self) {
      try system.place(loads: system.loads, around: [], in: machine)
    }
    #expect(
      failure?.diagnostics.map(\.message) == [
        "no room for domA's ramdisk r, 3 MiB: the largest free piece of RAM is [0x40300000, 0x40400000), 1 MiB"
      ])
  }

  @Test func thirtyModulesPlaceWithoutOverlap() throws {
    let (system, machine) = system(
      (0..<15).map { index in
        guest(
          "dom\(index)", kernel: module(.kernel, "k\(index)", size: 3 << 20),
          ramdisk: module(.ramdisk, "r\(index)", size: 1))
      })
    let ranges = try system.place(loads: system.loads, around: [], in: machine).ranges.sorted {
      $0.lowerBound < $1.lowerBound
    }
    #expect(ranges.count == 30)
    for (first, second) in zip(ranges, ranges.dropFirst()) { #expect(first.upperBound <= second.lowerBound) }
  }

  @Test func staticMemoryOfADomainIsLeftFree() throws {
    var domain = guest("domA", kernel: module(.kernel, "a", size: 4096))
    domain.properties = [.init("xen,static-mem", .cells([0, 0x4000_0000, 0, 0x1000_0000]))]
    let (system, machine) = system([domain])
    let placement = try system.place(loads: system.loads, around: [], in: machine)
    #expect(placement.ranges[0].lowerBound == 0x5000_0000)
  }
}

@Suite struct LoadTests {
  @Test func oneRawKernelServesAllGuests() {
    let kernel = module(.kernel, "Image", size: 4096)
    let (system, _) = system([guest("domA", kernel: kernel), guest("domB", kernel: kernel)])
    #expect(system.loads.map(\.users.count) == [2])
  }

  @Test func aKernelThatXenUnpacksIsLoadedForEachGuest() {
    var kernel = module(.kernel, "Image.gz", size: 4096)
    kernel.image = nil
    let (system, _) = system([guest("domA", kernel: kernel), guest("domB", kernel: kernel)])
    #expect(system.loads.map(\.users.count) == [1, 1])
  }

  @Test func dom0HasACopyOfItsOwn() {
    let kernel = module(.kernel, "Image", size: 4096)
    var dom0 = guest("dom0", kernel: kernel)
    dom0.isDom0 = true
    let (system, _) = system([dom0, guest("domA", kernel: kernel), guest("domB", kernel: kernel)])
    #expect(system.loads.map(\.users.count) == [1, 2])
    #expect(system.loads.map(\.title) == ["dom0's kernel Image", "domA's kernel Image"])
  }

  @Test func oneFileInTwoRolesIsTwoLoads() {
    let (system, _) = system([
      guest("domA", kernel: module(.kernel, "file", size: 4096), ramdisk: module(.ramdisk, "file", size: 4096))
    ])
    #expect(system.loads.count == 2)
  }
}
