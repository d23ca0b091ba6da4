// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import GuestTree
import Testing
import XenFacts

/// Trees that come from outside, with bytes changed at random: each makes a sound tree or a typed error, and nothing traps.
@Suite struct DamageTests {
  /// The same numbers in each run.
  private struct Chance {
    private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

    mutating func below(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(limit))
    }
  }

  private func damaged(_ blob: [UInt8], times: Int, _ body: ([UInt8]) throws -> Void) rethrows {
    var chance = Chance()
    for _ in 0..<times {
      var copy = blob
      for _ in 0...chance.below(3) { copy[chance.below(copy.count)] = UInt8(chance.below(256)) }
      if chance.below(8) == 0 { copy.removeLast(chance.below(copy.count)) }
      try body(copy)
    }
  }

  private func check(_ blob: [UInt8]) throws {
    try FlattenedTree(blob.span).validate()
  }

  @Test(arguments: [GuestTree.BlobLayout.standard, .libfdt])
  func aDamagedPartialTree(_ layout: GuestTree.BlobLayout) throws {
    var made = 0
    try damaged(ToolstackGoldenTests.bytes("pt-rtc-fde8.dtb"), times: 600) { fragment in
      for platform in [GuestPlatform.xenArm(XenVersion(4, 20)), .dom0less(XenVersion(4, 20))] {
        var guest = Guest(cpuCount: 1, memory: 64 << 20)
        guest.fragment = fragment
        let tree: GuestTree
        do throws(GuestTree.Failure) {
          tree = try GuestTree(
            guest, kernel: PlanTests.payload, host: PlanTests.host, platform: platform, blobLayout: layout)
        } catch {
          continue
        }
        made += 1
        try check(tree.blob)
      }
    }
    #expect(made > 200)
  }

  @Test func aDamagedTreeGivesFactsOrAnError() throws {
    let blob = try PlanTests.plan { $0.ramdiskSize = 5000 }.tree.blob
    var read = 0
    damaged(blob, times: 600) { blob in
      for platform in [GuestPlatform.dom0less(XenVersion(4, 20)), .xenPowerPC()] {
        guard let facts = try? HostFacts(reading: blob, for: platform) else { continue }
        #expect(facts.found(by: platform.hostFacts).count == platform.hostFacts.count)
        read += 1
      }
    }
    #expect(read > 200)
  }

  @Test func damagedBootInformation() throws {
    let plan = try PowerPCTests.plan(64, ramdisk: 5000)
    let page = try BootInformation(plan.tree).structBytes(.powerPC64)
    var trees = 0
    damaged(plan.tree.blob, times: 600) { blob in if (try? BootInformation(tree: blob)) != nil { trees += 1 } }
    var pages = 0
    damaged(page, times: 600) { page in
      if (try? BootInformation(structBytes: page, .powerPC64)) != nil { pages += 1 }
    }
    #expect(trees > 100 && pages > 100)
  }

  @Test(arguments: [GuestTree.BlobLayout.standard, .libfdt])
  func damagedAdditions(_ layout: GuestTree.BlobLayout) throws {
    let additions = try AdditionTests.blob(
      "/ { compatible = \"own\"; cpus { own; }; a: a { b { phandle = <9>; }; }; c { at = <&a>; }; };")
    var made = 0
    try damaged(additions, times: 600) { additions in
      var guest = Guest(cpuCount: 1, memory: 64 << 20)
      guest.additions = additions
      let tree: GuestTree
      do throws(GuestTree.Failure) {
        tree = try GuestTree(
          guest, kernel: PlanTests.payload, host: PlanTests.host, platform: .xenArm(XenVersion(4, 20)),
          blobLayout: layout)
      } catch {
        return
      }
      made += 1
      try check(tree.blob)
    }
    #expect((50..<550).contains(made))
  }

  @Test func aDamagedTreeOfTheHost() throws {
    let facts = try PowerPCTests.host(timebase: 33_333_333)
    var made = 0
    let tree = try #require(facts.tree)
    damaged(tree, times: 600) { blob in
      var host = facts
      host.tree = blob
      for generation in [PowerPCGeneration.first, .second, .final] {
        do throws(GuestPlan.Failure) {
          let plan = try GuestPlan(
            Guest(cpuCount: 2, memory: 128 << 20), kernel: PowerPCTests.kernel, host: host,
            platform: .xenPowerPC(generation))
          made += 1
          #expect(throws: Never.self) { try check(plan.tree.blob) }
        } catch {
          continue
        }
      }
    }
    #expect(made > 200)
  }

  @Test func aDamagedBlobIsOverwrittenOrLeftAlone() throws {
    let tree = try LateTests.tree(.powerPC)
    let without = try LateTests.tree(.powerPC, leavesOut: true)
    var written = 0
    damaged(tree.blob, times: 400) { blob in
      var copy = blob
      do throws(FlattenedTreeError) {
        try tree.overwrite(LateTests.values, in: &copy)
        written += 1
      } catch {
        #expect(copy == blob)
      }
    }
    damaged(without.blob, times: 400) { blob in
      guard let made = try? tree.inserting(LateTests.values, into: blob) else { return }
      #expect(throws: Never.self) { try check(made) }
    }
    #expect(written > 100)
  }
}
