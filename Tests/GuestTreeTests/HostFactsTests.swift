// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import FlattenedTree
import GuestTree
import Testing
import XenFacts

/// What guests take over from their host, and where it was found.
@Suite struct HostFactsTests {
  private func blob(_ body: String) throws -> [UInt8] {
    let parsed = parse(name: "host.dts", bytes: Array("/dts-v1/;\n/ {\(body)};\n".utf8))
    #expect(parsed.diagnostics.isEmpty)
    return try parsed.tree.blob()
  }

  private static let board = """
    cpus {
      cpu-map { core { }; };
      cpu@0 { clock-frequency = <1200000000>; compatible = "arm,cortex-a72", "arm,armv8"; device_type = "cpu"; };
      cpu@1 { compatible = "arm,cortex-a53"; device_type = "cpu"; };
    };
    soc {
      intc@8000000 { interrupt-controller; compatible = "arm,gic-400"; };
      intc@9000000 { compatible = "arm,gic-v3"; interrupt-controller; };
    };
    timer { clock-frequency = <62500000>; compatible = "arm,armv8-timer"; };
    """

  private func lines(_ facts: HostFacts, _ platform: GuestPlatform) -> [String] {
    facts.found(by: platform.hostFacts).map(\.description)
  }

  @Test func eachFactSaysWhereItWasFound() throws {
    let platform = GuestPlatform.dom0less(XenVersion(4, 20))
    let facts = try HostFacts(reading: blob(Self.board), for: platform)
    #expect(
      lines(facts, platform) == [
        "interrupt-controller = v2, from /soc/intc@8000000 compatible",
        "timer-frequency = 62500000, from /timer clock-frequency",
        "address-bits = 40, assumed",
        "cpu-compatible = arm,cortex-a72, arm,armv8, from /cpus/cpu@0 compatible",
        "cpu-clock-frequency = 1200000000, from /cpus/cpu@0 clock-frequency",
      ])
  }

  @Test func aPlatformTakesNothingThatItDoesNotList() throws {
    let platform = GuestPlatform.xenArm(XenVersion(4, 20))
    let facts = try HostFacts(reading: blob(Self.board), for: platform)
    #expect(facts.cpuCompatible == HostFacts().cpuCompatible && facts.cpuClockFrequency == nil)
    #expect(
      lines(facts, platform) == [
        "interrupt-controller = v2, from /soc/intc@8000000 compatible",
        "timer-frequency = 62500000, from /timer clock-frequency",
        "address-bits = 40, assumed",
      ])
  }

  @Test func whatIsSaidWinsAndSaysSo() throws {
    let platform = GuestPlatform.qemuVirt
    var facts = try HostFacts(reading: blob(Self.board), for: platform)
    facts.gic = .v3
    facts.addressBits = 44
    #expect(
      lines(facts, platform) == [
        "interrupt-controller = v3, given",
        "cpu-compatible = arm,cortex-a72, arm,armv8, from /cpus/cpu@0 compatible",
        "address-bits = 44, given",
      ])
  }

  @Test func nothingIsAssumedInSilence() throws {
    #expect(
      lines(HostFacts(), .dom0less(XenVersion(4, 20))) == [
        "interrupt-controller = v3, assumed", "timer-frequency is not told", "address-bits = 40, assumed",
        "cpu-compatible = arm,cortex-a57, assumed", "cpu-clock-frequency is not told",
      ])
    let bare = try HostFacts(reading: blob("cpus { };"), for: .dom0less(XenVersion(4, 20)))
    #expect(bare.cpuCompatible.isEmpty && bare.source(of: .cpuCompatible) == .missing)
    #expect(bare.source(of: .gic) == .assumed)
  }

  @Test func aControllerThatIsNoneIsPassedOver() throws {
    // Without `interrupt-controller` it is something else that is compatible.
    let facts = try HostFacts(
      reading: blob("a { compatible = \"arm,gic-400\"; }; b { compatible = \"arm,gic-v3\"; interrupt-controller; };"),
      for: .qemuVirt)
    #expect(facts.gic == .v3)
    #expect(facts.source(of: .gic) == .tree(path: Array("/b".utf8), property: Array("compatible".utf8)))
  }

  @Test func aBrokenTreeIsAnError() throws {
    let broken = Array(try blob(Self.board).prefix(100))
    #expect(throws: FlattenedTreeError.self) { try HostFacts(reading: broken, for: .qemuVirt) }
  }

  // MARK: XenPPC

  @Test func aCopiedCPUBringsItsClocksAndCaches() throws {
    let blob = try blob(
      """
      cpus { PowerPC,970@0 { device_type = "cpu"; timebase-frequency = <33333333>; bus-frequency = <0x1 0>;
        d-cache-size = <0x8000>; d-cache-line-size = <128>; i-cache-size = <0x10000>; i-cache-line-size = <128>; }; };
      """)
    let plan = try PowerPCTests.plan(64, on: try HostFacts(reading: blob, for: .xenPowerPC()))
    #expect(
      plan.hostFacts.map(\.description) == [
        "address-bits = 40, assumed",
        "cpu = PowerPC,970@0, from /cpus/PowerPC,970@0",
        "timebase-frequency = 33333333, from /cpus/PowerPC,970@0 timebase-frequency",
        "clock-frequency is not told",
        "bus-frequency = 4294967296, from /cpus/PowerPC,970@0 bus-frequency",
        "d-cache-size = 32768, from /cpus/PowerPC,970@0 d-cache-size",
        "d-cache-line-size = 128, from /cpus/PowerPC,970@0 d-cache-line-size",
        "d-cache-sets is not told",
        "i-cache-size = 65536, from /cpus/PowerPC,970@0 i-cache-size",
        "i-cache-line-size = 128, from /cpus/PowerPC,970@0 i-cache-line-size",
        "i-cache-sets is not told",
      ])
    #expect(
      plan.text.contains(
        """

        from the host
          address-bits = 40, assumed
          cpu = PowerPC,970@0, from /cpus/PowerPC,970@0

        """))
    #expect(
      plan.json().contains(
        "{\"fact\": \"d-cache-size\", \"value\": \"32768\", \"source\": \"/cpus/PowerPC,970@0 d-cache-size\"}"))
    #expect(plan.json().contains("{\"fact\": \"clock-frequency\", \"value\": null, \"source\": null}"))
  }

  @Test func aPowerPCGuestWithoutTimebaseIsRefused() throws {
    let facts = try HostFacts(reading: blob("cpus { PowerPC,970@0 { }; };"), for: .xenPowerPC())
    do throws(GuestPlan.Failure) {
      _ = try PowerPCTests.plan(64, on: facts)
      Issue.record("it was planned")
    } catch {
      guard case .refused(let refusals) = error else { return }
      #expect(refusals == [.noHostFact(.timebaseFrequency)])
      #expect(
        refusals.first?.description
          == "the first CPU of the host's tree has no timebase-frequency, which the guest cannot do without")
    }
  }

  // MARK: The interrupt controller's registers

  @Test(arguments: [HostFacts.GIC.v2, .v3])
  func theTreeTheMapAndThePropertyNameTheSameRegisters(_ gic: HostFacts.GIC) throws {
    for platform in [GuestPlatform.qemuVirt, .xenArm(XenVersion(4, 20)), .dom0less(XenVersion(4, 20))] {
      let plan = try PlanTests.plan(host: HostFacts(gic: gic, cpuCompatible: [97, 0]), platform: platform)
      let reg = plan.tree.controllerRegisters.map { range in
        [range.lowerBound, range.upperBound - range.lowerBound].map { number in
          let digits = String(number, radix: 16)
          return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
      }.joined()
      #expect(try listing(plan.tree.blob).contains { $0.hasSuffix(": reg = \(reg)") })
      #expect(plan.tree.controllerRegisters.count == 2)
    }
  }
}
