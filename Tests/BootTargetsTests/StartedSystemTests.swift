// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Testing
import XenFacts
import XenSystem

@testable import BootTargets

@Suite struct StartedSystemTests {
  @Test func aPlainTreeStartsNothing() {
    let started = StartedSystem(Sample.host())
    #expect(started.domains.isEmpty && started.modules.isEmpty && !started.hasDom0)
  }

  @Test func onlyWhatXenTakesForADomainOrAModuleCounts() {
    var tree = Sample.host()
    let chosen = tree.addChild("chosen", to: tree.root)
    for name in ["#address-cells", "#size-cells"] { tree.set(name, .cell(2), on: chosen) }
    func add(_ name: String, _ compatible: [String], reg: [UInt32]? = nil) -> DeviceTree.NodeID {
      let node = tree.addChild(name, to: chosen)
      tree.set("compatible", .strings(compatible), on: node)
      if let reg { tree.set("reg", .cells(reg), on: node) }
      return node
    }
    _ = add("domU0", ["xen,domu"])
    let domain = add("domU1", ["xen,domain"])
    _ = add("module@1000", ["multiboot,kernel", "multiboot,module"], reg: [0, 0x1000, 0, 16])
    _ = add("module@2000", ["multiboot,ramdisk"], reg: [0, 0x2000, 0, 16])
    _ = add("module@3000", ["multiboot,ramdisk", "multiboot,module"])
    _ = add("module@4000", ["xen,xsm-policy", "multiboot,module"], reg: [0, 0x4000, 0, 16])
    let started = StartedSystem(tree)
    #expect(started.domains.map(\.node) == [domain])
    #expect(started.hasDom0)
    #expect(started.modules.map(\.kind) == [.kernel, .xsmPolicy])
    #expect(started.modules.map(\.reference) == [.address(0x1000..<0x1010), .address(0x4000..<0x4010)])
  }
}
