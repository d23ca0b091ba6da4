// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import GuestTree
import Testing
import XenFacts

/// How guests are told of what their hypervisor has for them.
@Suite struct AnnouncementTests {
  private func tree(
    _ announced: Announcements?, _ platform: GuestPlatform = .xenArm(XenVersion(4, 20)), devices: Bool = false
  ) throws -> [String] {
    let plan = try PlanTests.plan(platform: platform) {
      $0.announcements = announced
      if devices { $0.devices = [Guest.Device(.disk, backend: 1)] }
    }
    return try listing(plan.tree.blob)
  }

  private func nodes(_ lines: [String]) -> Set<String> {
    Set(
      lines.filter { $0.hasSuffix("/") && $0.split(separator: "/").count == 1 }.map {
        String($0.dropFirst().dropLast())
      })
  }

  @Test func nothingSaidIsWhatTheToolstackDoes() throws {
    #expect(try tree(nil) == (try tree([.xenbus, .virtioMMIO])))
    #expect(try tree(nil, devices: true) == (try tree([.xenbus, .virtioMMIO], devices: true)))
    #expect(try tree(nil, .qemuVirt) == (try tree([], .qemuVirt)))
  }

  @Test func aGuestThatIsToldOfNothingHasNoNodeOfItsHypervisor() throws {
    let told = nodes(try tree(nil))
    let untold = nodes(try tree([]))
    #expect(told.subtracting(untold) == ["hypervisor"] && untold.isSubset(of: told))
    #expect(nodes(try tree(.virtioMMIO, devices: true)).isSuperset(of: ["virtio@2000000", "xen_iommu"]))
  }

  @Test(arguments: [(XenVersion(4, 18), "42000000"), (XenVersion(4, 19), "43000000")])
  func theHostBridgeIsTheToolstacks(_ version: XenVersion, _ prefetchable: String) throws {
    let lines = try tree([.xenbus, .virtioPCI], .xenArm(version))
    #expect(
      lines.filter { $0.hasPrefix("/pcie@10000000") } == [
        "/pcie@10000000/",
        "/pcie@10000000: compatible = 7063692d686f73742d6563616d2d67656e6572696300",
        "/pcie@10000000: device_type = 70636900",
        "/pcie@10000000: reg = 00000000100000000000000010000000",
        "/pcie@10000000: bus-range = 00000000000000ff",
        "/pcie@10000000: #address-cells = 00000003", "/pcie@10000000: #size-cells = 00000002",
        "/pcie@10000000: status = 6f6b617900",
        "/pcie@10000000: ranges = 02000000000000002300000000000000230000000000000010000000"
          + prefetchable + "000000010000000000000001000000000000000100000000",
      ])
    let order = lines.filter { ["/hypervisor/", "/pcie@10000000/"].contains($0) }
    #expect(order == ["/hypervisor/", "/pcie@10000000/"])
  }

  @Test func theMachinesOwnSlotsAndBridgeAreTold() throws {
    let lines = try tree([.virtioMMIO, .virtioPCI], .qemuVirt)
    let slots = lines.filter { $0.hasPrefix("/virtio_mmio@") && $0.hasSuffix("/") }
    #expect(slots.count == 32 && slots.first == "/virtio_mmio@a000000/" && slots.last == "/virtio_mmio@a003e00/")
    #expect(lines.contains("/virtio_mmio@a003e00: reg = 000000000a003e000000000000000200"))
    #expect(lines.contains("/virtio_mmio@a003e00: interrupts = 000000000000002f00000001"))
    let map = try #require(lines.first { $0.hasPrefix("/pcie@10000000: interrupt-map = ") })
    // Slot 0 pin 1, slot 0 pin 2: SPI 3 and 4, level high.
    let first = "000000000000000000000000" + "00000001" + "00008001" + "000000000000000300000004"
    let second = "000000000000000000000000" + "00000002" + "00008001" + "000000000000000400000004"
    #expect(map.contains(" = \(first)\(second)"))
  }

  @Test func whatAPlatformCannotTellIsRefused() {
    func refusals(_ platform: GuestPlatform, _ change: (inout Guest) -> Void) -> [String] {
      PlanTests.refusals(platform: platform, change).map { $0.description + "; " + ($0.hint ?? "") }
    }
    #expect(
      refusals(.qemuVirt) { $0.announcements = [.xenbus, .virtioMMIO] } == [
        "the guest is to be told of its hypervisor by xenbus, and this platform has no such way; leave it out"
      ])
    #expect(
      refusals(.xenArm(XenVersion(4, 20))) {
        $0.announcements = .xenbus
        $0.devices = [Guest.Device(.disk)]
      } == [
        "the guest has 1 virtio device, and is not to be told of virtio-mmio; it would find none; announce virtio-mmio, or leave the devices out"
      ])
    // RAM over the bridge's windows would be written to by devices.
    #expect(
      PlanTests.refusals {
        $0.announcements = .virtioPCI
        $0.ramBanks = [0x3000_0000..<0x3400_0000]
      } == [.overlap(.ram, 0x3000_0000..<0x3400_0000, .pciHost, 0x2300_0000..<0x3300_0000)])
  }

  @Test func aPowerPCGuestKnowsNoOtherWay() throws {
    do throws(GuestPlan.Failure) {
      var guest = Guest(cpuCount: 1, memory: 64 << 20)
      guest.announcements = []
      _ = try GuestPlan(
        guest, kernel: PowerPCTests.kernel, host: (try? PowerPCTests.host(timebase: 1)) ?? HostFacts(),
        platform: .xenPowerPC())
      Issue.record("it was planned")
    } catch {
      #expect(error == .refused([.mustAnnounce(.xenbus)]))
    }
  }

  @Test func thePlanSaysIt() throws {
    let plan = try PlanTests.plan { $0.announcements = [.xenbus, .virtioPCI] }
    #expect(plan.text.contains("\ntold of its hypervisor by\n  xenbus, virtio-pci\n"))
    #expect(plan.text.contains("  0x10000000 to  0x20000000  the PCI host bridge\n"))
    #expect(plan.json().contains("\"announce\": [\"xenbus\", \"virtio-pci\"],"))
    #expect(try PlanTests.plan { $0.announcements = [] }.text.contains("\ntold of its hypervisor by\n  nothing\n"))
  }
}
