// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing
import XenFacts
import XenRules
import XenSystem

/// A source cannot say this, because two nodes of one name are merged; a blob can.
@Test func twoDomainsOfOneNameInABlobAreFound() {
  var tree = DeviceTree()
  let chosen = tree.addChild("chosen", to: tree.root)
  tree.set("#address-cells", .cell(2), on: chosen)
  tree.set("#size-cells", .cell(2), on: chosen)
  let memory = tree.addChild("memory@40000000", to: tree.root)
  tree.set("device_type", .string("memory"), on: memory)
  tree.set("reg", .cells([0x4000_0000, 0x8000_0000]), on: memory)
  tree.set("#address-cells", .cell(1), on: tree.root)
  tree.set("#size-cells", .cell(1), on: tree.root)
  tree.set("xen,xen-bootargs", .string("dtuart=/memory@40000000"), on: chosen)
  for address in [0x5000_0000, 0x5100_0000] as [UInt32] {
    let domain = tree.addChild("domA", to: chosen)
    tree.set("compatible", .string("xen,domain"), on: domain)
    tree.set("memory", .u64(65536), on: domain)
    tree.set("cpus", .cell(1), on: domain)
    tree.set("vpl011", .empty, on: domain)
    let kernel = tree.addChild("module@\(String(address, radix: 16))", to: domain)
    tree.set("compatible", .strings(["multiboot,kernel", "multiboot,module"]), on: kernel)
    tree.set("reg", .cells([0, address, 0, 0x1000]), on: kernel)
  }
  let release = XenRelease(version: XenVersion(4, 20), source: .option)
  let found = check(Subject(tree: tree, file: "x.dtb", release: release))
  #expect(found.map(\.message) == ["two domains are called domA"])
  #expect(found.first?.place.description == "x.dtb:/chosen/domA")
}
