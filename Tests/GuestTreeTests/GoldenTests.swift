// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Foundation
import GuestTree
import Testing
import XenFacts

/// Trees that real Xens gave to guests under QEMU, taken out of the guests' memory: `Golden/<scenario>.<domain>-xen-<version>.dtb`.
/// The kernel was always a small `Image` of 6003 bytes without text offset.
@Suite struct GoldenTests {
  struct Scenario: Sendable, CustomStringConvertible {
    var name: String
    var domain = "domU1"
    var guest: Guest
    var host = HostFacts(gic: .v3, cpuCompatible: Array("arm,cortex-a57\0".utf8))
    /// Where the guest found its tree.
    var tree: UInt64
    var versions = ["4.17", "4.20"]

    var description: String { "\(name), \(domain)" }
  }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

  private static func bytes(_ file: String) -> [UInt8] {
    (try? Data(contentsOf: folder.appendingPathComponent(file))).map(Array.init) ?? []
  }

  private static func guest(
    _ megabytes: UInt64, cpus: Int = 1, _ bootargs: String? = "dumpfdt", console: Bool = true, ramdisk: UInt64? = nil,
    enhanced: Bool = false, fragment: String? = nil
  ) -> Guest {
    var guest = Guest(cpuCount: cpus, memory: megabytes << 20)
    guest.bootargs = bootargs.map { Array($0.utf8) }
    guest.hasVPL011 = console
    guest.ramdiskSize = ramdisk
    guest.isEnhanced = enhanced
    guest.fragment = fragment.map(bytes)
    return guest
  }

  static let scenarios: [Scenario] = {
    let gicV2 = HostFacts(gic: .v2, cpuCompatible: Array("arm,cortex-a57\0".utf8))
    let a72 = HostFacts(gic: .v3, cpuCompatible: Array("arm,cortex-a72\0".utf8))
    var shared = [guest(64, "dumpfdt one", enhanced: true), guest(64, "two", enhanced: true)]
    shared[0].sharedMemory = [.init(id: Array("shm0\0".utf8), range: 0x6000_0000..<0x6100_0000)]
    shared[1].sharedMemory = [.init(id: Array("shm0\0".utf8), range: 0x5000_0000..<0x5100_0000)]
    var direct = guest(256, cpus: 2, ramdisk: 986_740)
    direct.directMap = .init(
      ram: [0x7000_0000..<0x8000_0000], gicDistributor: 0x0800_0000..<0x0801_0000,
      gicOthers: [0x080a_0000..<0x0900_0000], uart: 0x0900_0000..<0x0900_1000, uartInterrupt: 33,
      hostRAM: [0x4000_0000..<0xc000_0000])
    let punctuation = "root=/dev/vda1,rw a=b;c:d 'x y'  two  spaces"
    return [
      Scenario(name: "01-gicv3-64m", guest: guest(64), tree: 0x43e0_0000),
      Scenario(name: "02-gicv2-256m", guest: guest(256), host: gicV2, tree: 0x4800_0000),
      Scenario(
        name: "03-1g-2cpu-ramdisk", guest: guest(1024, cpus: 2, "dumpfdt console=ttyAMA0 quiet", ramdisk: 986_740),
        tree: 0x4800_0000),
      Scenario(
        name: "05-5g-17cpu-ramdisk", guest: guest(5120, cpus: 17, ramdisk: 5_000_001), tree: 0x4800_0000),
      Scenario(name: "08-no-vpl011", guest: guest(64, "quiet", console: false), tree: 0x43e0_0000),
      Scenario(name: "12-empty-bootargs", guest: guest(64, ""), tree: 0x43e0_0000),
      Scenario(name: "12-empty-bootargs", domain: "domU2", guest: guest(96, punctuation), tree: 0x45e0_0000),
      Scenario(name: "15-three-domus", guest: guest(64, "dumpfdt a=1"), tree: 0x43e0_0000),
      Scenario(
        name: "15-three-domus", domain: "domU2", guest: guest(256, cpus: 2, "b=2", console: false, ramdisk: 986_740),
        tree: 0x4800_0000),
      Scenario(name: "15-three-domus", domain: "domU3", guest: guest(512, cpus: 3, nil), tree: 0x4800_0000),
      Scenario(name: "18-enhanced-no-xenstore", guest: guest(256, enhanced: true), tree: 0x4800_0000),
      Scenario(name: "20-evtchn", guest: guest(64, "dumpfdt one", enhanced: true), tree: 0x43e0_0000),
      Scenario(name: "20-evtchn", domain: "domU2", guest: guest(96, "two", enhanced: true), tree: 0x45e0_0000),
      Scenario(name: "22-cpu-a72", guest: guest(64, cpus: 2), host: a72, tree: 0x43e0_0000),
      Scenario(name: "25-pt-rtc", guest: guest(64, fragment: "pt-rtc.dtb"), tree: 0x43e0_0000),
      Scenario(name: "29-pt-virtio", guest: guest(64, fragment: "pt-virtio.dtb"), tree: 0x43e0_0000),
      Scenario(
        name: "31-pt-enhanced", guest: guest(256, enhanced: true, fragment: "pt-rtc-moved.dtb"), tree: 0x4800_0000),
      Scenario(name: "32-static-mem", guest: guest(64), tree: 0x43e0_0000, versions: ["4.20full"]),
      Scenario(name: "34-directmap-gicv3", guest: direct, tree: 0x7800_0000, versions: ["4.20full"]),
      Scenario(name: "38-shm-evtchn", guest: shared[0], tree: 0x43e0_0000, versions: ["4.20full"]),
      Scenario(name: "38-shm-evtchn", domain: "domU2", guest: shared[1], tree: 0x43e0_0000, versions: ["4.20full"]),
      Scenario(name: "55-dom0-domu", guest: guest(64, "one"), tree: 0x43e0_0000),
      Scenario(
        name: "55-dom0-domu", domain: "domU2", guest: guest(256, cpus: 2, "two", console: false, ramdisk: 986_740),
        tree: 0x4800_0000),
      Scenario(name: "57-dom0-hidden-rtc", guest: guest(64, "one", fragment: "pt-rtc.dtb"), tree: 0x43e0_0000),
      Scenario(name: "69-dom0-mixed-chosen", guest: guest(64, "one"), tree: 0x43e0_0000),
      Scenario(
        name: "71-dom0-linux-domu", guest: guest(64, "one", fragment: "pt-rtc.dtb"), host: gicV2, tree: 0x43e0_0000),
      Scenario(name: "73-uboot-dom0", guest: guest(64, "one"), tree: 0x43e0_0000),
      Scenario(name: "74-uefi-dom0", guest: guest(64, "one", ramdisk: 986_740), tree: 0x43c0_0000),
    ]
  }()

  @Test(arguments: scenarios)
  func theGuestsTreeIsTheOneThatXenGaveIt(_ scenario: Scenario) throws {
    for version in scenario.versions {
      let golden = Self.bytes("\(scenario.name).\(scenario.domain)-xen-\(version).dtb")
      let made = try GuestTree(
        scenario.guest, kernel: .image(textOffset: 0, size: 6003), host: scenario.host,
        platform: .dom0less(try #require(XenVersion(String(version.prefix(4))))))
      #expect(try listing(made.blob) == listing(golden), "Xen \(version)")
      #expect(made.layout.tree == scenario.tree)
      // Xen's libfdt leaves eight bytes between header and reservations.
      #expect(made.blob.count + 8 == golden.count)
    }
  }

  @Test func everyGoldenTreeOfAGuestIsPredicted() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter { $0.contains(".dom") }
    let predicted = Self.scenarios.flatMap { scenario in
      scenario.versions.map { "\(scenario.name).\(scenario.domain)-xen-\($0).dtb" }
    }
    #expect(Set(files) == Set(predicted))
    #expect(predicted.count == 52)
  }
}
