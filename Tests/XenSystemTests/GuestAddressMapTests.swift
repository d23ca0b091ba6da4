// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Testing
import XenFacts
import XenSystem

@Suite struct GuestAddressMapTests {
  private func system(_ change: (inout Domain) throws -> Void = { _ in }, gic: String = "arm,gic-v3") throws
    -> XenSystem
  {
    let source = """
      /dts-v1/;
      / { #address-cells = <2>; #size-cells = <2>;
        memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
        gic@8000000 { compatible = "\(gic)"; interrupt-controller; #interrupt-cells = <3>;
          reg = <0 0x8000000 0 0x10000>, <0 0x8010000 0 0x10000>; };
        rtc@9010000 { compatible = "arm,pl031"; reg = <0 0x9010000 0 0x1000>; };
      };
      """
    let parsed = parse(name: "host.dts", bytes: Array(source.utf8), resolvingReferences: true)
    #expect(parsed.diagnostics.isEmpty)
    var domain = Domain(name: Sourced("domA"))
    domain.kernel = Module(kind: .kernel, loadedAt: Sourced(0x5000_0000), size: 0x10000)
    domain.memory = Sourced(64 << 20)
    domain.cpus = Sourced(1)
    try change(&domain)
    return XenSystem(
      hypervisor: Hypervisor(release: XenRelease(version: XenVersion(4, 20), source: .option)),
      host: Host(file: "host.dts", tree: parsed.tree), domains: [domain])
  }

  private func lines(_ map: GuestAddressMap) -> [String] {
    map.rows.map { row in
      "\(row.isInside ? "  " : "")\(describe(row.range)) \(row.title)" + (row.isOpen ? ", open" : "")
        + (row.host.map { " = \(hex($0.lowerBound))" } ?? "")
    }
  }

  @Test func aPlainGuestHasRAMControllerAndConsole() throws {
    let map = try system().addressMap(of: 0)
    #expect(
      lines(map) == [
        "[0x3001000, 0x3011000), 64 KiB GICv3 distributor", "[0x3020000, 0x4020000), 16 MiB GICv3 redistributors",
        "[0x22000000, 0x22001000), 4 KiB vpl011, the emulated console", "[0x40000000, 0x44000000), 64 MiB RAM, open",
        "  [0x40000000, 0x40010000), 64 KiB kernel", "  [0x43e00000, 0x43e00447), 1095 bytes device tree",
      ])
    #expect(map.open == [])
    #expect(map.holes.first == 0..<0x300_1000)
    #expect(map.holes.last == 0x2200_1000..<0x4000_0000)
  }

  @Test func anEnhancedGuestWithADeviceHasMore() throws {
    var request = PassthroughRequest(devices: ["/rtc@9010000"])
    request.taken = [0x900_0000..<0x902_0000]
    let plan = XenSystem.passthrough(request, from: try self.system().host.tree, file: "host.dts")
    let system = try self.system {
      $0.properties = [DeviceTree.Property("xen,enhanced", .empty)]
      $0.deviceTree = Module(kind: .deviceTree, file: BootFile(name: "rtc.dtb", bytes: try plan.fragment.blob()))
      let ring = $0.nodes.addChild("ring", to: $0.nodes.root)
      $0.nodes.set("compatible", .string("xen,domain-shared-memory-v1"), on: ring)
      $0.nodes.set("xen,shm-id", .string("ring"), on: ring)
      $0.nodes.set("xen,shared-mem", .numbers([0x7000_0000, 0x5000_0000, 0x10_0000]), on: ring)
    }
    let map = try system.addressMap(of: 0)
    #expect(
      lines(map).filter { !$0.contains("GIC") && !$0.contains("device tree") } == [
        "[0x5000000, 0x5001000), 4 KiB /rtc@9010000 = 0x9010000",
        "[0x22000000, 0x22001000), 4 KiB vpl011, the emulated console", "[0x38000000, 0x39000000), 16 MiB grant table",
        "[0x39000000, 0x3a000000), 16 MiB magic pages: console, store, memory events",
        "[0x40000000, 0x44000000), 64 MiB RAM, open", "  [0x40000000, 0x40010000), 64 KiB kernel",
        "[0x44000000, 0x4fe00000), 190 MiB extended region, for memory of other domains",
        "[0x50000000, 0x50100000), 1 MiB shared memory ring",
        "[0x50200000, 0xffe00000), 2812 MiB extended region, for memory of other domains",
        "[0x200000000, 0xffffe00000), 1040382 MiB extended region, for memory of other domains",
      ])
  }

  @Test func anOlderControllerIsAtOtherAddresses() throws {
    let map = try system(gic: "arm,gic-400").addressMap(of: 0)
    #expect(
      lines(map).filter { $0.contains("GIC") } == [
        "[0x3001000, 0x3002000), 4 KiB GICv2 distributor", "[0x3002000, 0x3004000), 8 KiB GICv2 CPU interface",
      ])
  }

  @Test func whatXenDecidesForDom0IsSaidInWords() throws {
    var system = try self.system()
    system.domains[0] = Domain(name: Sourced("dom0"), isDom0: true)
    system.domains[0].memory = Sourced(256 << 20)
    let map = try system.addressMap(of: 0)
    #expect(
      map.open.first == "RAM: 256 MiB in one or more pieces of [0x40000000, 0x80000000), 1 GiB, decided at boot")
    #expect(
      lines(map) == [
        "[0x8000000, 0x8010000), 64 KiB GICv3 distributor", "[0x8010000, 0x8020000), 64 KiB GICv3 redistributors",
      ])
  }

  @Test func aGuestWithoutRAMHasNoMap() throws {
    let system = try self.system { $0.memory = nil }
    #expect(throws: Failure.self) { try system.addressMap(of: 0) }
  }
}
