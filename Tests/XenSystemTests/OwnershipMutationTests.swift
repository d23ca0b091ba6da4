// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing
import XenFacts
import XenSystem

/// Trees that are broken somewhere have owners, or fewer of them, and end nobody's process.
@Suite struct OwnershipMutationTests {
  @Test func aByteThatIsWrongTrapsNothing() throws {
    var sample = OwnedSample()
    sample.bootargs = "dom0_mem=128M llc-coloring=on"
    sample.extra = """
      / { chosen { xen,static-heap = <0 0x70000000 0 0x8000000>;
        one: pool-one { compatible = "xen,cpupool"; cpupool-cpus = <&cpu1>; };
        domA { domain-cpupool = <&one>; llc-colors = "0-3,5"; xen,static-mem = <0 0x60200000 0 0x4000000>;
          a: channel { compatible = "xen,evtchn-v1"; xen,evtchn = <10 &b>; };
          ring { compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "ring"; role = "owner";
            xen,shared-mem = <0 0x78000000 0 0x50000000 0 0x100000>; };
        };
        domB { b: channel { compatible = "xen,evtchn-v1"; xen,evtchn = <11 &a>; }; };
      }; };
      """
    let tree = try sample.tree()
    let fragments = sample.fragments(of: tree)
    var blob = try tree.blob()
    var state: UInt64 = 11
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var read = 0
    for _ in 0..<400 {
      var undo: [(Int, UInt8)] = []
      for _ in 0...next(3) {
        let at = next(blob.count)
        undo.append((at, blob[at]))
        blob[at] = [0, 1, 0x7f, 0x80, 0xff, UInt8(next(256))][next(6)]
      }
      if let broken = try? DeviceTree(blob: blob) {
        read += 1
        let ownership = Ownership(
          of: broken, version: XenVersion(4, 20), fragment: { fragments[broken[$0].name] },
          place: { broken.place(of: $0, property: $1, file: "x") })
        #expect(!ownership.text.isEmpty)
        _ = ownership.judge([("domA and domB share nothing", Place())])
      }
      for (at, byte) in undo.reversed() { blob[at] = byte }
    }
    #expect(read > 100)
  }

  @Test func aBrokenPartialTreeTrapsNothing() throws {
    let tree = try OwnedSample().tree()
    let fragment = try #require(OwnedSample().fragments(of: tree)["domA"])
    let blob = try fragment.tree.blob()
    var state: UInt64 = 5
    for _ in 0..<200 {
      var bytes = blob
      for _ in 0..<2 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
      }
      guard let broken = try? DeviceTree(blob: bytes) else { continue }
      let ownership = Ownership(
        of: tree, version: XenVersion(4, 20),
        fragment: { tree[$0].name == "domA" ? .init(file: "domA.dtb", tree: broken) : nil },
        place: { tree.place(of: $0, property: $1, file: "x") })
      #expect(ownership.domains.count == 3)
      #expect(!ownership.text.isEmpty)
    }
  }
}
