// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import FlattenedTree
import Foundation
import GuestTree
import Testing
import XenFacts

/// `grove guest` as a toolstack's author uses it, and a loader that uses a bundle blindly.
@Suite(.enabled(if: Real.isPrepared)) struct GuestTests {
  private func workspace(_ yaml: String) throws -> Workspace {
    let work = try Workspace()
    try work.copy(Real.probe, as: "probe.Image")
    try work.copy(Real.linux, as: "Image")
    try work.copy(Real.dom0Ramdisk, as: "initramfs.gz")
    try work.write("guest.yaml", "grove: 1\n" + yaml)
    return work
  }

  private static let small = """
    platform: xen-arm64
    xen: "4.20"
    kernel: probe.Image
    bootargs: quiet
    memory: 64 MiB
    console: vpl011

    """

  @Test func aTreeIsWrittenAsASourceOrABlob() throws {
    let work = try workspace(Self.small)
    let source = try grove("guest", "tree", "guest.yaml", in: work.folder)
    #expect(source.status == 0 && source.output.contains("model = \"XENVM-4.20\";"))
    let other = try grove("guest", "tree", "guest.yaml", "--xen", "4.17", in: work.folder)
    #expect(other.output.contains("model = \"XENVM-4.17\";"))
    #expect(try grove("guest", "tree", "guest.yaml", "-o", "a.dtb", in: work.folder).status == 0)
    #expect(
      try grove("guest", "tree", "guest.yaml", "--layout", "libfdt", "-o", "b.dtb", in: work.folder).status == 0)
    let standard = try work.read("a.dtb")
    // The hole of the bank that stays empty is in a toolstack's bytes.
    #expect(try work.read("b.dtb").count > standard.count)
    for name in ["a.dtb", "b.dtb"] {
      let read = try run("/usr/bin/env", ["fdtget", work.path(name), "/sbsa-pl011", "compatible"])
      #expect(read.output == "arm,sbsa-uart\n")
    }
  }

  @Test func aBundleHasAllThatItsListNames() throws {
    let work = try workspace(Self.small + "ramdisk: initramfs.gz\n")
    let first = try grove("guest", "bundle", "guest.yaml", "-o", "out", in: work.folder)
    #expect(first.status == 0 && first.error == "")
    let files = try work.contents(of: "out")
    #expect(Set(files.keys) == ["bundle.json", "guest.dtb", "kernel", "ramdisk"])
    #expect(files["kernel"] == Array(try Data(contentsOf: URL(fileURLWithPath: Real.probe))))
    // The same input gives the same bytes, in place of the older bundle.
    #expect(try grove("guest", "bundle", "guest.yaml", "-o", "out", in: work.folder).status == 0)
    #expect(try work.contents(of: "out") == files)
    let plan = try grove("guest", "plan", "guest.yaml", "--format", "json", in: work.folder)
    let json = try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any]
    #expect((json?["registers"] as? [String: String])?["pc"] == "0x40000000")
  }

  @Test func aFolderWithSomethingElseIsNotReplaced() throws {
    let work = try workspace(Self.small)
    #expect(try grove("guest", "bundle", "guest.yaml", "-o", "out", in: work.folder).status == 0)
    try work.write("out/notes", "mine")
    let again = try grove("guest", "bundle", "guest.yaml", "-o", "out", in: work.folder)
    #expect(again.status == 1 && again.error.contains("out holds notes, which no build wrote"))
    #expect(work.exists("out/notes") && work.exists("out/kernel"))
  }

  @Test func aGuestThatWouldStaySilentIsRefusedAndNothingIsWritten() throws {
    let work = try workspace(
      """
      platform: xen-arm64
      kernel: probe.Image
      ram: [{address: 0x2000000, size: 64 MiB}]

      """)
    let result = try grove("guest", "bundle", "guest.yaml", "-o", "out", in: work.folder)
    #expect(result.status == 1)
    #expect(
      result.error.hasPrefix(
        "guest.yaml: error: RAM at 0x2000000 to 0x6000000 (0x4000000 bytes) lies over the interrupt controller"))
    #expect(
      result.error.contains("\n  hint: put RAM elsewhere; the platform's own banks are free of everything\n"))
    #expect(!work.exists("out"))
  }

  @Test(arguments: ["v2", "v3"])
  func aLoaderThatUnderstandsNothingStartsLinuxFromABundle(_ gic: String) throws {
    let work = try workspace(
      """
      platform: qemu-virt
      kernel: Image
      ramdisk: initramfs.gz
      bootargs: console=ttyAMA0 panic=-1 dumpfdt off
      memory: 256 MiB
      cpus: 2
      host: {gic: \(gic)}

      """)
    let bundle = try grove("guest", "bundle", "guest.yaml", "-o", "out", in: work.folder)
    #expect(bundle.status == 0, "\(bundle.error)")
    let json = try JSONSerialization.jsonObject(with: Data(work.read("out/bundle.json"))) as? [String: Any]
    let registers = try #require(json?["registers"] as? [String: String])
    func number(_ text: String?) throws -> UInt64 { try #require(UInt64((text ?? "").dropFirst(2), radix: 16)) }

    try work.write("stub", loaderStub(tree: try number(registers["x0"]), entry: try number(registers["pc"])))

    var arguments = [
      "qemu-system-aarch64", "-machine", "virt,gic-version=\(gic.dropFirst())", "-cpu", "cortex-a57", "-smp", "2", "-m",
      "256", "-nodefaults", "-nographic", "-serial", "mon:stdio", "-no-reboot", "-device",
      "loader,file=\(work.path("stub")),addr=0x4f000000,force-raw=on,cpu-num=0",
    ]
    arguments += try bundleLoaders(json, in: work.path("out"))
    let qemu = try run("/usr/bin/env", arguments, within: 300)
    let console = qemu.output.replacing("\r\n", with: "\n")
    #expect(console.contains("DOM0 cpus=2\n"), "\(console.suffix(2000))\n\(qemu.error)")
    // Linux found the very bytes of the bundle.
    let dump = console.split(separator: "\n").filter { $0.hasPrefix("FDT ") }.map { $0.dropFirst(4) }.joined()
    #expect(dump == (try work.read("out/guest.dtb")).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
  }

  // MARK: Late values

  /// The four ways give the same bytes with other people's compiler as well.
  @Test func aSourceWithNamesIsCompiledByOtherTools() throws {
    var guest = Guest(cpuCount: 2, memory: 128 << 20)
    guest.ramdiskSize = 5000
    guest.bootargs = Array("a \"b\"".utf8)
    let host = HostFacts(gic: .v3, cpuCompatible: [])
    func tree(_ values: [LateValue]) throws -> GuestTree {
      guest.lateValues = values
      return try GuestTree(
        guest, kernel: .image(textOffset: 0, size: 7424), host: host, platform: .xenArm(XenVersion(4, 20)))
    }
    let values = [
      LateValue(.ramdiskStart, 0x4100_0000), LateValue(.ramdiskEnd, 0x4100_2000),
      LateValue(.randomSeed, bytes: (0..<128).map { UInt8($0) }),
    ].compactMap { $0 }
    let unknown = try tree([])
    let work = try Workspace()
    try work.write("late.h", GuestTree.definitions(values))
    try work.write("guest.dts", Array("#include \"late.h\"\n".utf8) + unknown.source(named: true))
    let compiled = try run(
      "/bin/sh", ["-c", "cpp -nostdinc -undef -x assembler-with-cpp guest.dts | dtc -q -I dts -O dtb -o guest.dtb -"],
      in: work.folder)
    #expect(compiled.status == 0, "\(compiled.error)")
    #expect(try work.read("guest.dtb") == (try tree(values)).blob)
  }

  // MARK: Versions of the format

  @Test(arguments: [1, 2, 3, 16, 17])
  func aTreeOfAnyVersionIsReadByDtc(_ version: Int) throws {
    let work = try workspace(Self.small)
    let written = try grove(
      "guest", "tree", "guest.yaml", "--tree-version", "\(version)", "-o", "g.dtb", in: work.folder)
    #expect(written.status == 0, "\(written.error)")
    #expect(try work.read("g.dtb")[20..<24].elementsEqual([0, 0, 0, UInt8(version)]))
    let read = try run("/usr/bin/env", ["dtc", "-q", "-I", "dtb", "-O", "dts", work.path("g.dtb")])
    #expect(read.status == 0 && read.output.contains("model = \"XENVM-4.20\";"), "\(read.error)")
    #expect(read.output.contains("\tsbsa-pl011 {"))
  }

  @Test func aVersionThatIsNoneIsWrongUsage() throws {
    let work = try workspace(Self.small)
    let none = try grove("guest", "tree", "guest.yaml", "--tree-version", "4", in: work.folder)
    #expect(none.status == 2 && none.error.contains("--tree-version is 1, 2, 3, 16 or 17, not 4"))
    let both = try grove("guest", "tree", "guest.yaml", "--tree-version", "16", "--layout", "libfdt", in: work.folder)
    #expect(both.status == 2 && both.error.contains("--layout libfdt is version 17 and no other"))
  }

  // MARK: What guests are told of

  /// What QEMU itself writes of its machine's slots and host bridge.
  @Test func theMachineIsToldOfAsItTellsOfItself() throws {
    let work = try workspace(
      "platform: qemu-virt\nkernel: probe.Image\nmemory: 64 MiB\nannounce: [virtio-mmio, virtio-pci]\n")
    #expect(try grove("guest", "tree", "guest.yaml", "-o", "g.dtb", in: work.folder).status == 0)
    let ours = try DeviceTree(blob: try work.read("g.dtb"))
    let machine = try DeviceTree(blob: [UInt8](try Data(contentsOf: URL(fileURLWithPath: Real.virtTree))))
    func properties(_ tree: DeviceTree, _ path: String, _ names: [String]) throws -> [[UInt8]?] {
      let node = try #require(tree.node(at: path), "\(path)")
      return names.map { tree[node, $0]?.bytes }
    }
    for slot in 0..<32 {
      let path = "/virtio_mmio@\(String(0xa00_0000 + 0x200 * slot, radix: 16))"
      let names = ["compatible", "reg", "interrupts", "dma-coherent"]
      #expect(try properties(ours, path, names) == (try properties(machine, path, names)), "\(path)")
    }
    let names = [
      "compatible", "device_type", "reg", "ranges", "bus-range", "dma-coherent", "linux,pci-domain", "#address-cells",
      "#size-cells", "#interrupt-cells", "interrupt-map-mask",
    ]
    #expect(try properties(ours, "/pcie@10000000", names) == (try properties(machine, "/pcie@10000000", names)))
  }

  @Test func linuxFindsTheBridgeThatItIsToldOf() throws {
    let work = try workspace(
      "platform: qemu-virt\nkernel: Image\nramdisk: initramfs.gz\nmemory: 256 MiB\nannounce: [virtio-pci]\n")
    #expect(try grove("guest", "tree", "guest.yaml", "-o", "g.dtb", in: work.folder).status == 0)
    let qemu = try run(
      "qemu-system-aarch64",
      [
        "-machine", "virt,gic-version=3", "-cpu", "cortex-a57", "-m", "256", "-nodefaults", "-nographic", "-serial",
        "mon:stdio", "-no-reboot", "-kernel", work.path("Image"),
        "-initrd", work.path("initramfs.gz"), "-append", "console=ttyAMA0 panic=-1 off", "-dtb", work.path("g.dtb"),
        "-device", "virtio-rng-pci",
      ], within: 300)
    #expect(qemu.output.contains("pci 0000:00:01.0: [1af4:1005]"), "\(qemu.output.suffix(2000))\n\(qemu.error)")
  }

  // MARK: XenPPC

  @Test func aBundleOf2006HasTheStartInfoPage() throws {
    let work = try workspace(
      "platform: xen-ppc64\ngeneration: second\nkernel: vmlinux\nmemory: 64 MiB\nbootargs: quiet\nhost: {device-tree: host.dts}\n"
    )
    try work.write("host.dts", Self.powerPCHost)
    try work.write("vmlinux", Self.powerPCKernel)
    let bundled = try grove("guest", "bundle", "guest.yaml", "-o", "out", in: work.folder)
    #expect(bundled.status == 0, "\(bundled.error)")
    let page = try BootInformation(structBytes: try work.read("out/start-info"), .powerPC64)
    #expect(page.commandLine == Array("quiet".utf8) && page.pageCount == 16384)
    #expect(
      try work.text("out/bundle.json").contains(
        "{\"input\": \"start-info\", \"offset\": 0, \"size\": 1168, \"address\": \"0x3ffc000\", \"room\": 4096}"))
  }

  @Test func aPowerPCGuestIsPlannedFromItsHostsTree() throws {
    let work = try workspace(
      """
      platform: xen-ppc64
      kernel: vmlinux
      ramdisk: initramfs.gz
      memory: 512 MiB
      cpus: 4
      host: {device-tree: host.dts}
      late: {domain: 3, console-port: 1, store-port: 2}

      """)
    try work.write("host.dts", Self.powerPCHost)
    try work.write("vmlinux", Self.powerPCKernel)
    let plan = try grove("guest", "plan", "guest.yaml", in: work.folder)
    #expect(plan.status == 0, "\(plan.error)")
    #expect(plan.output.hasPrefix("xen-ppc64, 4 CPUs, 512 MiB\n"))
    #expect(plan.output.contains("0x3fff000  shared-info\n  0x3ffe000  console\n  0x3ffd000  store\n"))
    #expect(
      plan.output.contains(
        "  timebase-frequency = 33333333, from /cpus/PowerPC,970@0 timebase-frequency\n  clock-frequency is not told\n")
    )
    // The ramdisk follows the kernel with its zeros.
    #expect(plan.output.contains("\n  0x10000  ramdisk, "))
    #expect(plan.output.contains("  pc = 0x100\n  msr = 0x0\n"))
    #expect(plan.output.contains("  all others = 0x5555555555555555\n"))
    #expect(try grove("guest", "tree", "guest.yaml", "-o", "g.dtb", in: work.folder).status == 0)
    let cell = try run(
      "/usr/bin/env", ["fdtget", "-t", "u", work.path("g.dtb"), "/cpus/PowerPC,970@0", "timebase-frequency"])
    #expect(cell.output == "33333333\n")
    // libfdt reads it, and dtc as well; that the CPU's phandle is 0 was XenPPC's way.
    let dtc = try run("/usr/bin/env", ["dtc", "-f", "-q", "-I", "dtb", "-O", "dts", work.path("g.dtb")])
    #expect(dtc.status == 0 && dtc.output.contains("/memreserve/\t0x0000000003fff000 0x0000000000001000;"))
  }

  private static let powerPCHost = """
    /dts-v1/;
    / { cpus { #address-cells = <1>; #size-cells = <0>;
        PowerPC,970@0 { device_type = "cpu"; reg = <0>; timebase-frequency = <33333333>; linux,boot-cpu; }; }; };

    """

  /// A big-endian ELF file of 64 bits: 0x200 bytes at 0 with zeros up to 64 KiB, entered at virtual 0xc000000000000100.
  static let powerPCKernel: [UInt8] = {
    func big(_ value: UInt64, _ size: Int) -> [UInt8] {
      (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
    var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 2, 1] + Array(repeating: 0, count: 9)
    bytes += big(2, 2) + big(21, 2) + big(1, 4) + big(0xc000_0000_0000_0100, 8) + big(64, 8) + big(0, 8) + big(0, 4)
    bytes += big(64, 2) + big(56, 2) + big(1, 2) + big(0, 6)
    bytes += big(1, 4) + big(5, 4) + big(120, 8) + big(0xc000_0000_0000_0000, 8) + big(0, 8) + big(0x200, 8)
    bytes += big(0x1_0000, 8) + big(0x1_0000, 8)
    return bytes + Array(repeating: 0x60, count: 0x200)
  }()
}
