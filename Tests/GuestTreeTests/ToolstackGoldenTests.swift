// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Foundation
import GuestTree
import Testing
import XenFacts

/// Trees that libxl wrote in a real dom0 under QEMU (`LIBXL_DEBUG_DUMP_DTB`), with GICv3 unless the name says GICv2:
/// `ToolstackGolden/<scenario>[.gicv2]-xen-<version>.dtb`. The kernel was a small `Image` of 7424 bytes unless said otherwise.
@Suite struct ToolstackGoldenTests {
  struct Scenario: Sendable, CustomStringConvertible {
    var name: String
    var guest: Guest
    var kernel = GuestLayout.Kernel.image(textOffset: 0, size: 7424)
    var versions = ["4.17", "4.20"]
    /// Whether there are trees of a GICv2 host as well.
    var isOnGICv2 = false

    var description: String { name }

    var trees: [(file: String, version: XenVersion, gic: HostFacts.GIC)] {
      versions.flatMap { version in
        (isOnGICv2 ? [HostFacts.GIC.v3, .v2] : [.v3]).map { gic in
          (
            "\(name)\(gic == .v2 ? ".gicv2" : "")-xen-\(version).dtb", XenVersion(version) ?? .newestKnown, gic
          )
        }
      }
    }
  }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("ToolstackGolden")

  static func bytes(_ file: String, in folder: URL = folder) -> [UInt8] {
    (try? Data(contentsOf: folder.appendingPathComponent(file))).map(Array.init) ?? []
  }

  private static func guest(_ megabytes: UInt64 = 64, cpus: Int = 1, _ change: (inout Guest) -> Void = { _ in })
    -> Guest
  {
    var guest = Guest(cpuCount: cpus, memory: megabytes << 20)
    change(&guest)
    return guest
  }

  static let scenarios: [Scenario] = [
    Scenario(name: "01-minimal", guest: guest(), isOnGICv2: true),
    Scenario(name: "03-vcpus-8", guest: guest(cpus: 8), isOnGICv2: true),
    Scenario(name: "06-mem-256", guest: guest(256), isOnGICv2: true),
    Scenario(name: "08-mem-33", guest: guest(33)),
    Scenario(name: "10-mem-3500", guest: guest(3500)),
    Scenario(
      name: "12-cmdline", guest: guest { $0.bootargs = Array("console=hvc0 root=/dev/xvda1 ro quiet".utf8) }),
    Scenario(name: "15-ramdisk-small", guest: guest { $0.ramdiskSize = 1_032_432 }),
    Scenario(
      name: "16-linux-ramdisk",
      guest: guest(256, cpus: 2) {
        $0.bootargs = Array("console=hvc0".utf8)
        $0.ramdiskSize = 1_032_432
      }, kernel: .image(textOffset: 0, size: 27_236_288, memory: 28_770_304), isOnGICv2: true),
    Scenario(
      name: "18-vuart",
      guest: guest {
        $0.bootargs = Array("console=ttyAMA0".utf8)
        $0.hasVPL011 = true
      }, isOnGICv2: true),
    Scenario(name: "23-virtio-disk", guest: guest { $0.devices = [.init(.disk)] }),
    Scenario(
      name: "25-virtio-disk-grant", guest: guest { $0.devices = [.init(.disk, grants: true)] }, versions: ["4.20"]),
    Scenario(name: "27-virtio-i2c", guest: guest { $0.devices = [.init(.virtio(0x22))] }),
    Scenario(
      name: "29-virtio-generic",
      guest: guest { $0.devices = [.init(.virtio(nil)), .init(.virtio(26), grants: true)] }),
    Scenario(
      name: "31-partial-dt",
      guest: guest {
        $0.fragment = bytes("pt-rtc.dtb", in: GoldenTests.folder)
        $0.interrupts = [34]
        $0.mappings = [.init(0x0901_0000..<0x0901_1000, machine: 0x0901_0000)]
      }),
    Scenario(
      name: "34-iomem-irqs",
      guest: guest {
        $0.interrupts = [34]
        $0.mappings = [.init(0x2400_0000..<0x2400_1000, machine: 0x0901_0000)]
      }),
    Scenario(name: "36-nr-spis", guest: guest { $0.sharedInterruptCount = 64 }, isOnGICv2: true),
    Scenario(
      name: "44-arm32", guest: guest { $0.width = .arm32 }, kernel: .anywhere(size: 0x70), isOnGICv2: true),
    Scenario(
      name: "47-partial-dt-phandle",
      guest: guest {
        $0.bootargs = Array("dumpfdt peek=0x9010000 sleep=1100 peek=0x9010000 off".utf8)
        $0.fragment = bytes("pt-rtc-fde8.dtb")
        $0.interrupts = [34]
        $0.mappings = [.init(0x0901_0000..<0x0901_1000, machine: 0x0901_0000)]
      }),
    Scenario(
      name: "50-maxvcpus-vuart-i2c",
      guest: guest(cpus: 4) {
        $0.startingCPUs = 2
        $0.hasVPL011 = true
        $0.devices = [.init(.virtio(0x22), grants: true), .init(.virtio(nil))]
      }),
  ]

  /// The seed of a tree, which is random.
  static func seed(in blob: [UInt8]) throws -> LateValue {
    let tree = try FlattenedTree(blob.span, tolerating: .propertiesAfterSubnodes)
    var events = tree.events()
    while let event = try events.next() {
      guard case .property(let property) = event, property.name == "rng-seed" else { continue }
      return try #require(LateValue(.randomSeed, bytes: property.value.array))
    }
    throw FlattenedTreeError(.noSuchProperty, at: 0)
  }

  static func tree(
    _ scenario: Scenario, _ version: XenVersion, _ gic: HostFacts.GIC, like golden: [UInt8],
    _ layout: GuestTree.BlobLayout
  ) throws -> GuestTree {
    var guest = scenario.guest
    guest.lateValues = [try seed(in: golden)]
    return try GuestTree(
      guest, kernel: scenario.kernel, host: HostFacts(gic: gic, cpuCompatible: Array("arm,cortex-a57\0".utf8)),
      platform: .xenArm(version), blobLayout: layout)
  }

  @Test(arguments: scenarios)
  func theTreeIsTheToolstacks(_ scenario: Scenario) throws {
    for (file, version, gic) in scenario.trees {
      let golden = Self.bytes(file)
      let made = try Self.tree(scenario, version, gic, like: golden, .standard)
      #expect(try listing(made.blob) == listing(golden), "\(file)")
    }
  }

  @Test(arguments: scenarios)
  func itsBytesAreTheToolstacksWhenLaidOutAsLibfdtDoes(_ scenario: Scenario) throws {
    for (file, version, gic) in scenario.trees {
      let golden = Self.bytes(file)
      let made = try Self.tree(scenario, version, gic, like: golden, .libfdt)
      let difference = zip(made.blob, golden).enumerated().first { $1.0 != $1.1 }?.offset
      #expect(made.blob == golden, "\(file): first difference at \(difference.map(String.init) ?? "the end")")
    }
  }

  @Test func everyGoldenTreeButThatWithACPIIsMade() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter { $0.contains("-xen-") }
    let made = Self.scenarios.flatMap { $0.trees.map(\.file) }
    #expect(Set(files) == Set(made + ["41-acpi-xen-4.17.dtb", "41-acpi-xen-4.20.dtb"]))
    #expect(files.count == 53)
  }

  @Test func kernelRamdiskAndTreeAreWhereTheToolstackPutThem() throws {
    func layout(_ name: String) throws -> GuestLayout {
      let scenario = try #require(Self.scenarios.first { $0.name == name })
      let (file, version, gic) = scenario.trees[0]
      return try Self.tree(scenario, version, gic, like: Self.bytes(file), .standard).layout
    }
    let minimal = try layout("01-minimal")
    #expect(minimal.kernel.lowerBound == 0x4000_0000)
    #expect(minimal.tree == 0x43ff_f000)
    let small = try layout("15-ramdisk-small")
    #expect(small.ramdisk == 0x43f0_2000..<0x43ff_f000)
    #expect(small.tree == 0x43ff_f000)
    let linux = try layout("16-linux-ramdisk")
    #expect(linux.ramdisk == 0x4800_0000..<0x480f_d000)
    #expect(linux.tree == 0x480f_d000)
    #expect(try layout("44-arm32").entry == 0x4000_8000)
  }
}
