// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Foundation
import Machine
import Testing
import XenSystem

@testable import SystemFiles

/// A folder with a host tree, a kernel and a ramdisk, to read descriptions in.
private final class Folder {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("grove-\(UUID().uuidString)").path

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    var kernel = [UInt8](repeating: 0, count: 4096)
    kernel.replaceSubrange(0x38..<0x3C, with: [0x41, 0x52, 0x4D, 0x64])
    try Data(kernel).write(to: URL(fileURLWithPath: path + "/Image"))
    try write("ramdisk", "a ramdisk")
    try write(
      "host.dts",
      """
      /dts-v1/;
      / { #address-cells = <2>; #size-cells = <2>;
        chosen { stdout-path = "/serial"; rng-seed = <1 2>; };
        memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
        timer: timer { phandle = <7>; };
      };
      """)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
  }

  func load(_ files: String...) throws(LoadFailure) -> LoadedSystem {
    try loadSystem(files.map { path + "/" + $0 })
  }

  /// The messages of a description that cannot be read.
  func messages(_ yaml: String) throws -> [String] {
    try write("system.yaml", yaml)
    let failure = #expect(throws: LoadFailure.self) { try load("system.yaml") }
    return failure?.failure.diagnostics.filter { $0.level == .error }.map { "\($0.rule): \($0.message)" } ?? []
  }
}

private let start = "grove: 1\nhost: {device-tree: host.dts}\n"

@Suite struct DescriptionTests {
  @Test func aDescriptionIsLoweredWithDefaultsAndPlaces() throws {
    let folder = try Folder()
    try folder.write(
      "system.yaml", start + "domains:\n  - name: domA\n    kernel: Image\n    memory: 64 MiB\n    bootargs: a b\n")
    let loaded = try folder.load("system.yaml")
    let domain = try #require(loaded.system.domains.first)
    #expect(domain.name.value == "domA")
    #expect(domain.cpus?.value == 1)
    #expect(domain.console == .vpl011)
    #expect(
      domain.memory
        == Sourced(64 << 20, at: SourceLocation(file: folder.path + "/system.yaml", line: 6, column: 13, endColumn: 18))
    )
    #expect(domain.bootargs?.value == "a b")
    #expect(
      loaded.diagnostics.map(\.message) == ["rng-seed of the host tree is left out: a random seed is for one boot only"]
    )
    let chosen = try #require(loaded.system.host.tree.node(at: "/chosen"))
    #expect(loaded.system.host.tree[chosen].properties.map(\.name) == ["stdout-path"])
  }

  @Test func bothFrontEndsLowerToTheSameTree() throws {
    let folder = try Folder()
    try folder.write(
      "system.yaml",
      start + """
        xen: {bootargs: "console=dtuart dom0_mem=256M dom0_max_vcpus=2"}
        domains:
          - name: domA
            kernel: {file: Image, address: 0x50000000}
            ramdisk: ramdisk
            memory: 64 MiB
            cpus: 3
            bootargs: root=/dev/ram
            capabilities: [control, xenstore]
            properties:
              nr_spis: 64
              llc-colors: 0-3
              direct-map: true
              domain-cpupool: {dts: <&timer>}
              my,list: [1, 2]
              my,strings: [a, "1"]
              my,bytes: {hex: 00 ff}
              my,big: {u64: 0x100000000}
              my,absent: false
          - name: dom0
            dom0: true
            kernel: Image
            bootargs: console=hvc0
            memory: 256 MiB
            cpus: 2

        """)
    try folder.write(
      "system.dts",
      """
      /dts-v1/;
      / { chosen {
        xen,xen-bootargs = "console=dtuart dom0_mem=256M dom0_max_vcpus=2";
        dom0-kernel { compatible = "multiboot,kernel", "multiboot,module"; xen,uefi-binary = "Image"; bootargs = "console=hvc0"; };
        domA {
          compatible = "xen,domain"; memory = <0 0x10000>; cpus = <3>; vpl011; capabilities = <5>;
          #address-cells = <2>; #size-cells = <2>;
          nr_spis = <64>; llc-colors = "0-3"; direct-map; domain-cpupool = <&timer>;
          my,list = <1 2>; my,strings = "a", "1"; my,bytes = [00 ff]; my,big = <1 0>;
          kernel { compatible = "multiboot,kernel", "multiboot,module"; xen,uefi-binary = "Image"; reg = <0 0x50000000 0 1>; bootargs = "root=/dev/ram"; };
          ramdisk { compatible = "multiboot,ramdisk", "multiboot,module"; xen,uefi-binary = "ramdisk"; };
        };
      }; };
      """)
    let yaml = try folder.load("system.yaml").system
    let dts = try folder.load("host.dts", "system.dts").system
    func text(_ system: XenSystem) throws -> String {
      let placement = try system.place(loads: system.loads, around: [], in: .init(system.host.tree))
      return try system.bootTree { id in
        let load = system.loads.firstIndex { $0.users.contains(id) } ?? 0
        return .address(placement.ranges[load])
      }.sourceText()
    }
    #expect(try text(yaml) == text(dts))
    #expect(try text(yaml).contains("domain-cpupool = <0x7>") || text(yaml).contains("domain-cpupool = <0x07>"))
    #expect(yaml.dom0?.memory?.value == dts.dom0?.memory?.value)
  }

  @Test func overlaysArePutOnTheHostInTheirOrder() throws {
    let folder = try Folder()
    try folder.write("more.dts", "/dts-v1/;\n/plugin/;\n&timer { clock-frequency = <1>; };\n")
    try folder.write("last.dts", "/dts-v1/;\n/plugin/;\n&{/timer} { clock-frequency = <2>; };\n")
    let host = "grove: 1\nhost: {device-tree: host.dts, overlays: "
    let guest = "}\ndomains:\n  - {name: a, kernel: Image, memory: 64 MiB}\n"
    try folder.write("system.yaml", host + "[more.dts, last.dts]" + guest)
    let tree = try folder.load("system.yaml").system.host.tree
    #expect(tree.node(at: "/timer").map { tree[$0, "clock-frequency"]?.cell } == 2)

    try folder.write("lost.dts", "/dts-v1/;\n/plugin/;\n&nowhere { a; };\n")
    #expect(
      try folder.messages(host + "[lost.dts]" + guest).contains { $0.hasPrefix("overlay-") && $0.contains("nowhere") })
    #expect(
      try folder.messages(host + "[none.dts, [a]]" + guest)
        == ["file-missing: an overlay of the host's device tree \(folder.path)/none.dts does not exist"])
  }

  @Test func whatAFrontEndDoesNotKnowPassesThrough() throws {
    let folder = try Folder()
    try folder.write(
      "system.dts",
      """
      /dts-v1/;
      / { chosen { domA { compatible = "xen,domain"; memory = <0 0x10000>; cpus = <1>; new-in-xen-5 = <1>;
        kernel { compatible = "multiboot,kernel", "multiboot,module"; xen,uefi-binary = "Image"; new-too; };
        ec1: evtchn@1 { compatible = "xen,evtchn-v1"; xen,evtchn = <0xa &ec1>; };
      }; }; };
      """)
    let system = try folder.load("host.dts", "system.dts").system
    let tree = try system.bootTree { _ in .address(0x5000_0000..<0x5000_1000) }
    let domain = try #require(tree.node(at: "/chosen/domA"))
    #expect(tree[domain, "new-in-xen-5"]?.cell == 1)
    #expect(tree.node(at: "/chosen/domA/module@50000000").flatMap { tree[$0, "new-too"] } != nil)
    let channel = try #require(tree.node(at: "/chosen/domA/evtchn@1"))
    #expect(tree[channel, "xen,evtchn"]?.cells?.last == tree[channel, "phandle"]?.cell)
  }

  @Test func uefiBinaryOfASourceIsTakenWithANote() throws {
    let folder = try Folder()
    try folder.write(
      "system.dts",
      """
      /dts-v1/;
      / { chosen { domA { compatible = "xen,domain"; memory = <0 0x10000>; cpus = <1>;
        kernel { compatible = "multiboot,kernel", "multiboot,module"; uefi,binary = "Image"; };
      }; }; };
      """)
    let loaded = try folder.load("host.dts", "system.dts")
    #expect(loaded.system.domains[0].kernel?.file?.name == "Image")
    #expect(
      loaded.diagnostics.filter { $0.rule == "uefi-binary-name" }.map(\.message) == [
        "uefi,binary is taken as xen,uefi-binary, the name that Xen reads"
      ])
  }

  @Test func allErrorsAreToldInOneRun() throws {
    let messages = try Folder().messages(
      start + """
        domains:
          - name: dom@A
            kernel: nothing
            memory: 64MB
            cpus: many
            console: hvc
            passthrough: [/serial]
            properties: {memory: 5, a: -1, b: 0x100000000, c: [1, x]}

        """)
    #expect(
      messages.map { $0.replacing(/\/\S*\/nothing/, with: "nothing") } == [
        "domain-name: `dom@A` cannot name a domain: it becomes the name of a node",
        "file-missing: dom@A's kernel nothing does not exist",
        "memory-unit: the memory of dom@A is `64MB`: `MB` is not a unit",
        "yaml-structure: `cpus` in a domain should be a number",
        "console-kind: the console of dom@A is `hvc`, not vpl011 or none",
        "property-reserved: `memory` cannot stand among the properties: use the key `memory`",
        "property-value: `a` is -1, but a cell holds no negative number",
        "property-value: `b` is 0x100000000, which does not fit into a cell",
        "property-value: the list in `c` mixes numbers and strings",
        "passthrough-device: no node of the host is called /serial",
      ])
  }

  @Test func assertionsAreReadAsAListOrAsOneSentence() throws {
    let folder = try Folder()
    let domains = "domains:\n  - {name: domA, kernel: Image, memory: 64 MiB}\n"
    try folder.write("system.yaml", start + domains + "assert:\n  - domA owns /timer\n  - nobody shares cache\n")
    let loaded = try folder.load("system.yaml")
    #expect(loaded.system.assertions.map(\.value) == ["domA owns /timer", "nobody shares cache"])
    #expect(loaded.system.assertions.map { $0.location?.line } == [6, 7])
    try folder.write("system.yaml", start + domains + "assert: domA owns /timer\n")
    #expect(try folder.load("system.yaml").system.assertions.map(\.value) == ["domA owns /timer"])
    #expect(
      try folder.messages(start + domains + "assert:\n  - {domA: owns}\n") == [
        "yaml-structure: an entry of `assert` should be a text, but is a mapping"
      ])
    #expect(
      try folder.messages(start + domains + "asserts: [domA owns /timer]\n") == [
        "unknown-key: unknown key `asserts` in the description"
      ])
  }

  @Test func dom0sMemoryBecomesAnOptionAndAConflictIsAnError() throws {
    let folder = try Folder()
    func description(_ bootargs: String) -> String {
      start + "xen: {bootargs: \(bootargs)}\ndomains: [{dom0: true, kernel: Image, memory: 512 MiB, cpus: 2}]\n"
    }
    try folder.write("system.yaml", description("console=dtuart"))
    let loaded = try folder.load("system.yaml")
    #expect(loaded.system.hypervisor.bootargs?.value == "console=dtuart dom0_mem=512M dom0_max_vcpus=2")
    #expect(
      try folder.messages(description("dom0_mem=1G")) == [
        "dom0-option-conflict: dom0 asks for dom0_mem=512M, but Xen's bootargs say dom0_mem=1G"
      ])
  }

  @Test func aNameThatXenWouldLoseTheBootargsOfIsRefused() throws {
    let name = String(repeating: "d", count: 41)
    #expect(
      try Folder().messages(start + "domains: [{name: \(name), kernel: Image, memory: 1 GiB}]\n") == [
        "domain-name: the name \(name) has 41 characters; Xen loses the bootargs of a domain whose name has more than 40"
      ])
  }

  @Test func aReferenceToALabelThatIsNotThereIsNamedWithItsLine() throws {
    let folder = try Folder()
    try folder.write(
      "system.yaml",
      start + "domains: [{name: domA, kernel: Image, memory: 1 GiB, properties: {domain-cpupool: {dts: '<&poll>'}}}]\n")
    let system = try folder.load("system.yaml").system
    let failure = #expect(throws: Failure.self) { try system.bootTree { _ in .uefiBinary("Image") } }
    #expect(failure?.diagnostics.first?.message == "&poll names no node")
    #expect(failure?.diagnostics.first?.place.location?.line == 3)
  }

  @Test func linksOfTheFolderAreFollowedButNamesMayNotLeaveIt() throws {
    let folder = try Folder()
    let outside = try Folder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/link", withDestinationPath: outside.path + "/Image")
    try folder.write("system.yaml", start + "domains: [{name: domA, kernel: link, memory: 1 GiB}]\n")
    #expect(try folder.load("system.yaml").system.domains.count == 1)
    #expect(
      try folder.messages(start + "domains: [{name: domA, kernel: a/../../Image, memory: 1 GiB}]\n") == [
        "file-outside: domA's kernel a/../../Image is outside the description's folder"
      ])
  }
}

@Suite struct MemorySizeTests {
  @Test(
    arguments: [("1 KiB", 1 << 10), ("128 MiB", 128 << 20), ("2GiB", 2 << 30), ("1 TiB", 1 << 40)] as [(String, UInt64)]
  )
  func aUnitIsRead(_ text: String, _ bytes: UInt64) throws {
    #expect(try MemorySize.bytes(text, of: "domA", at: Place()) == bytes)
  }

  @Test(
    arguments: [
      ("128", "the memory of domA is `128` without a unit", "write `128 KiB`, `128 MiB` or `128 GiB`"),
      ("128 MB", "the memory of domA is `128 MB`: `MB` is not a unit", "write `128 MiB`"),
      ("128m", "the memory of domA is `128m`: `m` is not a unit", "write `128 MiB`"),
      ("lots", "the memory of domA is `lots`, which is no size", "write it as `128 MiB`"),
      ("-1 MiB", "the memory of domA is `-1 MiB`, which is no size", "write it as `128 MiB`"),
      ("1.5 GiB", "the memory of domA is `1.5 GiB`: `.5 GiB` is not a unit", "the units are KiB, MiB and GiB"),
      ("0 MiB", "the memory of domA is nothing", nil),
      ("99999999 TiB", "the memory of domA is `99999999 TiB`, more than any machine has", nil),
    ] as [(String, String, String?)])
  func whatIsNoSizeIsRefused(_ text: String, _ message: String, _ hint: String?) {
    let failure = #expect(throws: Failure.self) { try MemorySize.bytes(text, of: "domA", at: Place()) }
    #expect(failure?.diagnostics.map(\.message) == [message])
    #expect(failure?.diagnostics.map(\.hint) == [hint])
  }
}
