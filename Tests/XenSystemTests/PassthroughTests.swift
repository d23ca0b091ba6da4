// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Testing
import XenSystem

@Suite struct PassthroughTests {
  /// A board in small: a clock with software behind it, an IOMMU, devices that need things of each other.
  private static let board = """
    /dts-v1/;
    / {
      #address-cells = <2>;
      #size-cells = <2>;
      interrupt-parent = <&gic>;
      aliases { rtc0 = &rtc; ethernet0 = &mac; };
      gic: interrupt-controller@8000000 {
        compatible = "arm,gic-v3"; reg = <0x0 0x8000000 0x0 0x10000 0x0 0x80a0000 0x0 0x100000>;
        interrupt-controller; #interrupt-cells = <3>; #address-cells = <0>;
      };
      smmu: iommu@a000000 { compatible = "arm,smmu-v2"; reg = <0x0 0xa000000 0x0 0x10000>; #iommu-cells = <1>; };
      osc: oscillator { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <24000000>; };
      half: divider { compatible = "fixed-factor-clock"; #clock-cells = <0>; clocks = <&osc>; clock-mult = <1>; clock-div = <2>; };
      always: supply { compatible = "regulator-fixed"; regulator-name = "3v3"; };
      bus {
        compatible = "simple-bus";
        #address-cells = <1>;
        #size-cells = <1>;
        ranges = <0x0 0x0 0x9000000 0x100000>;
        rtc: rtc@10000 {
          compatible = "arm,pl031", "arm,primecell"; reg = <0x10000 0x1000>; interrupts = <0 2 4>; clocks = <&half>;
          clock-names = "apb_pclk";
        };
        ccu: clock-controller@20000 { compatible = "vendor,ccu"; reg = <0x20000 0x1000>; #clock-cells = <1>; #reset-cells = <1>; };
        mac: ethernet@30000 {
          compatible = "vendor,mac"; reg = <0x30000 0x800>; reg-names = "all"; interrupts = <0 7 4>, <0 8 1>;
          interrupt-names = "main", "wake"; clocks = <&ccu 3>, <&osc>; clock-names = "core", "ref"; resets = <&ccu 1>;
          iommus = <&smmu 5>; phy-handle = <&phy>; phy-supply = <&always>; local-mac-address = [00 11 22 33 44 55];
          mdio { #address-cells = <1>; #size-cells = <0>; phy: phy@1 { reg = <1>; }; };
        };
        spi: spi@30800 { compatible = "vendor,spi"; reg = <0x30800 0x100>; interrupts = <1 9 4>; };
        blitter: blitter@40000 { compatible = "vendor,blitter"; reg = <0x40000 0x1000>; dma-coherent; interrupts = <0 11 4>; };
      };
    };
    """

  private func plan(
    _ devices: [String], changing: String = "", _ change: (inout PassthroughRequest) -> Void = { _ in }
  ) throws -> PassthroughPlan {
    let parsed = parse(name: "board.dts", bytes: Array((Self.board + changing).utf8), resolvingReferences: true)
    #expect(parsed.diagnostics.isEmpty)
    var request = PassthroughRequest(devices: devices)
    request.taken = PassthroughRequest.taken(memory: 64 << 20)
    change(&request)
    return XenSystem.passthrough(request, from: parsed.tree, file: "board.dts")
  }

  private func text(_ plan: PassthroughPlan) -> [String] {
    plan.diagnostics.map { "\($0.rule): \($0.message)" + ($0.hint.map { "; \($0)" } ?? "") }
  }

  @Test func aClockOfKnownRateBecomesAFixedOne() throws {
    let plan = try plan(["/bus/rtc@10000"])
    #expect(text(plan) == [])
    #expect(plan.marked == ["/bus/rtc@10000"])
    #expect(
      plan.fragment.sourceText() == """
        /dts-v1/;

        / {
        \t#address-cells = <0x02>;
        \t#size-cells = <0x02>;

        \tpassthrough {
        \t\tcompatible = "simple-bus";
        \t\tranges;
        \t\t#address-cells = <0x02>;
        \t\t#size-cells = <0x02>;

        \t\trtc@9010000 {
        \t\t\tcompatible = "arm,pl031", "arm,primecell";
        \t\t\treg = <0x00 0x9010000 0x00 0x1000>;
        \t\t\tinterrupts = <0x00 0x02 0x04>;
        \t\t\tinterrupt-parent = <0x01>;
        \t\t\tclocks = <0x02>;
        \t\t\tclock-names = "apb_pclk";
        \t\t\txen,reg = <0x00 0x9010000 0x00 0x1000 0x00 0x9010000>;
        \t\t\txen,path = "/bus/rtc@10000";
        \t\t\txen,force-assign-without-iommu;
        \t\t};

        \t\tclocks {
        \t\t\tcompatible = "simple-bus";
        \t\t\t#address-cells = <0x01>;
        \t\t\t#size-cells = <0x00>;

        \t\t\tclock@0 {
        \t\t\t\tcompatible = "fixed-clock";
        \t\t\t\treg = <0x00>;
        \t\t\t\t#clock-cells = <0x00>;
        \t\t\t\tclock-frequency = <0xb71b00>;
        \t\t\t\tclock-output-names = "passthrough-clock-0";
        \t\t\t\tphandle = <0x02>;
        \t\t\t};
        \t\t};
        \t};

        \taliases {
        \t\trtc0 = "/passthrough/rtc@9010000";
        \t};

        \tgic {
        \t\t#interrupt-cells = <0x03>;
        \t\t#address-cells = <0x00>;
        \t\tinterrupt-controller;
        \t\tphandle = <0x01>;
        \t};
        };

        """)
  }

  @Test func whatStaysBehindIsReportedWithTheChoice() throws {
    let plan = try plan(["ethernet0"])
    #expect(
      text(plan) == [
        "passthrough-clock: /bus/ethernet@30000 needs clock 0 (core) of /bus/clock-controller@20000, which stays with the host, "
          + "and the tree does not say its rate; say the rate, as the host has it in /sys/kernel/debug/clk: --clock core=HZ",
        "passthrough-choice: /bus/ethernet@30000 needs the reset /bus/clock-controller@20000 by its `resets`; nothing else uses it; "
          + "give it too, or do without: --drop /bus/clock-controller@20000",
        "passthrough-neighbours: /bus/ethernet@30000 shares the page [0x9030000, 0x9031000), 4 KiB with /bus/spi@30800 at "
          + "[0x9030800, 0x9030900), 256 bytes: the guest reaches that too",
      ])
  }

  @Test func whatWasDecidedIsDoneAndNamesStayAligned() throws {
    let plan = try plan(["ethernet0"]) {
      $0.clockRates["core"] = 125_000_000
      $0.drops.insert("resets")
    }
    #expect(plan.diagnostics.filter { $0.level == .error }.isEmpty)
    let tree = plan.fragment
    let mac = try #require(tree.node(at: "/passthrough/ethernet@9030000"))
    #expect(tree[mac, "clock-names"]?.strings == ["core", "ref"])
    #expect(tree[mac, "clocks"]?.cells?.count == 2)
    #expect(tree[mac, "resets"] == nil)
    #expect(tree[mac, "iommus"] == nil)
    #expect(tree[mac, "interrupts"]?.cells == [0, 7, 4, 0, 8, 1])
    #expect(tree[mac, "interrupt-names"]?.strings == ["main", "wake"])
    // Behind an IOMMU nothing is forced; the register block is half a page, and Xen maps whole ones.
    #expect(tree[mac, "xen,force-assign-without-iommu"] == nil)
    #expect(tree[mac, "xen,reg"]?.cells == [0, 0x903_0000, 0, 0x1000, 0, 0x903_0000])
    // Every reference leads to a node of the fragment.
    let phandles = Set(tree.walk().compactMap { tree[$0, "phandle"]?.cell })
    for property in ["phy-handle", "phy-supply", "interrupt-parent"] {
      #expect(tree[mac, property]?.cell.map(phandles.contains) == true, "\(property)")
    }
    #expect(tree.node(at: "/passthrough/ethernet@9030000/mdio/phy@1") != nil)
    #expect(tree.node(at: "/aliases").map { tree[$0, "ethernet0"]?.string } == "/passthrough/ethernet@9030000")
  }

  @Test func aMasterWithoutIOMMUIsRefusedUnlessWaived() throws {
    #expect(
      text(try plan(["/bus/blitter@40000"])) == [
        "passthrough-dma: /bus/blitter@40000 reaches memory by itself (it has `dma-coherent`), and no IOMMU is in front of it: "
          + "the guest could read and write all memory of the machine, and its addresses are not those of the device; give the guest "
          + "its memory one to one (direct-map), and say so with a reason: --waive-iommu REASON"
      ])
    let waived = try plan(["/bus/blitter@40000"]) { $0.iommuWaiver = "the guest is direct-mapped" }
    #expect(text(waived) == [])
  }

  @Test func anIOMMUThatIsNotInUseProtectsNothing() throws {
    let decided: (inout PassthroughRequest) -> Void = {
      $0.clockRates["core"] = 125_000_000
      $0.drops.insert("resets")
    }
    let plan = try plan(["ethernet0"], changing: "&smmu { status = \"disabled\"; };", decided)
    #expect(
      text(plan).first
        == "passthrough-dma: /bus/ethernet@30000 reaches memory by itself (it has `iommus`), and the IOMMU in front of it, "
        + "/iommu@a000000, is not in use: the guest could read and write all memory of the machine, and its addresses are not "
        + "those of the device; enable the IOMMU in the host's tree, by an overlay; or give the guest its memory one to one "
        + "(direct-map), and say so with a reason: --waive-iommu REASON")
    #expect(plan.explanation.contains("iommu /iommu@a000000: left out: it is not in use on the host"))
  }

  @Test func theNamesOfPinStatesStayWithThem() throws {
    let pins = """
      &rtc { pinctrl-0 = <&ccu>; pinctrl-1 = <&always>; pinctrl-names = "default", "sleep"; };
      """
    let one = try plan(["/bus/rtc@10000"], changing: pins) { $0.drops.insert("pinctrl-0") }.fragment
    let rtc = try #require(one.node(at: "/passthrough/rtc@9010000"))
    #expect(one[rtc, "pinctrl-names"]?.strings == ["sleep"])
    #expect(one[rtc, "pinctrl-0"] != nil)
    #expect(one[rtc, "pinctrl-1"] == nil)
    let none = try plan(["/bus/rtc@10000"], changing: pins) { $0.drops.formUnion(["pinctrl-0", "pinctrl-1"]) }.fragment
    #expect(none.node(at: "/passthrough/rtc@9010000").map { none[$0, "pinctrl-names"] == nil } == true)
  }

  @Test func aPrivateInterruptCannotBePassedOn() throws {
    #expect(
      text(try plan(["/bus/spi@30800"])).first
        == "passthrough-interrupt: an interrupt of /bus/spi@30800 is PPI 9, and Xen passes on shared interrupts of the GIC alone"
    )
  }

  @Test func whatTheGuestHasItselfMovesTheDevice() throws {
    let plan = try plan(["/bus/rtc@10000"]) { $0.taken.append(0x900_0000..<0x902_0000) }
    let tree = plan.fragment
    let rtc = try #require(tree.node(at: "/passthrough/rtc@5000000"))
    #expect(tree[rtc, "xen,reg"]?.cells == [0, 0x901_0000, 0, 0x1000, 0, 0x500_0000])
    #expect(tree[rtc, "reg"]?.cells == [0, 0x500_0000, 0, 0x1000])
  }

  @Test func whatIsXensOwnOrNoDeviceIsRefused() throws {
    #expect(
      text(try plan(["/interrupt-controller@8000000", "/iommu@a000000", "/bus/rtc", "/aliases"])) == [
        "passthrough-device: /interrupt-controller@8000000 is the interrupt controller of the CPUs, which Xen keeps for itself",
        "passthrough-device: /iommu@a000000 is an IOMMU, which Xen keeps for itself",
        "passthrough-device: no node of the host is called /bus/rtc",
        "passthrough-device: /aliases is no device: it has no `compatible`",
      ])
  }
}
