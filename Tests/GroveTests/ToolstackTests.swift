// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Domains that a toolstack in dom0 starts: planned and bundled by `grove guest bundle`, started by `grove-domain`, on a real Xen.
@Suite(.enabled(if: Real.isPrepared), .serialized) struct ToolstackTests {
  /// A guest and what it must say.
  private struct Domain {
    var name: String
    var description: String
    var lines: [String]
  }

  /// With a seed that is no chance, so that the tree is known to the last byte.
  private static let dumped =
    "bootargs: dumpfdt off\nlate: {random-seed: {hex: \"" + String(repeating: "5eed", count: 64) + "\"}}\n"

  /// Each runs alone and powers off.
  private static let domains: [Domain] =
    [1, 2, 4, 8].map { cpus in
      Domain(
        name: "cpus-\(cpus)", description: "memory: 64 MiB\ncpus: \(cpus)\n" + dumped,
        lines: ["PROBE cpus=\(cpus)", "PROBE bank0=0x40000000 size=67108864"])
    } + [
      Domain(
        name: "odd", description: "memory: 33 MiB\nmodel: Odd\nadditions: own.dts\n" + dumped,
        lines: ["PROBE bank0=0x40000000 size=34603008"]),
      Domain(
        name: "high", description: "ram: [{address: 0x80000000, size: 64 MiB}]\n" + dumped,
        lines: ["PROBE bank0=0x80000000 size=67108864"]),
      Domain(
        name: "zero", description: "ram: [{address: 0x0, size: 32 MiB}]\n" + dumped,
        lines: ["PROBE bank0=0x0 size=33554432"]),
      Domain(
        name: "banks",
        description: "ram: [{address: 0x60000000, size: 64 MiB}, {address: 0x300000000, size: 128 MiB}]\n" + dumped,
        lines: ["PROBE bank0=0x60000000 size=67108864", "PROBE bank1=0x300000000 size=134217728"]),
      Domain(
        name: "ramdisk", description: "memory: 64 MiB\nramdisk: ramdisk\n" + dumped,
        lines: ["PROBE ramdisk=303104 crc32=\(crc32)"]),
      Domain(
        name: "pinned",
        description: "memory: 128 MiB\nkernel: {file: probe.Image, address: 0x44000000}\ntree-address: 0x41000000\n"
          + dumped,
        lines: ["PROBE memory=134217728"]),
      Domain(
        name: "interrupts", description: "memory: 64 MiB\nshared-interrupts: 300\n" + dumped,
        lines: ["PROBE memory=67108864"]),
      Domain(
        name: "seed", description: "memory: 64 MiB\nbootargs: dumpfdt seed off\n", lines: ["PROBE memory=67108864"]),
      Domain(
        name: "linux",
        description: """
          memory: 256 MiB
          cpus: 2
          kernel: vmlinuz
          ramdisk: initramfs.gz
          bootargs: console=hvc0 show=own-node/told show=own-node/deep/answer off
          model: A machine of our own
          additions: own.dts
          device-tree: clock.dtb
          mappings: [{address: 0x7000000, machine: 0x9010000, size: 4 KiB}]
          interrupts: [34]

          """,
        lines: [
          "Machine model: A machine of our own", "rtc-pl031 7000000.rtc: registered as rtc0",
          "DOM0 model=A machine of our own", "DOM0 compatible=grove,own|xen,xenvm",
          "DOM0 own-node/told=from dom0|with love", "DOM0 own-node/deep/answer=forty-two", "DOM0 cpus=2", "DOM0-DONE",
        ]),
      Domain(
        name: "narrow",
        description: """
          platform: xen-arm32
          memory: 128 MiB
          kernel: zImage
          ramdisk: armhf.gz
          bootargs: console=ttyAMA0 quiet show=own-node/told off
          additions: own.dts

          """,
        lines: ["DOM0 bits=32", "DOM0 own-node/told=from dom0|with love", "DOM0-DONE"]),
    ]

  /// Of the ramdisk's 300,001 bytes and of zeros to the end of the page, as libxl's guests find it.
  private static let crc32 = "43689a9f"

  @Test(arguments: ["4.17", "4.20"])
  func domainsOfEveryLayoutRunFromTheirBundles(_ xen: String) throws {
    let work = try Workspace.withImages(xen: xen)
    try work.write("ramdisk", (0..<300_001).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    try work.copy(Real.linuxARMHF, as: "zImage")
    try work.copy(Real.ramdiskARMHF, as: "armhf.gz")
    try work.write("clock.dts", Self.clock)
    try work.write("own.dts", Self.own)
    #expect(try grove("dts", "compile", "clock.dts", "-o", "clock.dtb", in: work.folder).status == 0)
    var order = ""
    for domain in Self.domains {
      var text = "grove: 1\nxen: \"\(xen)\"\nconsole: vpl011\nhost: {device-tree: virt.dtb}\n"
      if !domain.description.contains("kernel:") { text += "kernel: probe.Image\n" }
      if !domain.description.contains("platform:") { text += "platform: xen-arm64\n" }
      try work.write("\(domain.name).yaml", text + domain.description)
      let bundled = try grove(
        "guest", "bundle", "\(domain.name).yaml", "-o", "bundles/\(domain.name)", in: work.folder)
      #expect(bundled.status == 0, "\(domain.name): \(bundled.error)")
      order += "\(domain.name) --timeout 60\n"
    }
    try work.write("bundles/order", order)
    let made = try run(
      Real.script("make-toolstack-ramdisk"), [xen, Real.groveDomain(xen), work.path("bundles"), work.path("dom0.gz")])
    #expect(made.status == 0, "\(made.error)")
    try work.write("set-aside.dts", "/dts-v1/;\n/plugin/;\n&{/pl031@9010000} { xen,passthrough; };\n")
    try work.write(
      "system.yaml",
      """
      grove: 1
      xen: {image: xen, bootargs: "console=dtuart dtuart=/pl011@9000000 bootscrub=0"}
      host: {device-tree: virt.dtb, overlays: [set-aside.dts]}
      domains:
        - {name: dom0, dom0: true, kernel: vmlinuz, ramdisk: dom0.gz, memory: 768 MiB, cpus: 1,
           bootargs: "console=hvc0 loglevel=4 rdinit=/init"}

      """)
    let boot = try grove(
      "boot", "system.yaml", "--timeout", "300", "--expect", "dom0=TOOLSTACK-DONE", in: work.folder)
    #expect(boot.status == 0, "\(boot.error)\n\(boot.output.suffix(4000))")
    let said = boot.output.split(separator: "\n").filter { $0.hasPrefix("dom0| ") }.map { String($0.dropFirst(6)) }
    for domain in Self.domains {
      let own = said.filter { $0.hasPrefix("\(domain.name)| ") }.map { String($0.dropFirst(domain.name.count + 2)) }
      for line in domain.lines {
        #expect(
          own.contains { $0.contains(line) },
          "\(domain.name): no \(line) in\n\(own.filter { !$0.hasPrefix("FDT ") }.suffix(20))")
      }
      #expect(said.contains("TOOLSTACK \(domain.name) status=0"), "\(domain.name): \(own.suffix(20))")
      guard domain.description.contains("dumpfdt") else { continue }
      #expect(own.contains { $0.hasPrefix("PROBE hypervisor=xen \(xen).") }, "\(domain.name): no hypervisor")
      let tree = try work.read("bundles/\(domain.name)/guest.dtb")
      let dump = own.filter { $0.hasPrefix("FDT ") }.map { $0.dropFirst(4) }.joined()
      if domain.name == "seed" {
        // 128 bytes, each with its own chance of being 0.
        let differ = stride(from: 0, to: dump.utf8.count, by: 2).count { at in
          dump.dropFirst(at).prefix(2) != String(format: "%02x", tree[at / 2])
        }
        #expect((100...128).contains(differ), "\(differ) bytes of the tree differ")
        continue
      }
      #expect(dump == tree.map { String(format: "%02x", $0) }.joined(), "\(domain.name) found another tree")
    }
  }

  /// The clock of QEMU's machine, moved to an address of our choice. The interrupt controller has the phandle that libxl always gives it.
  private static let clock = """
    /dts-v1/;
    / {
      #address-cells = <2>;
      #size-cells = <2>;
      passthrough {
        compatible = "simple-bus";
        ranges;
        #address-cells = <2>;
        #size-cells = <2>;
        rtc@7000000 {
          compatible = "arm,pl031", "arm,primecell";
          reg = <0x0 0x7000000 0x0 0x1000>;
          interrupt-parent = <0xfde8>;
          interrupts = <0 2 4>;
          clocks = <1>;
          clock-names = "apb_pclk";
        };
        clock {
          compatible = "fixed-clock";
          #clock-cells = <0>;
          clock-frequency = <24000000>;
          phandle = <1>;
        };
      };
    };

    """

  /// What one guest's tree has besides what the toolstack writes.
  private static let own = """
    /dts-v1/;
    / {
      compatible = "grove,own", "xen,xenvm";
      own-node {
        told = "from dom0", "with love";
        deep { answer = "forty-two"; };
      };
    };

    """

  @Test func aBundleThatIsWrongIsToldAndLeavesNoDomain() throws {
    let work = try Workspace.withImages(xen: "4.20")
    try work.write(
      "guest.yaml",
      "grove: 1\nplatform: xen-arm64\nxen: \"4.20\"\nkernel: probe.Image\nmemory: 64 MiB\nconsole: vpl011\n")
    #expect(try grove("guest", "bundle", "guest.yaml", "-o", "good", in: work.folder).status == 0)
    try work.copy(Real.linuxARMHF, as: "zImage")
    try work.write(
      "narrow.yaml", "grove: 1\nplatform: xen-arm32\nxen: \"4.20\"\nkernel: zImage\nmemory: 64 MiB\n")
    #expect(try grove("guest", "bundle", "narrow.yaml", "-o", "narrow", in: work.folder).status == 0)
    func spoil(_ name: String, from good: String = "good", _ change: (inout String) -> Void) throws {
      try FileManager.default.createDirectory(
        atPath: work.path("bundles/\(name)"), withIntermediateDirectories: true)
      for file in ["kernel", "guest.dtb"] {
        try work.write("bundles/\(name)/\(file)", try work.read("\(good)/\(file)"))
      }
      var json = try work.text("\(good)/bundle.json")
      change(&json)
      try work.write("bundles/\(name)/bundle.json", json)
    }
    try spoil("not-json") { $0.removeLast(3) }
    try spoil("other-version") { $0 = $0.replacing("\"bundle\": 1", with: "\"bundle\": 2") }
    try spoil("outside") {
      $0 = $0.replacing(
        "\"ram\": [\n  {\"address\": \"0x40000000\"", with: "\"ram\": [\n  {\"address\": \"0x80000000\"")
    }
    try spoil("too-many") { $0 = $0.replacing("\"sharedInterrupts\": 1", with: "\"sharedInterrupts\": 9999") }
    // Xen starts these and says nothing, nor does the guest.
    let tree = try #require(
      try Self.member("x0", of: work.text("good/bundle.json")), "the bundle has no x0")
    let narrowTree = try #require(try Self.member("r2", of: work.text("narrow/bundle.json")))
    let silent: [(name: String, old: String, new: String, said: String)] = [
      (
        "pc-outside", "\"pc\": \"0x40000000\"", "\"pc\": \"0x1000\"",
        "the bundle's first CPU starts outside of the kernel (0x1000)"
      ),
      ("pc-missing", "\"pc\": \"0x40000000\", ", "", "the bundle has no pc, where its first CPU starts"),
      ("no-registers", "\"registers\"", "\"register\"", "the bundle has no pc, where its first CPU starts"),
      ("x0-zero", "\"x0\": \"\(tree)\"", "\"x0\": \"0x0\"", "the bundle's x0 is not where its tree is (0x0)"),
      ("x0-missing", "\"x0\": \"\(tree)\", ", "", "the bundle has no x0, where its guest looks for the tree"),
      (
        "cpsr-zero", "\"cpsr\": \"0x1c5\"", "\"cpsr\": \"0x0\"",
        "the bundle's cpsr is no state in which a kernel starts (0x0)"
      ),
      ("cpus-none", "\"limit\": 1", "\"limit\": 0", "the bundle's number of CPUs is none from 1 to 128"),
      ("cpus-999", "\"limit\": 1", "\"limit\": 999", "the bundle's number of CPUs is none from 1 to 128"),
      (
        "page-in-ram", "\"name\": \"vuart\", \"address\": \"0x39003000\"",
        "\"name\": \"vuart\", \"address\": \"0x40003000\"",
        "two parts of the bundle's memory lie over each other (0x40003000)"
      ),
      (
        "tree-in-kernel", "\"address\": \"\(tree)\"", "\"address\": \"0x40001000\"",
        "two of the bundle's loads lie over each other (0x40001000)"
      ),
      (
        "narrow-r2-zero", "\"r2\": \"\(narrowTree)\"", "\"r2\": \"0x0\"",
        "the bundle's r2 is not where its tree is (0x0)"
      ),
      (
        "narrow-cpsr", "\"cpsr\": \"0x400001d3\"", "\"cpsr\": \"0x1c5\"",
        "the bundle's cpsr is no state in which a kernel starts (0x1c5)"
      ),
    ]
    for mistake in silent {
      try spoil(mistake.name, from: mistake.name.hasPrefix("narrow") ? "narrow" : "good") {
        #expect($0.contains(mistake.old), "\(mistake.name)")
        $0 = $0.replacing(mistake.old, with: mistake.new)
      }
    }
    try spoil("no-kernel") { _ in }
    try FileManager.default.removeItem(atPath: work.path("bundles/no-kernel/kernel"))
    try spoil("late") { _ in }
    try work.write(
      "bundles/order",
      silent.map { $0.name + "\n" }.joined()
        + "not-json\nother-version\noutside\ntoo-many\nno-kernel\nmissing\nlate --timeout 1\nlate --wrong\n")
    let made = try run(
      Real.script("make-toolstack-ramdisk"),
      ["4.20", Real.groveDomain("4.20"), work.path("bundles"), work.path("dom0.gz")])
    #expect(made.status == 0, "\(made.error)")
    try work.write(
      "system.yaml",
      """
      grove: 1
      xen: {image: xen, bootargs: "console=dtuart dtuart=/pl011@9000000 bootscrub=0"}
      host: {device-tree: virt.dtb}
      domains:
        - {name: dom0, dom0: true, kernel: vmlinuz, ramdisk: dom0.gz, memory: 512 MiB, cpus: 1,
           bootargs: "console=hvc0 loglevel=4 rdinit=/init"}

      """)
    let boot = try grove(
      "boot", "system.yaml", "--timeout", "120", "--expect", "dom0=TOOLSTACK-DONE", in: work.folder)
    #expect(boot.status == 0, "\(boot.error)\n\(boot.output.suffix(4000))")
    for line in [
      "grove-domain: error: the bundle's JSON is malformed (0x",
      "grove-domain: error: this is no bundle, or one of another version",
      "grove-domain: error: the bundle loads to where it has no RAM (0x40000000)",
      "grove-domain: error: xc_domain_create: Invalid argument",
      "grove-domain: error: a file of the bundle cannot be opened: No such file or directory",
      "late: destroyed after the time given", "TOOLSTACK late status=1", "TOOLSTACK late status=2", "DOMAINS 1",
    ] { #expect(boot.output.contains("dom0| " + line), "no \(line) in \(boot.output.suffix(3000))") }
    let said = boot.output.split(separator: "\n").filter { $0.hasPrefix("dom0| ") }.map { String($0.dropFirst(6)) }
    for mistake in silent {
      let end = try #require(said.firstIndex(of: "TOOLSTACK \(mistake.name) status=1"), "\(mistake.name)")
      #expect(said[end - 1] == "grove-domain: error: \(mistake.said)", "\(mistake.name)")
    }
  }

  private static func member(_ name: String, of json: String) -> String? {
    json.split(separator: "\"\(name)\": \"").dropFirst().first?.split(separator: "\"").first.map(String.init)
  }
}
