// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Testing
import XenFacts
import XenSystem

/// A small machine with dom0 and two guests: domA has the clock, domB the Ethernet controller behind the IOMMU.
struct OwnedSample {
  var hasDom0 = true
  var bootargs = "dom0_mem=128M"
  /// Source behind all else.
  var extra = ""

  static func ownership(_ change: (inout OwnedSample) -> Void = { _ in }) throws -> Ownership {
    var sample = OwnedSample()
    change(&sample)
    let tree = try sample.tree()
    let fragments = sample.fragments(of: tree)
    return Ownership(
      of: tree, version: XenVersion(4, 20), fragment: { fragments[tree[$0].name] },
      place: { tree.place(of: $0, property: $1, file: "sample.dts") })
  }

  func tree() throws -> DeviceTree {
    let parsed = parse(name: "sample.dts", bytes: Array(source.utf8), resolvingReferences: true)
    #expect(parsed.diagnostics.map(\.message) == [])
    return parsed.tree
  }

  /// The partial trees of the guests, by their names.
  func fragments(of tree: DeviceTree) -> [String: Ownership.Fragment] {
    ["domA": "/rtc@9010000", "domB": "/mac@9070000"].mapValues { device in
      var request = PassthroughRequest(devices: [device])
      request.drops = ["clocks"]
      let plan = XenSystem.passthrough(request, from: tree, file: "sample.dts")
      return .init(file: device, tree: plan.fragment)
    }
  }

  static func text(_ conflicts: [Ownership.Conflict]) -> [String] {
    conflicts.map { "\($0.kind.rawValue) \($0.what): \($0.first.title), \($0.second.title)" }
  }

  private var source: String {
    """
    /dts-v1/;
    / {
      #address-cells = <2>;
      #size-cells = <2>;
      interrupt-parent = <&gic>;
      memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
      reserved-memory {
        #address-cells = <2>;
        #size-cells = <2>;
        ranges;
        firmware@60000000 { reg = <0 0x60000000 0 0x100000>; no-map; };
      };
      cpus {
        #address-cells = <1>;
        #size-cells = <0>;
        cpu0: cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a57"; reg = <0>; enable-method = "psci"; };
        cpu1: cpu@1 { device_type = "cpu"; compatible = "arm,cortex-a57"; reg = <1>; enable-method = "psci"; };
      };
      psci { compatible = "arm,psci-1.0"; method = "smc"; };
      timer { compatible = "arm,armv8-timer"; interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>; };
      gic: gic@8000000 {
        compatible = "arm,gic-v3"; reg = <0 0x8000000 0 0x10000>, <0 0x80a0000 0 0x100000>; interrupts = <1 9 4>;
        interrupt-controller; #interrupt-cells = <3>; #address-cells = <2>; #size-cells = <2>; ranges;
      };
      smmu: smmu@9050000 {
        compatible = "arm,smmu-v2"; reg = <0 0x9050000 0 0x10000>; #global-interrupts = <1>; interrupts = <0 74 4>;
        #iommu-cells = <1>;
      };
      fixed: fixed { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <24000000>; };
      ccu: clocks@9060000 { compatible = "vendor,ccu"; reg = <0 0x9060000 0 0x1000>; #clock-cells = <1>; };
      uart@9000000 { compatible = "arm,pl011"; reg = <0 0x9000000 0 0x1000>; interrupts = <0 1 4>; clocks = <&fixed>; };
      rtc: rtc@9010000 { compatible = "arm,pl031"; reg = <0 0x9010000 0 0x1000>; interrupts = <0 2 4>; clocks = <&fixed>;
        xen,passthrough; };
      gpio: gpio@9030000 { compatible = "arm,pl061"; reg = <0 0x9030000 0 0x1000>; interrupts = <0 7 4>; status = "disabled"; };
      mac: mac@9070000 { compatible = "vendor,mac"; reg = <0 0x9070000 0 0x1000>; interrupts = <0 80 4>; iommus = <&smmu 5>;
        clocks = <&ccu 3>; xen,passthrough; };
      mmc: mmc@9080000 { compatible = "vendor,mmc"; reg = <0 0x9080000 0 0x800>; interrupts = <0 81 4>; iommus = <&smmu 6>;
        clocks = <&ccu 4>; };
      spare@90a0000 { compatible = "vendor,spare"; reg = <0 0x90a0000 0 0x1000>; xen,passthrough; };
      counter@90b0000 { compatible = "vendor,counter"; reg = <0 0x90b0000 0 0x1000>; interrupts = <1 7 4>; };
      chosen {
        #address-cells = <2>;
        #size-cells = <2>;
        stdout-path = "/uart@9000000";
        xen,xen-bootargs = "\(bootargs)";
        \(hasDom0 ? "module@50000000 { compatible = \"multiboot,kernel\", \"multiboot,module\"; reg = <0 0x50000000 0 0x10000>; };" : "")
        domA {
          compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>; memory = <0 0x10000>; cpus = <2>; vpl011;
          xen,enhanced;
          module@52000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x52000000 0 0x10000>; };
        };
        domB {
          compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>; memory = <0 0x10000>; cpus = <1>; vpl011;
          module@52000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x52000000 0 0x10000>; };
        };
      };
    };
    \(extra)
    """
  }
}
