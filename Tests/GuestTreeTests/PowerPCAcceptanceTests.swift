// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import GuestTree
import Testing

/// XenPPC's last generation, whole: every node, property, page and reservation of eight guests, worked out by hand from its builder.
/// The host is the one of ``PowerPCTests``.
@Suite struct PowerPCAcceptanceTests {
  struct Form: Sendable, CustomStringConvertible {
    var megabytes: UInt64
    var hasRamdisk: Bool
    var cpus: Int

    var description: String { "\(megabytes) MiB, \(cpus) CPUs, \(hasRamdisk ? "a" : "no") ramdisk" }
  }

  static let forms = [64, 512].flatMap { megabytes in
    [false, true].flatMap { hasRamdisk in
      [1, 4].map { Form(megabytes: megabytes, hasRamdisk: hasRamdisk, cpus: $0) }
    }
  }

  /// A big-endian ELF file of two pieces: 0x200 bytes at 0 that take 64 KiB, and 0x100 bytes at 128 KiB that end at 0x32345.
  static let elf: [UInt8] = {
    func big(_ value: UInt64, _ size: Int) -> [UInt8] {
      (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
    func piece(_ offset: UInt64, _ address: UInt64, _ size: UInt64, _ memory: UInt64) -> [UInt8] {
      big(1, 4) + big(5, 4) + big(offset, 8) + big(0xc000_0000_0000_0000 + address, 8) + big(address, 8) + big(size, 8)
        + big(memory, 8) + big(0x1000, 8)
    }
    var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 2, 1] + Array(repeating: 0, count: 9)
    bytes += big(2, 2) + big(21, 2) + big(1, 4) + big(0xc000_0000_0000_0100, 8) + big(64, 8) + big(0, 8) + big(0, 4)
    bytes += big(64, 2) + big(56, 2) + big(2, 2) + big(0, 6)
    bytes += piece(176, 0, 0x200, 0x1_0000) + piece(176 + 0x200, 0x2_0000, 0x100, 0x1_2345)
    return bytes + Array(repeating: 0x60, count: 0x300)
  }()

  static func plan(
    _ form: Form, timebase: UInt32 = 33_333_333,
    late: [LateValue?] = [
      LateValue(.domain, 3), LateValue(.consolePort, 1), LateValue(.storePort, 2),
    ]
  ) throws -> GuestPlan {
    var guest = Guest(cpuCount: form.cpus, memory: form.megabytes << 20)
    guest.bootargs = Array("console=hvc0".utf8)
    guest.ramdiskSize = form.hasRamdisk ? 5000 : nil
    guest.lateValues = late.compactMap { $0 }
    return try GuestPlan(
      guest, kernel: try KernelFile(elf, for: .xenPowerPC()).kernel, host: try PowerPCTests.host(timebase: timebase),
      platform: .xenPowerPC())
  }

  private func lines(_ form: Form) -> [String] {
    let ramdisk = [
      "/chosen: linux,initrd-start = 0000000000033000", "/chosen: linux,initrd-end = 0000000000035000",
    ]
    let rest = [
      "/memory@4000000/", "/memory@4000000: reg = 0000000004000000000000001c000000",
      "/memory@4000000: device_type = 6d656d6f727900",
    ]
    // The hash table takes a 64th of the RAM: 1 MiB or 8 MiB.
    let order = form.megabytes == 64 ? "14" : "17"
    return [
      "/", ": device_type = 636872702d6275742d6e6f742d7265616c6c7900", ": #size-cells = 00000002",
      ": #address-cells = 00000002", ": model = 4d6f6d656e74756d2c4d61706c652d4400",
      ": compatible = 4d6f6d656e74756d2c4d61706c6500",
      "/chosen/", "/chosen: cpu = 00000000", "/chosen: memory = 00000002",
      "/chosen: linux,stdout-path = 2f78656e2f636f6e736f6c6500", "/chosen: interrupt-controller = 00000001",
      "/chosen: bootargs = 636f6e736f6c653d6876633000",
    ] + (form.hasRamdisk ? ramdisk : []) + [
      "/xen/", "/xen: compatible = 58656e2d332e302d756e737461626c6500",
      "/xen: reg = 00000000000000030000000000000000", "/xen: shared-info = 0000000003fff0000000000000001000",
      "/xen: linux,phandle = 00000001",
      "/xen/console/", "/xen/console: reg = 0000000003ffe0000000000000001000",
      "/xen/console: interrupts = 0000000100000000",
      "/xen/store/", "/xen/store: reg = 0000000003ffd0000000000000001000",
      "/xen/store: interrupts = 0000000200000000",
      "/memory@0/", "/memory@0: reg = 00000000000000000000000004000000", "/memory@0: device_type = 6d656d6f727900",
      "/memory@0: linux,phandle = 00000002",
    ] + (form.megabytes > 64 ? rest : []) + [
      "/cpus/", "/cpus: smp-enabled = ", "/cpus: #size-cells = 00000000", "/cpus: #address-cells = 00000001",
      "/cpus/PowerPC,970@0/", "/cpus/PowerPC,970@0: device_type = 63707500", "/cpus/PowerPC,970@0: reg = 00000000",
      "/cpus/PowerPC,970@0: timebase-frequency = 01fca055", "/cpus/PowerPC,970@0: clock-frequency = 5f5e1000",
      "/cpus/PowerPC,970@0: d-cache-line-size = 00000080",
      "/cpus/PowerPC,970@0: ibm,pft-size = 00000000000000\(order)", "/cpus/PowerPC,970@0: linux,phandle = 00000000",
      "/cpus/PowerPC,970@0/l2-cache/", "/cpus/PowerPC,970@0/l2-cache: cache-unified = ",
    ]
  }

  @Test(arguments: forms)
  func everythingIsThere(_ form: Form) throws {
    let plan = try Self.plan(form)
    #expect(try listing(plan.tree.blob) == lines(form))

    let tree = try FlattenedTree(plan.tree.blob.span)
    var entries = tree.reservations
    var reserved: [String] = []
    while let entry = try entries.next() {
      reserved.append("\(String(entry.address, radix: 16))+\(String(entry.size, radix: 16))")
    }
    #expect(reserved == ["3fff000+1000", "3ffe000+1000", "3ffd000+1000"] + (form.hasRamdisk ? ["33000+2000"] : []))
    #expect(
      plan.layout.pages == [
        SpecialPage(.sharedInfo, at: 0x3ff_f000), SpecialPage(.console, at: 0x3ff_e000),
        SpecialPage(.store, at: 0x3ff_d000),
      ])
    // The ramdisk follows the page in which the kernel's last piece ends, and the tree follows the ramdisk.
    #expect(plan.layout.ramdisk == (form.hasRamdisk ? 0x3_3000..<0x3_5000 : nil))
    #expect(plan.layout.tree == (form.hasRamdisk ? 0x3_5000 : 0x3_3000))
    #expect(
      plan.layout.ram
        == (form.megabytes == 64 ? [0..<0x400_0000] : [0..<0x400_0000, 0x400_0000..<0x2000_0000]))
    #expect(plan.layout.entry == 0x100)
    #expect(plan.tree.blob.count % 16 == 0)
  }

  /// What is said of one property in two trees.
  private struct Change: Equatable {
    var property: String
    var from: String
    var to: String

    init(_ property: String, _ from: String, _ to: String) {
      self.property = property
      self.from = from
      self.to = to
    }
  }

  /// Each property of two trees side by side.
  private func changes(from one: [UInt8], to other: [UInt8]) throws -> [Change] {
    let (old, new) = (try listing(one), try listing(other))
    try #require(old.count == new.count)
    return zip(old, new).compactMap { old, new in
      guard old != new else { return nil }
      let (before, after) = (old.split(separator: " = "), new.split(separator: " = "))
      guard before.count == 2, after.count == 2, before[0] == after[0] else { return Change(old, old, new) }
      return Change(String(before[0]), String(before[1]), String(after[1]))
    }
  }

  @Test(arguments: forms)
  func movedToAnotherHostItsTimebaseAndPagesChange(_ form: Form) throws {
    let here = try Self.plan(form)
    let timebase = Change("/cpus/PowerPC,970@0: timebase-frequency", "01fca055", "00da79b0")
    let moved = try Self.plan(form, timebase: 14_318_000)
    #expect(try changes(from: here.tree.blob, to: moved.tree.blob) == [timebase])

    // The other host's toolstack chooses pages of its own.
    let elsewhere = try Self.plan(
      form, timebase: 14_318_000,
      late: [
        LateValue(.domain, 3), LateValue(.consolePort, 1), LateValue(.storePort, 2),
        LateValue(.sharedInfoPage, 0x3f0_f000), LateValue(.consolePage, 0x3f0_e000), LateValue(.storePage, 0x3f0_d000),
      ])
    #expect(
      try changes(from: here.tree.blob, to: elsewhere.tree.blob) == [
        Change("/xen: shared-info", "0000000003fff0000000000000001000", "0000000003f0f0000000000000001000"),
        Change("/xen/console: reg", "0000000003ffe0000000000000001000", "0000000003f0e0000000000000001000"),
        Change("/xen/store: reg", "0000000003ffd0000000000000001000", "0000000003f0d0000000000000001000"),
        timebase,
      ])
  }
}
