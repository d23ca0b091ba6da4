// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Machine
import Testing

@Suite struct DependencyTests {
  private static let source = """
    / { #address-cells = <1>; #size-cells = <1>; interrupt-parent = <&gic>;
      gic: gic { compatible = "arm,gic-400"; interrupt-controller; #interrupt-cells = <3>; };
      clk: clock-controller { compatible = "v,clk"; #clock-cells = <1>; clocks = <&osc>; };
      osc: osc { compatible = "fixed-clock"; #clock-cells = <0>; };
      rst: reset-controller { compatible = "v,rst"; #reset-cells = <1>; };
      pd: power-controller { compatible = "v,pd"; #power-domain-cells = <0>; };
      pins: pinctrl { compatible = "v,pins"; eth_pins: eth { pins = "a"; }; };
      pmic: pmic { compatible = "v,pmic"; regulators { vcc: vcc { regulator-name = "vcc"; }; }; };
      gpio: gpio { #gpio-cells = <2>; gpio-ranges = <&pins 0 8 16>;
        hog { gpio-hog; gpios = <1 0>; }; };
      grf: syscon@f00 { compatible = "v,soc-grf", "syscon"; };
      sram: sram { };
      eth: ethernet@100 { compatible = "v,eth"; reg = <0x100 0x10>;
        clocks = <&clk 7>, <0>, <&osc>; clock-names = "bus", "tx", "ref"; resets = <&rst 3>; power-domains = <&pd>;
        pinctrl-names = "default"; pinctrl-0 = <&eth_pins>; phy-supply = <&vcc>; reset-gpios = <&gpio 5 1>;
        phy-handle = <&phy>; v,grf = <&grf 0x40 2>; memory-region = <&sram>; phy-mode = "rmii"; fifo-size = <2>;
        mdio { phy: phy@0 { clocks = <&osc>; }; };
      };
      user { mac-source = <&eth>; };
    };
    """
  private let sample = Sample(DependencyTests.source)

  @Test func everyKindOfReferenceIsReadWithItsCellsAndName() throws {
    let needs = try sample.topology.dependencies().needs(of: sample.node("/ethernet@100"))
    let lines = needs.map { need in
      "\(need.property)[\(need.index)] \(need.kind.rawValue) \(sample.path(need.target) ?? "?") \(need.specifier) "
        + "\(need.name ?? "-") \(need.evidence)"
    }
    #expect(
      lines == [
        "clocks[0] clock /clock-controller [7] bus binding",
        "clocks[2] clock /osc [] ref binding",
        "resets[0] reset /reset-controller [3] - binding",
        "power-domains[0] power domain /power-controller [] - binding",
        "pinctrl-0[0] pin control /pinctrl/eth [] - binding",
        "phy-supply[0] regulator /pmic/regulators/vcc [] - binding",
        "reset-gpios[0] gpio /gpio [5, 1] - binding",
        "phy-handle[0] phy /ethernet@100/mdio/phy@0 [] - binding",
        "v,grf[0] syscon /syscon@f00 [64, 2] - shape",
        "memory-region[0] memory region /sram [] - binding",
      ])
  }

  @Test func whatADeviceNeedsOfItselfIsNoNeedOfTheDevice() throws {
    let graph = sample.topology.dependencies()
    let eth = try sample.node("/ethernet@100")
    #expect(!graph.needs(ofDevice: eth).contains { $0.property == "phy-handle" })
    #expect(try graph.needs(ofDevice: eth).contains { $0.user == (try sample.node("/ethernet@100/mdio/phy@0")) })
  }

  @Test func aNodeKnowsWhoNeedsIt() throws {
    let graph = sample.topology.dependencies()
    let users = try graph.users(of: sample.node("/osc")).map { sample.path($0.user) }
    #expect(users == ["/clock-controller", "/ethernet@100", "/ethernet@100/mdio/phy@0"])
    #expect(
      try graph.users(ofDevice: sample.node("/pinctrl")).map { sample.path($0.user) } == ["/gpio", "/ethernet@100"])
  }

  @Test func theClosureHoldsEachDeviceOnceNearestFirst() throws {
    let closure = try sample.topology.dependencies().closure(of: sample.node("/ethernet@100"))
    #expect(
      closure.map { "\($0.depth) \(sample.path($0.device) ?? "")" } == [
        "1 /clock-controller", "1 /osc", "1 /reset-controller", "1 /power-controller", "1 /pinctrl", "1 /pmic",
        "1 /gpio", "1 /syscon@f00", "1 /sram",
      ])
  }

  @Test func aCircleOfNeedsEnds() throws {
    let sample = Sample(
      """
      / { a: a { compatible = "a"; #clock-cells = <0>; clocks = <&b>; };
        b: b { compatible = "b"; #clock-cells = <0>; clocks = <&a>; }; };
      """)
    let closure = try sample.topology.dependencies().closure(of: sample.node("/a"))
    #expect(closure.map { sample.path($0.device) } == ["/b"])
  }

  @Test func aReferenceOfTheSourceCountsWhateverTheNameOfTheProperty() throws {
    var tree = parse(name: "t.dts", bytes: Array(("/dts-v1/;\n" + Self.source).utf8)).tree
    tree.resolveReferences(keepingReferences: true)
    let user = try #require(tree.node(at: "/user"))
    let needs = Topology(tree).dependencies().needs(of: user)
    #expect(needs.map(\.evidence) == [.source])
    #expect(needs.map(\.target) == [tree.node(at: "/ethernet@100")])
    // Without the marks nothing speaks for it.
    #expect(try sample.topology.dependencies().needs(of: sample.node("/user")).isEmpty)
  }

  @Test func aPhandleOfNoNodeStaysInTheList() throws {
    let sample = Sample("/ { a { phy-handle = <0x77>; resets = <0x78 1>; clocks = <&b>; }; b: b { }; };")
    let graph = sample.topology.dependencies()
    #expect(graph.dependencies.map(\.phandle) == [0x77, 0x78, 1])
    #expect(try graph.dependencies.map(\.target) == [nil, nil, sample.node("/b")])
    // Where the next entry begins is not known.
    #expect(graph.unreadable.map(\.property) == ["resets", "clocks"])
  }

  @Test func mapsAndOddListsAreRead() throws {
    let sample = Sample(
      """
      / { #address-cells = <1>; #size-cells = <1>;
        gic: gic { interrupt-controller; #interrupt-cells = <3>; };
        smmu: smmu { #iommu-cells = <1>; };
        box: box { #mbox-cells = <1>; channel: channel { }; };
        pcie { #address-cells = <3>; #size-cells = <2>; #interrupt-cells = <1>;
          interrupt-map = <0 0 0 1 &gic 0 3 4>; iommu-map = <0 &smmu 8 16>; };
        core { mboxes = <&box &channel>; };
        pins { rockchip,pins = <1 2 3 &cfg 4 5 6 &cfg>; };
        cfg: cfg { };
      };
      """)
    let lines = sample.topology.dependencies().dependencies.map {
      "\($0.property) \(sample.path($0.target) ?? "") \($0.specifier)"
    }
    let channel = try #require(sample.tree.phandle(of: sample.node("/box/channel")))
    #expect(
      lines == [
        "interrupt-map /gic [0, 3, 4]", "iommu-map /smmu [0, 8, 16]", "mboxes /box [\(channel)]",
        "mboxes /box/channel []", "rockchip,pins /cfg [1, 2, 3]", "rockchip,pins /cfg [4, 5, 6]",
      ])
  }

  @Test func aListOfNodesOfAnUnknownNameIsReadWhenAllAreOfThatName() throws {
    let sample = Sample(
      """
      / { q1: qos@1 { compatible = "v,qos", "syscon"; phandle = <1>; }; q2: qos@2 { phandle = <2>; };
        a { pm_qos = <&q1 &q2>; v,foos = <&p 9>; qos-delay = <1>; other = <1>; qos-id = <1>; };
        p: p { #foo-cells = <1>; };
      };
      """)
    let lines = try sample.topology.dependencies().needs(of: sample.node("/a")).map {
      "\($0.property) \(sample.path($0.target) ?? "") \($0.specifier) \($0.evidence)"
    }
    #expect(lines == ["pm_qos /qos@1 [] shape", "pm_qos /qos@2 [] shape", "v,foos /p [9] shape"])
  }
}
