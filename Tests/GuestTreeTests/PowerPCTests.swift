// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import GuestTree
import Testing
import XenFacts

/// XenPPC's guests. What is expected was worked out by hand from its builder.
@Suite struct PowerPCTests {
  /// The tree of a machine with a PPC970: two CPUs with a cache each.
  static func host(timebase: UInt32) throws -> HostFacts {
    func cell(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    try writer.beginNode("cpus")
    try writer.property("#address-cells", cell(1))
    for number in 0..<2 as Range<UInt32> {
      try writer.beginNode("PowerPC,970@\(number)")
      try writer.property("device_type", Array("cpu\0".utf8))
      try writer.property("reg", cell(number))
      try writer.property("timebase-frequency", cell(timebase))
      try writer.property("clock-frequency", cell(1_600_000_000))
      try writer.property("d-cache-line-size", cell(128))
      try writer.property("ibm,pft-size", cell(0) + cell(24))
      try writer.property("linux,phandle", cell(0xff00 + number))
      try writer.beginNode("l2-cache")
      try writer.property("cache-unified", [])
      try writer.property("linux,phandle", cell(0xff80))
      try writer.endNode()
      try writer.endNode()
    }
    try writer.endNode()
    try writer.endNode()
    return HostFacts(gic: .v2, cpuCompatible: [], tree: try writer.finish())
  }

  /// A kernel of 3 MiB at 0 with 1 MiB of zeros behind it.
  static let kernel = GuestLayout.Kernel.program(
    GuestLayout.Program(
      segments: [.init(file: 0x1_0000..<0x31_0000, memory: 0..<0x40_0000)], entry: 0))

  static func plan(
    _ megabytes: UInt64, cpus: Int = 1, ramdisk: UInt64? = nil, timebase: UInt32 = 33_333_333,
    generation: PowerPCGeneration = .final, _ change: (inout Guest) -> Void = { _ in }
  ) throws -> GuestPlan {
    var guest = Guest(cpuCount: cpus, memory: megabytes << 20)
    guest.name = Array("g1".utf8)
    guest.bootargs = Array("console=hvc0".utf8)
    guest.ramdiskSize = ramdisk
    guest.lateValues = [
      LateValue(.domain, 5), LateValue(.consolePort, 1), LateValue(.storePort, 2),
    ].compactMap { $0 }
    change(&guest)
    return try GuestPlan(
      guest, kernel: kernel, host: try host(timebase: timebase), platform: .xenPowerPC(generation))
  }

  static func plan(_ megabytes: UInt64, on host: HostFacts) throws(GuestPlan.Failure) -> GuestPlan {
    try GuestPlan(Guest(cpuCount: 1, memory: megabytes << 20), kernel: kernel, host: host, platform: .xenPowerPC())
  }

  private func reservations(_ blob: [UInt8]) throws -> [String] {
    let tree = try FlattenedTree(blob.span)
    var list = tree.reservations
    var result: [String] = []
    while let entry = try list.next() {
      result.append("\(String(entry.address, radix: 16))+\(String(entry.size, radix: 16))")
    }
    return result
  }

  @Test func theLastGenerationsTree() throws {
    let plan = try Self.plan(512, cpus: 4, ramdisk: 0x10_0001)
    #expect(
      try listing(plan.tree.blob).map(readable) == [
        "/",
        ": device_type = chrp-but-not-really", ": #size-cells = 00000002", ": #address-cells = 00000002",
        ": model = Momentum,Maple-D", ": compatible = Momentum,Maple",
        "/chosen/",
        "/chosen: cpu = 00000000", "/chosen: memory = 00000002", "/chosen: linux,stdout-path = /xen/console",
        "/chosen: interrupt-controller = 00000001", "/chosen: bootargs = console=hvc0",
        "/chosen: linux,initrd-start = 0000000000400000", "/chosen: linux,initrd-end = 0000000000501000",
        "/xen/",
        "/xen: compatible = Xen-3.0-unstable", "/xen: reg = 00000000000000050000000000000000",
        "/xen: shared-info = 0000000003fff0000000000000001000", "/xen: linux,phandle = 00000001",
        "/xen/console/",
        "/xen/console: reg = 0000000003ffe0000000000000001000", "/xen/console: interrupts = 0000000100000000",
        "/xen/store/",
        "/xen/store: reg = 0000000003ffd0000000000000001000", "/xen/store: interrupts = 0000000200000000",
        "/memory@0/",
        "/memory@0: reg = 00000000000000000000000004000000", "/memory@0: device_type = memory",
        "/memory@0: linux,phandle = 00000002",
        "/memory@4000000/",
        "/memory@4000000: reg = 0000000004000000000000001c000000", "/memory@4000000: device_type = memory",
        "/cpus/",
        "/cpus: smp-enabled = ", "/cpus: #size-cells = 00000000", "/cpus: #address-cells = 00000001",
        "/cpus/PowerPC,970@0/",
        "/cpus/PowerPC,970@0: device_type = cpu", "/cpus/PowerPC,970@0: reg = 00000000",
        "/cpus/PowerPC,970@0: timebase-frequency = 01fca055", "/cpus/PowerPC,970@0: clock-frequency = 5f5e1000",
        "/cpus/PowerPC,970@0: d-cache-line-size = 00000080",
        "/cpus/PowerPC,970@0: ibm,pft-size = 0000000000000017", "/cpus/PowerPC,970@0: linux,phandle = 00000000",
        "/cpus/PowerPC,970@0/l2-cache/",
        "/cpus/PowerPC,970@0/l2-cache: cache-unified = ",
      ])
    #expect(try reservations(plan.tree.blob) == ["3fff000+1000", "3ffe000+1000", "3ffd000+1000", "400000+101000"])
    #expect(plan.tree.blob[20...27] == [0, 0, 0, 16, 0, 0, 0, 16] && plan.tree.blob.count % 16 == 0)
    #expect(plan.layout.tree == 0x50_1000)
    #expect(
      plan.entry.registers.map { "\($0.name)=\(String($0.value, radix: 16))" } == [
        "pc=0", "msr=0", "r1=0", "r3=501000", "r4=0", "r5=0", "r13=0",
      ])
    #expect(plan.entry.others == 0x5555_5555_5555_5555)
    #expect(plan.loads.first == .init(input: .kernel, source: 0x1_0000..<0x31_0000, memory: 0..<0x40_0000))
    #expect(plan.lateSlots.filter { !$0.isKnown }.isEmpty)
  }

  @Test func aSmallGuestHasRealModeMemoryOnly() throws {
    let plan = try Self.plan(64)
    let lines = try listing(plan.tree.blob)
    #expect(!lines.contains { $0.contains("initrd") || $0.hasPrefix("/memory@4") })
    #expect(try reservations(plan.tree.blob) == ["3fff000+1000", "3ffe000+1000", "3ffd000+1000"])
    #expect(plan.layout.pages.map(\.address) == [0x3ff_f000, 0x3ff_e000, 0x3ff_d000])
  }

  @Test func onAnotherHostOnlyItsTimebaseChanges() throws {
    let one = try listing(Self.plan(512).tree.blob)
    let other = try listing(Self.plan(512, timebase: 14_318_000).tree.blob)
    #expect(Set(other).subtracting(one) == ["/cpus/PowerPC,970@0: timebase-frequency = 00da79b0"])
    #expect(one.count == other.count)
  }

  @Test func theTreesOf2006() throws {
    let second = try Self.plan(512, cpus: 2, ramdisk: 4096, generation: .second)
    let lines = try listing(second.tree.blob).map(readable)
    #expect(lines.contains("/memory@1: reg = 0000000004000000000000001c000000"))
    #expect(lines.contains("/xen: start-info = 0000000003ffc0000000000000001000"))
    #expect(lines.contains("/xen: domain-name = g1"))
    #expect(lines.contains("/cpus/PowerPC,970@1: reg = 00000000"))
    #expect(
      lines.filter { $0.hasSuffix("linux,phandle = 00000001") } == ["/cpus/PowerPC,970@0: linux,phandle = 00000001"])
    #expect(lines.contains("/chosen: linux,initrd-start = 0000000001800000"))
    #expect(second.layout.tree == 0x100_0000)
    #expect(try reservations(second.tree.blob) == ["3ffc000+4000", "1800000+1000"])

    let first = try Self.plan(512, cpus: 2, generation: .first)
    let old = try listing(first.tree.blob).map(readable)
    #expect(old.contains("/memory@0: reg = 00000000000000000000000020000000"))
    #expect(old.filter { $0.hasPrefix("/cpus/PowerPC,970@") && $0.hasSuffix("/") && !$0.contains("cache") }.count == 1)
    #expect(old.contains("/chosen: linux,initrd-end = 0000000000000000"))
  }

  @Test func whatDoesNotFitIsRefused() throws {
    func refusals(_ megabytes: UInt64, ramdisk: UInt64? = nil, host: Bool = true) throws -> [PlanRefusal] {
      var guest = Guest(cpuCount: 1, memory: megabytes << 20)
      guest.ramdiskSize = ramdisk
      let facts = host ? try Self.host(timebase: 1) : HostFacts(gic: .v2, cpuCompatible: [])
      do throws(GuestPlan.Failure) {
        _ = try GuestPlan(guest, kernel: Self.kernel, host: facts, platform: .xenPowerPC())
      } catch {
        if case .refused(let refusals) = error { return refusals }
      }
      return []
    }
    let little = try refusals(32)
    #expect(little.first == .tooLittleMemory(32 << 20, least: 64 << 20))
    #expect(try refusals(72) == [.memoryRest(8 << 20, unit: 16 << 20)])
    #expect(try refusals(64, host: false) == [.noHostFact(.cpu)])
    // The ramdisk reaches into the special pages, all of which must be reached in real mode.
    #expect(
      try refusals(64, ramdisk: (59 << 20) + 0xfd000) == [
        .overlap(.tree, 0x3ff_d000..<0x3ff_e000, .page(.store), 0x3ff_d000..<0x3ff_e000)
      ])
  }
}

/// A line of a listing with its value as text where it is one string.
private func readable(_ line: String) -> String {
  let parts = line.split(separator: " = ", maxSplits: 1)
  guard parts.count == 2 else { return line }
  let digits = Array(parts[1])
  let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
  guard bytes.count > 1, bytes.last == 0, bytes.dropLast().allSatisfy({ (0x20..<0x7f).contains($0) }) else {
    return line
  }
  return "\(parts[0]) = \(String(decoding: bytes.dropLast(), as: UTF8.self))"
}
