// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import GuestTree
import Testing
import XenFacts

/// How trees are written from what a platform makes of its templates.
@Suite struct WritingTests {
  private func number(_ name: String, in blob: [UInt8]) throws -> UInt64? {
    let line = try listing(blob).first { $0.contains(": \(name) = ") }
    return line.flatMap { UInt64($0.suffix(16), radix: 16) }
  }

  /// With 128 CPUs a tree takes four pages, and the ramdisk before it, which ends where the tree begins, moves down.
  @Test(arguments: [GuestTree.BlobLayout.standard, .libfdt])
  func aLargeTreeTellsWhereTheRamdiskIsInTheEnd(_ layout: GuestTree.BlobLayout) throws {
    var guest = Guest(cpuCount: 1, memory: 64 << 20)
    guest.ramdiskSize = 0x1_0000
    func tree() throws -> GuestTree {
      try GuestTree(
        guest, kernel: PlanTests.payload, host: PlanTests.host, platform: .xenArm(XenVersion(4, 20)), blobLayout: layout
      )
    }
    #expect(try tree().layout.ramdisk == 0x43fe_f000..<0x43ff_f000)
    guest.cpuCount = 128
    let large = try tree()
    #expect(large.blob.count > 0x3000 && large.blob.count <= 0x4000)
    #expect(large.layout.ramdisk == 0x43fe_c000..<0x43ff_c000)
    #expect(large.layout.tree == 0x43ff_c000)
    #expect(try number("linux,initrd-start", in: large.blob) == 0x43fe_c000)
    #expect(try number("linux,initrd-end", in: large.blob) == 0x43ff_c000)
    // What was given stays, wherever the ramdisk is.
    guest.lateValues = [LateValue(.ramdiskStart, 0x4200_0000)].compactMap { $0 }
    #expect(try number("linux,initrd-start", in: try tree().blob) == 0x4200_0000)
    #expect(try number("linux,initrd-end", in: try tree().blob) == 0x43ff_c000)
  }

  /// A page of additions, which are joined before it is known where everything lies.
  @Test(arguments: [GuestTree.BlobLayout.standard, .libfdt])
  func soDoesATreeThatAdditionsMakeLarge(_ layout: GuestTree.BlobLayout) throws {
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    try writer.property("long", [UInt8](repeating: 1, count: 0x1000))
    try writer.endNode()
    var guest = Guest(cpuCount: 1, memory: 64 << 20)
    guest.ramdiskSize = 0x1_0000
    guest.additions = try writer.finish()
    let tree = try GuestTree(
      guest, kernel: PlanTests.payload, host: PlanTests.host, platform: .xenArm(XenVersion(4, 20)), blobLayout: layout)
    #expect(tree.layout.ramdisk == 0x43fe_e000..<0x43ff_e000)
    #expect(try number("linux,initrd-start", in: tree.blob) == 0x43fe_e000)
    #expect(try number("linux,initrd-end", in: tree.blob) == 0x43ff_e000)
    #expect(tree.lateProperties.count == 3)
  }

  @Test func latePropertiesAreListedWithTheirPlaces() throws {
    let tree = try LateTests.tree(.powerPC)
    let names = tree.lateProperties.map { property in
      "\(String(decoding: property.path, as: UTF8.self)) \(property.position) "
        + String(decoding: property.name, as: UTF8.self)
    }
    #expect(
      names == [
        "/chosen 5 linux,initrd-start", "/chosen 6 linux,initrd-end", "/xen 1 reg", "/xen 2 shared-info",
        "/xen/console 0 reg", "/xen/console 1 interrupts", "/xen/store 0 reg", "/xen/store 1 interrupts",
      ])
    let interrupts = try #require(tree.lateProperties.last)
    #expect(interrupts.value == [0, 0, 0, 0, 0, 0, 0, 0])
    #expect(interrupts.holes.map { "\($0.name.text) \($0.offset)" } == ["store-port 0"])
  }

  /// Before version 16 values of eight bytes and more start at a multiple of eight.
  @Test(arguments: FlattenedTree.Version.allCases)
  func lateValuesHaveTheirPlacesInEveryVersion(_ version: FlattenedTree.Version) throws {
    var platform = GuestPlatform.xenPowerPC()
    platform.blob.version = version
    func tree(_ values: [LateValue]) throws -> GuestTree {
      var guest = Guest(cpuCount: 1, memory: 64 << 20)
      guest.ramdiskSize = 5000
      guest.lateValues = values
      return try GuestTree(
        guest, kernel: PowerPCTests.kernel, host: PowerPCTests.host(timebase: 1), platform: platform)
    }
    let (given, without) = (try tree(LateTests.values), try tree([]))
    var overwritten = without.blob
    try without.overwrite(LateTests.values, in: &overwritten)
    #expect(overwritten == given.blob && without.blob != given.blob)
    let names = without.lateProperties.map { String(decoding: $0.name, as: UTF8.self) }
    #expect(
      names == [
        "linux,initrd-start", "linux,initrd-end", "reg", "shared-info", "reg", "interrupts", "reg", "interrupts",
      ])
    // The ramdisk follows the kernel.
    #expect(try number("linux,initrd-start", in: without.blob) == 0x40_0000)
  }

  @Test func thereAreAsManyCPUsAsThereAreNumbers() throws {
    let guest = Guest(cpuCount: GuestTree.cpuLimit, memory: 64 << 20)
    let tree = try GuestTree(guest, kernel: PlanTests.payload, host: PlanTests.host, platform: .qemuVirt)
    let nodes = try listing(tree.blob).filter { $0.hasPrefix("/cpus/cpu@") && $0.hasSuffix("/") }
    #expect(nodes.count == 4096)
    #expect(
      [nodes[0], nodes[15], nodes[16], nodes[4095]] == [
        "/cpus/cpu@0/", "/cpus/cpu@f/", "/cpus/cpu@100/", "/cpus/cpu@ff0f/",
      ])
  }

  /// Before 4.18 the toolstack wrote the IOMMU's node when it met the first device that needs it.
  @Test func devicesStandOnBothSidesOfTheNodeThatTheFirstOfThemAsksFor() throws {
    var guest = Guest(cpuCount: 1, memory: 64 << 20)
    guest.devices = [0, 0, 1, 0].map { .init(.disk, backend: $0) }
    func order(_ version: XenVersion) throws -> [String] {
      let tree = try GuestTree(guest, kernel: PlanTests.payload, host: PlanTests.host, platform: .xenArm(version))
      return try listing(tree.blob).filter { $0.hasPrefix("/virtio") || $0.hasPrefix("/xen_iommu") }
        .filter { $0.hasSuffix("/") || $0.contains("iommus") }
    }
    let devices = [
      "/virtio@2000000/", "/virtio@2000200/", "/virtio@2000400/",
      "/virtio@2000400: iommus = 0000fde900000001", "/virtio@2000600/",
    ]
    #expect(try order(XenVersion(4, 20)) == devices + ["/xen_iommu/"])
    #expect(try order(XenVersion(4, 17)) == devices[..<2] + ["/xen_iommu/"] + devices[2...])
  }

  @Test func aPlatformWhoseTemplatesChangeWritesTheChangedTree() throws {
    var platform = GuestPlatform.qemuVirt
    platform.root.properties.append(PropertyTemplate("serial-number", [.string("7")]))
    platform.root.children.append(.node(NodeTemplate("extra", [], children: [.node(NodeTemplate("inner", []))])))
    let guest = Guest(cpuCount: 1, memory: 64 << 20)
    func lines(_ platform: GuestPlatform) throws -> [String] {
      try listing(GuestTree(guest, kernel: PlanTests.payload, host: PlanTests.host, platform: platform).blob)
    }
    let (before, after) = (try lines(.qemuVirt), try lines(platform))
    #expect(after.filter { !before.contains($0) } == [": serial-number = 3700", "/extra/", "/extra/inner/"])
    #expect(after.count == before.count + 3)
  }
}
