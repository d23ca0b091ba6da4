// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Foundation
import SystemFiles
import Testing
import XenSystem

/// Systems that are booted on both Xens, with the tree that each domain really found held against the predicted one: guests print
/// theirs, a Linux dom0 prints `/sys/firmware/fdt`.
@Suite(.enabled(if: Real.isPrepared), .serialized) struct PredictedTreeTests {
  /// The machine that QEMU is to be.
  struct Machine: Sendable {
    var gic = 3
    var cpus = 2
    var memory = 2048
    var cpu = "cortex-a57"
  }

  struct System: Sendable, CustomTestStringConvertible {
    var name: String
    var machine = Machine()
    /// What stands in `/chosen`.
    var chosen = ""
    /// What is put onto the host's tree beside it.
    var host = ""
    var domains: [String]
    var testDescription: String { name }
  }

  private static func guest(
    _ name: String, _ megabytes: Int, cpus: Int = 1, ramdisk: Int? = nil, bootargs: String = "", tree: String? = nil,
    _ more: String = ""
  ) -> String {
    """
    \(name) { compatible = "xen,domain"; memory = <0x0 \(megabytes << 10)>; cpus = <\(cpus)>; vpl011; \(more)
      kernel { compatible = "multiboot,kernel", "multiboot,module"; xen,uefi-binary = "probe.Image";
        bootargs = "name=\(name) dumpfdt \(bootargs)"; };
      \(ramdisk.map { #"ramdisk { compatible = "multiboot,ramdisk", "multiboot,module"; xen,uefi-binary = "ramdisk-\#($0)"; };"# } ?? "")
      \(tree.map { #"tree { compatible = "multiboot,device-tree", "multiboot,module"; xen,uefi-binary = "\#($0)"; };"# } ?? "")
    };
    """
  }

  private static func dom0(_ megabytes: Int, ramdisk: String = "initramfs.gz") -> String {
    """
    kernel { compatible = "multiboot,kernel", "multiboot,module"; xen,uefi-binary = "vmlinuz";
      bootargs = "console=hvc0 quiet dumpfdt"; };
    ramdisk { compatible = "multiboot,ramdisk", "multiboot,module"; xen,uefi-binary = "\(ramdisk)"; };
    """
  }

  private static let rtc = "pl031@9010000 { xen,passthrough; };"

  static let systems: [System] = [
    System(name: "one small guest", chosen: guest("domA", 64), domains: ["domA"]),
    System(name: "two CPUs, a ramdisk", chosen: guest("domA", 128, cpus: 2, ramdisk: 70_000), domains: ["domA"]),
    System(
      name: "three guests",
      chosen: guest("domA", 64) + guest("domB", 96, cpus: 3) + guest("domC", 512, cpus: 4, ramdisk: 3_000_001),
      domains: ["domA", "domB", "domC"]),
    System(name: "eight CPUs", chosen: guest("domA", 256, cpus: 8), domains: ["domA"]),
    System(
      name: "GICv2", machine: Machine(gic: 2), chosen: guest("domA", 64) + guest("domB", 256, cpus: 2, ramdisk: 9),
      domains: ["domA", "domB"]),
    System(
      name: "GICv2, eight CPUs", machine: Machine(gic: 2, cpus: 4), chosen: guest("domA", 128, cpus: 8),
      domains: ["domA"]),
    System(
      name: "5 GiB in two banks, 17 CPUs", machine: Machine(cpus: 4, memory: 8192),
      chosen: guest("domA", 5120, cpus: 17, ramdisk: 5_000_001), domains: ["domA"]),
    System(name: "another CPU", machine: Machine(cpu: "cortex-a72"), chosen: guest("domA", 64), domains: ["domA"]),
    System(
      name: "enhanced", chosen: guest("domA", 256, #"xen,enhanced = "no-xenstore";"#), domains: ["domA"]),
    System(
      name: "event channels",
      chosen: guest(
        "domA", 64,
        #"xen,enhanced = "no-xenstore"; a: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <0xa &b>; };"#)
        + guest(
          "domB", 96,
          #"xen,enhanced = "no-xenstore"; b: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <0xb &a>; };"#),
      domains: ["domA", "domB"]),
    System(
      name: "a clock passed through, with aliases", chosen: guest("domA", 64, tree: "rtc.dtb"), host: rtc,
      domains: ["domA"]),
    System(
      name: "a clock at another address, enhanced",
      chosen: guest("domA", 64, tree: "rtc-moved.dtb", #"xen,enhanced = "no-xenstore";"#), host: rtc, domains: ["domA"]),
    System(name: "odd sizes", chosen: guest("domA", 67, cpus: 2, ramdisk: 1), domains: ["domA"]),
    System(
      name: "a long command line", chosen: guest("domA", 64, bootargs: String(repeating: "word ", count: 180)),
      domains: ["domA"]),
    System(name: "dom0", chosen: dom0(512), domains: ["dom0"]),
    System(name: "dom0, GICv2", machine: Machine(gic: 2), chosen: dom0(512), domains: ["dom0"]),
    System(
      name: "dom0 with a hidden clock, and a guest that has it",
      chosen: dom0(512) + guest("domA", 64, tree: "rtc.dtb"), host: rtc, domains: ["dom0", "domA"]),
    System(
      name: "dom0 beside reserved memory", chosen: dom0(512) + guest("domA", 64),
      host: """
        reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
          firmware@a0000000 { reg = <0x0 0xa0000000 0x0 0x100000>; no-map; };
        };
        """, domains: ["dom0", "domA"]),
  ]

  @Test(arguments: systems, ["4.17", "4.20"])
  func everyDomainFindsThePredictedTree(_ system: System, _ xen: String) throws {
    let work = try workspace(system, xen: xen)
    let built = try grove("build", "host.dtb", "system.dts", "-o", "out", "--target", "qemu", in: work.folder)
    #expect(built.status == 0, "\(built.error)")
    let loaded = try loadSystem([work.path("host.dtb"), work.path("system.dts")])
    let dumps = try dumps(of: system.domains, in: work)
    for name in system.domains {
      let index = try #require(
        loaded.system.domains.firstIndex { $0.name.value == name || name == "dom0" && $0.isDom0 })
      let predicted = try loaded.system.predictedTree(of: index, flow: .direct)
      let found = try DeviceTree(blob: try #require(dumps[name], "\(name) printed no whole tree"))
      #expect(Self.surprises(found, predicted) == [], "\(name)")
    }
  }

  /// The trees that the domains print. Xen writes what the domain in focus says at once and what others say by the line, so that
  /// lines can mix when all speak together: it is booted again until every tree has come through whole.
  private func dumps(of domains: [String], in work: Workspace) throws -> [String: [UInt8]] {
    var whole: [String: [UInt8]] = [:]
    for _ in 0..<4 where whole.count < domains.count {
      let marks = domains.flatMap { ["--expect", "\($0)=FDT-END"] }
      let boot = try run(
        Real.grove, ["boot", "out", "--target", "qemu", "--timeout", "60"] + marks, in: work.folder)
      for name in domains where whole[name] == nil { whole[name] = dump(of: name, in: boot.output) }
    }
    return whole
  }

  /// What a domain found otherwise than predicted, as paths.
  private static func surprises(_ found: DeviceTree, _ predicted: PredictedTree) -> [String] {
    var (found, tree) = (found, predicted.tree)
    // The open parts are taken out of both.
    for value in predicted.open {
      for node in [found.node(at: value.node)].compactMap({ $0 }) {
        if let property = value.property { found.removeProperty(property, from: node) }
      }
      guard let node = tree.node(at: value.node) else { continue }
      if let property = value.property { tree.removeProperty(property, from: node) }
    }
    // dom0's RAM lies where Xen finds room.
    if predicted.open.contains(where: { $0.property == nil }) {
      for node in [found.children(of: found.root).first { found[$0].baseName == "memory" }].compactMap({ $0 }) {
        found.remove(node)
      }
      if let node = tree.children(of: tree.root).first(where: { tree[$0].baseName == "memory" }) { tree.remove(node) }
    }
    return tree.differences(to: found).map { "\($0.kind) \($0.node):\($0.property ?? "")" }
  }

  /// The bytes that a domain printed; nil when they are not as many as it announced, or a line came through damaged.
  private func dump(of domain: String, in output: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var size: Int?
    for line in output.split(whereSeparator: \.isNewline) {
      guard line.hasPrefix("\(domain)| FDT") else { continue }
      let words = line.split(separator: " ")
      guard words.count == 3 else { continue }
      if words[1] == "FDT-BEGIN" { size = Int(words[2]) }
      guard words[1] == "FDT" else { continue }
      var digits = words[2]
      while digits.count >= 2 {
        guard let byte = UInt8(digits.prefix(2), radix: 16) else { return nil }
        bytes.append(byte)
        digits = digits.dropFirst(2)
      }
    }
    return size == bytes.count ? bytes : nil
  }

  private func workspace(_ system: System, xen: String) throws -> Workspace {
    let work = try Workspace.withImages(xen: xen)
    for size in [1, 9, 70_000, 3_000_001, 5_000_001] {
      try work.write("ramdisk-\(size)", [UInt8](repeating: 0x5a, count: size))
    }
    let machine = system.machine
    let qemu = try run(
      "/usr/bin/env",
      [
        "qemu-system-aarch64", "-nodefaults", "-display", "none", "-machine",
        "virt,virtualization=on,gic-version=\(machine.gic),dumpdtb=host.dtb", "-cpu", machine.cpu, "-smp",
        "\(machine.cpus)", "-m", "\(machine.memory)",
      ], in: work.folder)
    #expect(qemu.status == 0, "\(qemu.error)")
    for (name, address) in [("rtc", "0x9010000"), ("rtc-moved", "0x1f000000")] {
      try work.write("\(name).dts", Self.fragment(address))
      #expect(try grove("dts", "compile", "\(name).dts", "-o", "\(name).dtb", in: work.folder).status == 0)
    }
    let bootargs = "console=dtuart dtuart=/pl011@9000000 bootscrub=0 dom0_mem=512M"
    try work.write(
      "system.dts",
      """
      /dts-v1/;
      / {
        chosen {
          grove,xen-image = "xen";
          xen,xen-bootargs = "\(system.domains.contains("dom0") ? bootargs : String(bootargs.dropLast(" dom0_mem=512M".count)))";
          \(system.chosen)
        };
        \(system.host)
      };

      """)
    return work
  }

  /// The clock of QEMU's machine, at a guest address.
  private static func fragment(_ address: String) -> String {
    """
    /dts-v1/;
    / {
      #address-cells = <2>;
      #size-cells = <2>;
      gic: gic { #interrupt-cells = <3>; interrupt-controller; };
      aliases { rtc0 = "/passthrough/pl031@9010000"; };
      passthrough {
        compatible = "simple-bus";
        ranges;
        #address-cells = <2>;
        #size-cells = <2>;
        pclk: apb-pclk { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <24000000>; };
        pl031@9010000 {
          compatible = "arm,pl031", "arm,primecell";
          reg = <0x0 \(address) 0x0 0x1000>;
          interrupts = <0 2 4>;
          interrupt-parent = <&gic>;
          clocks = <&pclk>;
          clock-names = "apb_pclk";
          xen,path = "/pl031@9010000";
          xen,reg = <0x0 0x9010000 0x0 0x1000 0x0 \(address)>;
          xen,force-assign-without-iommu;
        };
      };
    };

    """
  }
}
