// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import FlattenedTree
import GuestTree
import Testing
import XenFacts

/// A model string and nodes of the guest's own in the tree that its platform writes.
@Suite struct AdditionTests {
  static func blob(_ source: String) throws -> [UInt8] {
    let parsed = parse(name: "additions.dts", bytes: Array("/dts-v1/;\n\(source)".utf8), resolvingReferences: true)
    #expect(parsed.diagnostics.isEmpty)
    return try parsed.tree.blob()
  }

  static func plan(
    _ source: String, platform: GuestPlatform = .xenArm(XenVersion(4, 20)), _ change: (inout Guest) -> Void = { _ in }
  ) throws -> GuestPlan {
    let additions = try blob(source)
    return try PlanTests.plan(platform: platform) {
      $0.additions = additions
      change(&$0)
    }
  }

  /// Why additions are refused.
  static func fault(
    _ source: String, platform: GuestPlatform = .xenArm(XenVersion(4, 20)), _ change: (inout Guest) -> Void = { _ in }
  ) throws -> AdditionFault? {
    do {
      _ = try plan(source, platform: platform, change)
    } catch GuestPlan.Failure.tree(.additions(let fault)) {
      return fault
    }
    return nil
  }

  @Test func nothingButWhatWasAddedIsDifferent() throws {
    let plain = try listing(PlanTests.plan { $0.ramdiskSize = 5000 }.tree.blob)
    let added = try listing(
      Self.plan(
        """
        / {
          compatible = "grove,own";
          serial-number = "7";
          own: own-node { deep { answer = <42>; peer = <&own>; }; };
          cpus { cpu@0 { capacity-dmips-mhz = <1024>; }; };
          chosen { stdout-path = "/hypervisor"; };
        };
        """
      ) {
        $0.ramdiskSize = 5000
        $0.model = Array("A machine of our own".utf8)
      }.tree.blob)
    let text = "A machine of our own\0".utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(
      added.filter { !plain.contains($0) } == [
        ": model = \(text)", ": compatible = 67726f76652c6f776e00", ": serial-number = 3700",
        "/chosen: stdout-path = 2f68797065727669736f7200", "/cpus/cpu@0: capacity-dmips-mhz = 00000400", "/own-node/",
        "/own-node: phandle = 00000001", "/own-node/deep/", "/own-node/deep: answer = 0000002a",
        "/own-node/deep: peer = 00000001",
      ])
    // Replaced ones stand where the platform's stood, added ones behind.
    #expect(
      plain.filter { !added.contains($0) }.map { $0.prefix { $0 != "=" } } == [": model ", ": compatible "])
    #expect(
      added.prefix(7).map { String($0.prefix { $0 != "=" }) } == [
        "/", ": model ", ": compatible ", ": interrupt-parent ", ": #address-cells ", ": #size-cells ",
        ": serial-number ",
      ])
  }

  @Test func aModelIsGivenToAPlatformThatHasNone() throws {
    let plan = try PlanTests.plan(platform: .qemuVirt) { $0.model = Array("own".utf8) }
    #expect(try listing(plan.tree.blob).contains(": model = 6f776e00"))
  }

  @Test func theTreesSizeCountsWhenItIsPlaced() throws {
    let plan = try Self.plan("/ { big = [\(String(repeating: "00", count: 20_000))]; };")
    #expect(plan.layout.treeRoom == 0x43ff_a000..<0x4400_0000)
    #expect(plan.loads.last?.source == 0..<UInt64(plan.tree.blob.count))
  }

  /// Strings of libfdt's order, nodes without a hole.
  @Test func theLibfdtLayoutTakesThemAsWell() throws {
    var guest = Guest(cpuCount: 1, memory: 64 << 20)
    guest.additions = try Self.blob("/ { own { a; }; };")
    let trees = try [GuestTree.BlobLayout.standard, .libfdt].map { layout in
      try GuestTree(
        guest, kernel: PlanTests.payload, host: PlanTests.host, platform: .xenArm(XenVersion(4, 20)), blobLayout: layout
      ).blob
    }
    #expect(try listing(trees[0]) == listing(trees[1]) && trees[0] != trees[1])
  }

  // MARK: Late values

  @Test func lateValuesKeepTheirPlaces() throws {
    let source = "/ { serial-number = \"1\"; a-node { }; chosen { extra; }; };"
    func tree(_ values: [LateValue], leavesOut: Bool = false) throws -> GuestTree {
      var guest = Guest(cpuCount: 1, memory: 64 << 20)
      guest.ramdiskSize = 5000
      guest.lateValues = values
      guest.additions = try Self.blob(source)
      guest.model = Array("own".utf8)
      return try GuestTree(
        guest, kernel: PlanTests.payload, host: PlanTests.host, platform: .xenArm(XenVersion(4, 20)),
        leavesLateOut: leavesOut)
    }
    let given = try tree(LateTests.values)
    let zeros = try tree([])
    var overwritten = zeros.blob
    try zeros.overwrite(LateTests.values, in: &overwritten)
    #expect(overwritten == given.blob && zeros.blob != given.blob)
    let without = try tree([], leavesOut: true)
    #expect(try zeros.inserting(LateTests.values, into: without.blob) == given.blob)
    let seed = try #require(try Self.plan(source).lateSlots.first { $0.name == .randomSeed })
    let blob = try Self.plan(source) { $0.lateValues = LateTests.values }.tree.blob
    #expect(Array(blob[seed.offset..<(seed.offset + 128)]) == (0..<128).map { UInt8($0) })
  }

  // MARK: What is refused

  @Test func whatThePlatformWritesIsNotContradicted() throws {
    for (source, spot) in [
      ("/ { #address-cells = <1>; };", "#address-cells of /"),
      ("/ { memory@40000000 { reg = <0 0x40000000 0 0x10000000>; }; };", "reg of /memory@40000000"),
      ("/ { cpus { cpu@0 { enable-method = \"spin-table\"; }; }; };", "enable-method of /cpus/cpu@0"),
      ("/ { chosen { rng-seed = [01]; }; };", "rng-seed of /chosen"),
      ("/ { interrupt-controller@3001000 { phandle = <1>; }; };", "phandle of /interrupt-controller@3001000"),
    ] {
      #expect(
        try Self.fault(source)?.description
          == "the additions to the tree have \(spot), which the platform writes with another value")
    }
    // The same value is no contradiction; so a label can stand at the interrupt controller.
    let plan = try Self.plan(
      """
      / { gic: interrupt-controller@3001000 { phandle = <0xfde8>; };
          own { interrupt-parent = <&gic>; }; };
      """)
    #expect(try listing(plan.tree.blob).contains("/own: interrupt-parent = 0000fde8"))
  }

  @Test func ramAndCPUsThatAreNotThereAreRefused() throws {
    for (source, spot) in [
      ("/ { memory@80000000 { }; };", "/memory@80000000"), ("/ { memory { }; };", "/memory"),
      ("/ { more { device_type = \"memory\"; }; };", "/more"), ("/ { cpus { cpu@1 { }; }; };", "/cpus/cpu@1"),
    ] {
      #expect(
        try Self.fault(source)?.description
          == "the additions to the tree have \(spot), RAM or a CPU that the guest would look for and not find")
    }
    #expect(try Self.fault("/ { cpus { cpu-map { }; }; reserved-memory { memory@1 { }; }; };") == nil)
  }

  @Test func whatFollowsFromTheDescriptionIsRefused() throws {
    let fault = try Self.fault("/ { chosen { bootargs = \"quiet\"; }; };")
    #expect(
      fault?.description
        == "the additions to the tree have bootargs of /chosen, which follows from the guest's description")
    #expect(fault?.hint == "use the keys bootargs and ramdisk")
  }

  @Test func aPhandleIsGivenOnce() throws {
    #expect(
      try Self.fault("/ { own { phandle = <0xfde8>; }; };")?.description
        == "the additions to the tree give /own the phandle 0xfde8, which /interrupt-controller@3001000 has already")
    // The compiler says it of a source, and nobody of a blob.
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    for name in ["a", "b"] as [FlattenedTree.Text] {
      try writer.beginNode(name)
      try writer.property("phandle", [0, 0, 0, 9])
      try writer.property("linux,phandle", [0, 0, 0, 9])
      try writer.endNode()
    }
    try writer.endNode()
    let blob = try writer.finish()
    #expect(
      throws: GuestPlan.Failure.tree(.additions(.phandleTaken(9, .init(path: Array("/b".utf8)), by: Array("/a".utf8))))
    ) {
      try PlanTests.plan { $0.additions = blob }
    }
    // A partial tree counts as well.
    let clash = try Self.fault("/ { own { phandle = <2>; }; };") {
      $0.fragment = ToolstackGoldenTests.bytes("pt-rtc-fde8.dtb")
    }
    #expect(
      clash?.description
        == "the additions to the tree give /own the phandle 0x2, which /passthrough/apb-pclk has already")
    // A node of the platform's may get one.
    #expect(try Self.fault("/ { c: cpus { }; own { cpus = <&c>; }; };") == nil)
  }

  @Test func whatIsNoTreeIsRefused() throws {
    #expect(
      throws: GuestPlan.Failure.tree(.additions(.unreadable(FlattenedTreeError(.truncated, at: 2))))
    ) { try PlanTests.plan { $0.additions = [1, 2] } }
    #expect(try Self.fault("/memreserve/ 0 0x1000;\n/ { };")?.hint == "use a node in /reserved-memory")
    #expect(try Self.fault("/ { fragment@0 { __overlay__ { }; }; };") == .isOverlay)
    #expect(
      try Self.fault("/ { model = \"other\"; };") { $0.model = Array("own".utf8) }?.description
        == "the additions to the tree have model of /, which follows from the guest's description")
    #expect(
      try Self.fault("/ { };", platform: .dom0less(XenVersion(4, 20)))?.description
        == "Xen writes this guest's tree itself, and takes nothing but a partial tree")
  }

  @Test func deepAdditionsAreNoTrouble() throws {
    let depth = 20_000
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    for number in 0..<depth {
      try writer.beginNode("n")
      try writer.property("phandle", [0, 1, UInt8(number >> 8), UInt8(number & 0xff)])
    }
    for _ in 0...depth { try writer.endNode() }
    let blob = try writer.finish()
    let plan = try PlanTests.plan { $0.additions = blob }
    #expect(plan.tree.blob.count > blob.count)
  }
}
