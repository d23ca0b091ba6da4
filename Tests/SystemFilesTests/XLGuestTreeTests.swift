// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import FlattenedTree
import Foundation
import GuestTree
import SystemFiles
import Testing
import XLConfig
import XenFacts

/// From configurations that a real xl was started with, the trees that libxl made of them, byte for byte.
@Suite struct XLGuestTreeTests {
  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("GuestTreeTests")

  private static func bytes(_ file: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: golden.appendingPathComponent(file)))
  }

  struct Scenario: Sendable, CustomStringConvertible {
    var description: String
    var config: String
    var kernel = GuestLayout.Kernel.image(textOffset: 0, size: 7424)
    var width = Guest.Width.arm64
    /// The partial tree, of the golden trees' folders.
    var fragment: String?

    init(_ name: String, _ config: String) {
      description = name
      self.config = "name = \"g\"\nkernel = \"/t/payload\"\nmemory = 64\n" + config
    }

    func with(_ change: (inout Scenario) -> Void) -> Scenario {
      var scenario = self
      change(&scenario)
      return scenario
    }
  }

  private static let rtc = "device_tree = \"/t/pt.dtb\"\niomem = [ \"0x9010,1\" ]\nirqs = [ 34 ]\n"

  static let scenarios = [
    Scenario("01-minimal", "vcpus = 1\n"),
    Scenario("03-vcpus-8", "vcpus = 8\n"),
    Scenario("06-mem-256", "memory = 256\n"),
    Scenario("08-mem-33", "memory = 33\n"),
    Scenario("10-mem-3500", "memory = 3500\n"),
    Scenario("12-cmdline", "cmdline = \"console=hvc0 root=/dev/xvda1 ro quiet\"\n"),
    Scenario("15-ramdisk-small", "ramdisk = \"/t/domu.gz\"\n"),
    Scenario(
      "16-linux-ramdisk", "memory = 256\nvcpus = 2\ncmdline = \"console=hvc0\"\nramdisk = \"/t/domu.gz\"\n"
    ).with { $0.kernel = .image(textOffset: 0, size: 27_236_288, memory: 28_770_304) },
    Scenario("18-vuart", "cmdline = \"console=ttyAMA0\"\nvuart = \"sbsa_uart\"\n"),
    Scenario("23-virtio-disk", "disk = [ 'vdev=xvda,backendtype=standalone,specification=virtio,target=/d' ]\n"),
    Scenario(
      "25-virtio-disk-grant",
      "disk = [ 'vdev=xvda,backendtype=standalone,specification=virtio,grant_usage=1,target=/d' ]\n"),
    Scenario("27-virtio-i2c", "virtio = [ \"type=virtio,device22,transport=mmio\" ]\n"),
    Scenario(
      "29-virtio-generic",
      "virtio = [ 'type=virtio,device,transport=mmio', 'type=virtio,device1a,transport=mmio,grant_usage=1' ]\n"),
    Scenario("31-partial-dt", rtc).with { $0.fragment = "Golden/pt-rtc.dtb" },
    Scenario("34-iomem-irqs", "iomem = [ \"0x9010,1@0x24000\" ]\nirqs = [ 34 ]\n"),
    Scenario("36-nr-spis", "nr_spis = 64\n"),
    Scenario("44-arm32", "kernel = \"/t/payload32\"\n").with {
      $0.kernel = .anywhere(size: 0x70)
      $0.width = .arm32
    },
    Scenario("47-partial-dt-phandle", "cmdline = \"dumpfdt peek=0x9010000 sleep=1100 peek=0x9010000 off\"\n" + rtc)
      .with { $0.fragment = "ToolstackGolden/pt-rtc-fde8.dtb" },
    Scenario(
      "50-maxvcpus-vuart-i2c",
      """
      vcpus = 2
      maxvcpus = 4
      vuart = "sbsa_uart"
      virtio = [ "type=virtio,device22,transport=mmio,grant_usage=1", "type=virtio,device,transport=mmio" ]

      """),
  ]

  @Test(arguments: scenarios)
  func theTreeIsThatOfLibxl(_ scenario: Scenario) throws {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: Self.golden.appendingPathComponent("ToolstackGolden").path
    ).filter { $0.hasPrefix(scenario.description + "-xen-") || $0.hasPrefix(scenario.description + ".gicv2-xen-") }
    #expect(!files.isEmpty)
    for file in files {
      let golden = try Self.bytes("ToolstackGolden/" + file)
      let version = file.contains("-xen-4.17") ? XenVersion(4, 17) : XenVersion(4, 20)
      let source = SourceText(name: "g.cfg", bytes: Array(scenario.config.utf8))
      let xl = try XLGuest(XLConfig(reading: source), xen: version, file: "g.cfg")
      var diagnostics: [Diagnostic] = []
      var guest = Guest(xl, diagnostics: &diagnostics)
      #expect(diagnostics.isEmpty)
      guest.width = scenario.width
      guest.ramdiskSize = xl.ramdisk == nil ? nil : 1_032_432
      guest.fragment = try scenario.fragment.map { try Self.bytes($0) }
      guest.lateValues = [try Self.seed(in: golden)]
      let host = HostFacts(gic: file.contains(".gicv2") ? .v2 : .v3, cpuCompatible: Array("arm,cortex-a57\0".utf8))
      let tree = try GuestTree(
        guest, kernel: scenario.kernel, host: host, platform: .xenArm(version), blobLayout: .libfdt)
      let isSame = tree.blob == golden
      #expect(isSame, "\(file)")
    }
  }

  @Test func allOfLibxlsTreesAreMadeButThoseWithACPI() throws {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: Self.golden.appendingPathComponent("ToolstackGolden").path
    ).filter { $0.contains("-xen-") }
    let left = files.filter { file in
      !Self.scenarios.contains { file.hasPrefix($0.description + "-xen-") || file.hasPrefix($0.description + ".gicv2") }
    }
    #expect(Set(left) == ["41-acpi-xen-4.17.dtb", "41-acpi-xen-4.20.dtb"])
  }

  /// The seed of a tree, which is random.
  private static func seed(in blob: [UInt8]) throws -> LateValue {
    let tree = try FlattenedTree(blob.span, tolerating: .propertiesAfterSubnodes)
    var events = tree.events()
    while let event = try events.next() {
      guard case .property(let property) = event, property.name == "rng-seed" else { continue }
      return try #require(LateValue(.randomSeed, bytes: property.value.array))
    }
    throw FlattenedTreeError(.noSuchProperty, at: 0)
  }

  // MARK: - What is said

  private func said(_ config: String) throws -> String {
    let text = "name = 'g'; kernel = '/k'; memory = 64\n" + config
    let xl = try XLGuest(
      XLConfig(reading: SourceText(name: "g.cfg", bytes: Array(text.utf8))), xen: XenVersion(4, 20), file: "g.cfg")
    var diagnostics: [Diagnostic] = []
    _ = Guest(xl, diagnostics: &diagnostics)
    return DiagnosticPrinter().text(diagnostics)
  }

  @Test func whatIsNotPlannedIsSaid() throws {
    #expect(
      try said("maxmem = 128\nacpi = 1\ntee = 'optee'\npci = [ '03:00.0' ]\n") == """
        g.cfg:2:10: warning: `maxmem` is more than `memory`; planned is a guest that has `memory` and no more [xl-not-planned]
        g.cfg:3:8: warning: libxl adds ACPI tables, which are not planned [xl-not-planned]
        g.cfg:4:7: warning: libxl adds what `tee` asks for, which is not planned [xl-not-planned]
        g.cfg:5:9: warning: libxl adds a PCI host, which is not planned [xl-not-planned]

        """)
  }

  @Test func theLastPageOfAllCanBeMapped() throws {
    #expect(try said("iomem = [ 'ffffffffff,1@ffffffffff', '0,10000000000' ]\n").isEmpty)
  }

  @Test func aBackendThatHasOnlyANameIsNotKnown() throws {
    #expect(
      try said("virtio = [ 'type=virtio,device,transport=mmio,backend=domd' ]\n") == """
        g.cfg:2:12: error: which domain is called `domd`, only a running Xen knows [xl-value]
          hint: write its number

        """)
  }
}
