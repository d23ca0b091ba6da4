// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Foundation
import GuestTree
import Testing
import XenFacts

@testable import SystemFiles

/// Descriptions of single guests.
@Suite struct GuestDescriptionTests {
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("grove-\(UUID().uuidString)").path

    init() throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      var kernel = [UInt8](repeating: 0, count: 4096)
      kernel.replaceSubrange(0x38..<0x3C, with: [0x41, 0x52, 0x4D, 0x64])
      try Data(kernel).write(to: URL(fileURLWithPath: path + "/Image"))
      try Data("a ramdisk".utf8).write(to: URL(fileURLWithPath: path + "/ramdisk"))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func load(_ yaml: String, version: XenVersion? = nil) throws -> LoadedGuest {
      try Data("grove: 1\n\(yaml)".utf8).write(to: URL(fileURLWithPath: path + "/guest.yaml"))
      var options = LoadOptions()
      options.version = version
      return try loadGuest(path + "/guest.yaml", options: options)
    }

    func messages(_ yaml: String) throws -> [String] {
      let failure = #expect(throws: LoadFailure.self) { try load(yaml) }
      return failure?.failure.diagnostics.map { "\($0.rule): \($0.message)" } ?? []
    }
  }

  private let start = "platform: xen-arm64\nkernel: Image\n"

  @Test func waysOfAnnouncingAreRead() throws {
    let folder = try Folder()
    #expect(try folder.load(start + "memory: 64 MiB\n").guest.announcements == nil)
    #expect(try folder.load(start + "memory: 64 MiB\nannounce: []\n").guest.announcements == [])
    let loaded = try folder.load(start + "memory: 64 MiB\nannounce: [xenbus, virtio-pci]\n")
    #expect(loaded.guest.announcements == [.xenbus, .virtioPCI])
    #expect(
      try folder.messages(start + "memory: 64 MiB\nannounce: [xenbus, virtio]\n") == [
        "guest-announce: `announce` is a list of xenbus, virtio-mmio, virtio-pci"
      ])
  }

  @Test func everyKeyReachesTheGuest() throws {
    let loaded = try Folder().load(
      """
      name: demo
      platform: xen-arm64
      xen: "4.20"
      host: {gic: v2, address-bits: 44}
      kernel: {file: Image, address: 0x40200000}
      ramdisk: {file: ramdisk, address: 0x43000000}
      tree-address: 0x43800000
      bootargs: quiet
      ram: [{address: 0x40000000, size: 64 MiB}, {address: 0x200000000, size: 16 MiB}]
      cpus: 4
      starting-cpus: 2
      console: vpl011
      devices:
        - {type: disk, backend: 3}
        - {type: i2c, grants: true}
        - {type: 0x1a}
        - {type: virtio}
      interrupts: [40, 41]
      mappings: [{address: 0x9010000, size: 4 KiB, machine: 0xff110000}]
      shared-interrupts: 64
      acpi-tables: {address: 0x20000000, size: 8 KiB}
      late: {random-seed: {hex: "\(String(repeating: "5a", count: 128))"}}
      """)
    var guest = Guest(cpuCount: 4, memory: 80 << 20)
    guest.name = Array("demo".utf8)
    guest.pins = .init(kernel: 0x4020_0000, ramdisk: 0x4300_0000, tree: 0x4380_0000)
    guest.ramdiskSize = 9
    guest.bootargs = Array("quiet".utf8)
    guest.ramBanks = [0x4000_0000..<0x4400_0000, 0x2_0000_0000..<0x2_0100_0000]
    guest.startingCPUs = 2
    guest.hasVPL011 = true
    guest.devices = [
      .init(.disk, backend: 3), .init(.virtio(0x22), grants: true), .init(.virtio(26)), .init(.virtio(nil)),
    ]
    guest.interrupts = [40, 41]
    guest.mappings = [.init(0x0901_0000..<0x0901_1000, machine: 0xff11_0000)]
    guest.sharedInterruptCount = 64
    guest.acpiTables = 0x2000_0000..<0x2000_2000
    guest.lateValues = [LateValue(.randomSeed, bytes: Array(repeating: 0x5a, count: 128))].compactMap { $0 }
    #expect(loaded.guest == guest)
    #expect(loaded.host.gic == .v2 && loaded.host.addressBits == 44)
    #expect(loaded.platform.version == XenVersion(4, 20))
    #expect(loaded.ramdisk == Array("a ramdisk".utf8))
  }

  /// A guest for which there is no place is told of in these words.
  @Test(arguments: [
    ("memory: 1 TiB", "the guest asks for more RAM than its platform has room for"),
    (
      "ram: [{address: 0x40000000, size: 4 KiB}]\nramdisk: ramdisk",
      "the first bank of RAM has no room for the tree and the ramdisk beside the kernel"
    ),
    ("ram: [{address: 0x40000000, size: 2 KiB}]", "the kernel does not fit into the first bank of RAM"),
  ])
  func aGuestWithoutAPlaceIsRefused(_ text: String, _ message: String) throws {
    let failure = #expect(throws: Failure.self) { try Folder().load(start + text + "\n").plan() }
    #expect(failure?.diagnostics.map(\.message) == [message])
  }

  @Test func additionsAreASourceOrABlob() throws {
    let folder = try Folder()
    func write(_ name: String, _ bytes: [UInt8]) throws {
      try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/" + name))
    }
    try write("own.dts", Array("/dts-v1/; / { own: own-node { }; other { at = <&own>; }; };".utf8))
    let loaded = try folder.load(start + "memory: 64 MiB\nmodel: A machine of our own\nadditions: own.dts\n")
    #expect(loaded.guest.model == Array("A machine of our own".utf8))
    let blob = try #require(loaded.guest.additions)
    try write("own.dtb", blob)
    #expect(try folder.load(start + "memory: 64 MiB\nadditions: own.dtb\n").guest.additions == blob)
    let tree = try loaded.plan().tree.blob
    #expect(tree.count > blob.count)

    try write("overlay.dts", Array("/dts-v1/; /plugin/; &{/} { own { }; };".utf8))
    #expect(
      try folder.messages(start + "memory: 64 MiB\nadditions: overlay.dts\n") == [
        "guest-plan: the additions to the tree are an overlay"
      ])
    try write("wrong.dts", Array("/dts-v1/; / { own = <&nobody>; };".utf8))
    #expect(try folder.messages(start + "memory: 64 MiB\nadditions: wrong.dts\n").count == 1)
    #expect(
      try folder.messages(start + "memory: 64 MiB\nmodel: \"a\\tb\"\n") == [
        "yaml-structure: `model` is one line of text"
      ])
    try write("taken.dts", Array("/dts-v1/; / { memory@80000000 { }; };".utf8))
    let failure = #expect(throws: Failure.self) {
      try folder.load(start + "memory: 64 MiB\nadditions: taken.dts\n").plan()
    }
    #expect(failure?.diagnostics.first?.hint == "use the keys memory, ram and cpus")
  }

  @Test func theCommandLinesVersionWins() throws {
    let loaded = try Folder().load(start + "memory: 64 MiB\nxen: \"4.20\"\n", version: XenVersion(4, 17))
    #expect(loaded.platform.version == XenVersion(4, 17))
  }

  @Test func whatIsWrongIsSaidAllAtOnce() throws {
    #expect(
      try Folder().messages("platform: xen-arm\nkernel: Image\nmemry: 64 MiB\n") == [
        "unknown-key: unknown key `memry` in the guest", "guest-platform: no platform is called `xen-arm`",
        "guest-memory: the guest has no `memory`",
      ])
    #expect(
      try Folder().messages(start + "memory: 64 MiB\nconsole: vga\ndevices: [{type: disc}]\ninterrupts: [x]\n") == [
        "console-kind: the console is `vga`, not vpl011 or none",
        "guest-device: a device's type is disk, i2c, gpio, virtio or the number of a virtio device, not `disc`",
        "yaml-structure: an interrupt is a number",
      ])
    #expect(
      try Folder().messages(start + "memory: 64 MiB\nlate: {domain: x, random-seed: 5, sead: 1}\n") == [
        "unknown-key: unknown key `sead` in `late`",
        "guest-late: `domain` should be a number or {hex: …} of 8 bytes",
        "guest-late: `random-seed` should be a number or {hex: …} of 128 bytes",
      ])
    #expect(
      try Folder().messages("platform: xen-ppc64\nkernel: Image\nmemory: 64 MiB\n") == [
        "kernel-format: the kernel Image: this is no ELF file"
      ])
    #expect(
      try Folder().messages("platform: xen-arm32\nkernel: Image\nmemory: 64 MiB\n") == [
        "guest-platform: the kernel runs in 64-bit mode, and the platform is xen-arm32"
      ])
    #expect(
      try Folder().messages(start + "ram: [{address: 0xffffffffffff0000, size: 64 MiB}, {address: 1}]\n").first
        == "yaml-structure: a bank of `ram` goes past the last address")
    #expect(
      try Folder().messages(start + "memory: 64 MiB\nramdisk: ../x\n") == [
        "file-outside: the ramdisk ../x is outside the description's folder"
      ])
  }

  @Test func numbersThatMakeNoGuestAreRefused() throws {
    let wrong = [
      "cpus: 4294967295", "memory: 16000000 TiB", "tree-address: 0xffffffffffffffff", "shared-interrupts: 4294967295",
    ]
    for keys in wrong {
      let yaml = start + (keys.hasPrefix("memory") ? "" : "memory: 64 MiB\n") + keys + "\n"
      #expect(throws: (any Error).self) { try Folder().load(yaml).plan() }
    }
  }
}
