// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `grove guest kexec`, and a real Linux that starts the next one with its tree.
@Suite(.enabled(if: Real.isPrepared)) struct KexecTests {
  private static let machine = [
    "qemu-system-aarch64", "-machine", "virt,gic-version=3", "-cpu", "cortex-a57", "-smp", "2", "-m", "512",
  ]
  /// Without tables that the interrupt controller would go on writing to.
  private static let bootargs = "console=ttyAMA0 panic=-1 irqchip.gicv3_nolpi=1"

  /// A workspace with `running.dtb`, the tree that QEMU starts Linux with, a model and a property of ours in it, and the ramdisk of the
  /// next kernel.
  private func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.copy(Real.linux, as: "Image")
    try FileManager.default.createDirectory(atPath: work.path("next"), withIntermediateDirectories: true)
    try work.write("next/mark", "the next ramdisk\n")
    let made = try run(Real.script("make-guest-ramdisk"), [Real.busybox, work.path("next.gz"), work.path("next")])
    #expect(made.status == 0, "\(made.error)")
    let dump = try run(
      "/usr/bin/env",
      Self.machine + [
        "-nodefaults", "-display", "none", "-S", "-monitor", "stdio", "-serial", "null", "-kernel", work.path("Image"),
        "-initrd", work.path("next.gz"), "-append", Self.bootargs,
      ], in: work.folder, input: Array("dumpdtb qemu.dtb\nquit\n".utf8), within: 60)
    #expect(dump.status == 0, "\(dump.error)")
    try work.write(
      "ours.dts", "/dts-v1/;\n/plugin/;\n&{/} { model = \"handed over\"; grove,proof = \"this very tree\"; };\n")
    let ours = try grove("overlay", "qemu.dtb", "ours.dts", "-o", "running.dtb", in: work.folder)
    #expect(ours.status == 0, "\(ours.error)")
    return work
  }

  /// Starts Linux, which loads the same kernel with `next.dtb` and goes over to it.
  ///
  /// - Parameters:
  ///   - options: of kexec-tools, besides the files.
  ///   - start: what makes the next kernel start.
  ///   - bootargs: what the first kernel is told besides.
  /// - Returns: what the next kernel's init said.
  private func handOver(
    _ work: Workspace, _ options: String, start: String = "kexec -e", bootargs: String = ""
  ) throws -> [String] {
    try FileManager.default.copyItem(atPath: Real.kexec, toPath: work.path("first"))
    for file in ["Image", "next.gz", "next.dtb"] {
      try FileManager.default.copyItem(atPath: work.path(file), toPath: work.path("first/\(file)"))
    }
    try work.write(
      "first/then",
      """
      kexec -d \(options) /Image --initrd=/next.gz --dtb=/next.dtb 2>&1 | grep -E 'seed|dtb:|failed|rror'
      \(start)

      """)
    let made = try run(Real.script("make-guest-ramdisk"), [Real.busybox, work.path("first.gz"), work.path("first")])
    #expect(made.status == 0, "\(made.error)")
    let qemu = try run(
      "/usr/bin/env",
      Self.machine + [
        "-nodefaults", "-nographic", "-serial", "stdio", "-no-reboot", "-kernel", work.path("Image"), "-initrd",
        work.path("first.gz"), "-append", Self.bootargs + bootargs,
      ], within: 300)
    let runs = qemu.output.replacing("\r\n", with: "\n").components(separatedBy: "Bye!\n")
    #expect(runs.count == 2, "\(qemu.error)\n\(qemu.output.suffix(3000))")
    #expect(runs.first?.contains("GUEST model=linux,dummy-virt\n") == true)
    #expect(runs.first?.contains("dtb: /next.dtb\n") == true)
    let said = (runs.last ?? "").split(separator: "\n").filter { $0.hasPrefix("GUEST") }
    #expect(said.last == "GUEST-DONE", "\(qemu.error)\n\(qemu.output.suffix(3000))")
    return said.filter { $0.hasPrefix("GUEST ") }.map { String($0.dropFirst(6)) }
  }

  @Test func aRunningLinuxStartsTheNextOneWithTheTree() throws {
    let work = try workspace()
    let made = try grove(
      "guest", "kexec", "running.dtb", "--bootargs", "console=ttyAMA0 panic=-1 next", "--reserve",
      "0x57000000+0x100000", "-o", "next.dtb", in: work.folder)
    #expect(made.status == 0)
    #expect(
      made.error.split(separator: "\n").map { $0.prefix { $0 != " " } } == [
        "running.dtb:/chosen:rng-seed:", "running.dtb:/chosen:kaslr-seed:", "running.dtb:/chosen:linux,initrd-start:",
        "running.dtb:/chosen:linux,initrd-end:",
      ], "\(made.error)")
    let said = try handOver(work, "-l")
    #expect(said.contains("cmdline=console=ttyAMA0 panic=-1 next"))
    #expect(said.contains("model=handed over"))
    #expect(said.contains("grove,proof=this very tree"))
    #expect(said.contains("linux,booted-from-kexec="))
    #expect(said.contains("mark=the next ramdisk"))
    #expect(said.contains("cpus=2"))
    #expect(said.contains("memory=40000000-5fffffff System RAM"))
    #expect(said.contains("memory=57000000-570fffff reserved"))
  }

  /// Without a crash, so that kexec-tools leaves to the tree what the next kernel is told of its memory.
  @Test func theNextLinuxKeepsToTheMemoryOfACrashKernel() throws {
    let work = try workspace()
    let made = try grove(
      "guest", "kexec", "running.dtb", "--crash", "0x50000000-0x5f000000", "-o", "next.dtb", in: work.folder)
    #expect(made.status == 0, "\(made.error)")
    let said = try handOver(work, "-l --mem-min=0x50000000 --mem-max=0x5effffff")
    #expect(said.contains("cmdline=" + Self.bootargs))
    #expect(said.filter { $0.hasSuffix("System RAM") } == ["memory=50000000-5effffff System RAM"])
    #expect(said.contains("linux,usable-memory-range=0000000050000000000000000f000000"))
  }

  @Test func aCrashOfTheRunningLinuxStartsTheNextOneWithTheTree() throws {
    let work = try workspace()
    let made = try grove(
      "guest", "kexec", "running.dtb", "--bootargs", "console=ttyAMA0 panic=-1 nr_cpus=1 after", "--crash",
      "0x50000000+0x8000000", "-o", "next.dtb", in: work.folder)
    #expect(made.status == 0, "\(made.error)")
    let said = try handOver(
      work, "-p", start: "echo c >/proc/sysrq-trigger", bootargs: " crashkernel=128M@0x50000000")
    #expect(said.contains("cmdline=console=ttyAMA0 panic=-1 nr_cpus=1 after"))
    #expect(said.contains("model=handed over") && said.contains("mark=the next ramdisk"))
    #expect(said.filter { $0.hasSuffix("System RAM") } == ["memory=50000000-57ffffff System RAM"])
    // What kexec-tools writes itself is what we had written.
    #expect(said.contains("linux,usable-memory-range=00000000500000000000000008000000"))
    #expect(said.contains("vmcore"))
  }

  /// A directory as Linux makes it, where each node's name stands once more.
  @Test func aTreeIsReadFromADirectoryAndASourceAsWell() throws {
    let work = try Workspace()
    for (path, bytes) in [
      ("#address-cells", [0, 0, 0, 1]), ("#size-cells", [0, 0, 0, 1]), ("name", [0]),
      ("memory@40000000/device_type", Array("memory\0".utf8)),
      ("memory@40000000/reg", [0x40, 0, 0, 0, 0x10, 0, 0, 0]), ("memory@40000000/name", Array("memory\0".utf8)),
      ("chosen/bootargs", Array("quiet\0".utf8)), ("chosen/name", Array("chosen\0".utf8)),
    ] as [(String, [UInt8])] {
      let folder = work.path("tree/" + path.split(separator: "/").dropLast().joined(separator: "/"))
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try work.write("tree/" + path, bytes)
    }
    let next = """
      /dts-v1/;

      / {
      	#address-cells = <0x01>;
      	#size-cells = <0x01>;

      	chosen {
      		bootargs = "quiet";
      		linux,booted-from-kexec;
      	};

      	memory@40000000 {
      		device_type = "memory";
      		reg = <0x40000000 0x10000000>;
      	};
      };

      """
    let directory = try grove("guest", "kexec", "tree", in: work.folder)
    #expect(directory.output == next)
    #expect(
      directory.error
        == "tree: note: a directory does not hold the tree's memory reservations; /sys/firmware/fdt does [kexec-reservation]\n"
    )
    try work.write("running.dts", next.replacing("\t\tlinux,booted-from-kexec;\n", with: ""))
    let source = try grove("guest", "kexec", "running.dts", "--format", "dtb", in: work.folder, input: nil)
    #expect(source.status == 0 && source.error == "")
    let piped = try grove("guest", "kexec", "-", in: work.folder, input: Array(next.utf8))
    #expect(piped.output == next)
  }

  @Test func whatCannotRunIsRefusedAndNothingIsWritten() throws {
    let work = try Workspace()
    try work.write(
      "running.dts",
      """
      /dts-v1/;
      / { #address-cells = <1>; #size-cells = <1>;
          memory@40000000 { device_type = "memory"; reg = <0x40000000 0x10000000>; }; };

      """)
    try work.write("initrd", Array(repeating: 1, count: 4097))
    let outside = try grove(
      "guest", "kexec", "running.dts", "--ramdisk", "initrd@0x4ffff000", "-o", "next.dtb", in: work.folder)
    #expect(outside.status == 1 && !work.exists("next.dtb"))
    #expect(
      outside.error == """
        running.dts:/chosen: error: the ramdisk at [0x4ffff000, 0x50000001), 4097 bytes is not in RAM, and the next kernel would do without it [kexec-ramdisk]
          hint: the tree has RAM at [0x40000000, 0x50000000), 256 MiB

        """)
    let over = try grove(
      "guest", "kexec", "running.dts", "--ramdisk", "0x41000000-0x41100000", "--reserve", "0x41080000+4096",
      in: work.folder)
    #expect(over.status == 1 && over.output == "")
    #expect(
      over.error.hasPrefix(
        "running.dts:/chosen: error: the ramdisk at [0x41000000, 0x41100000), 1 MiB lies over /memreserve/ at [0x41080000, 0x41081000), 4 KiB"
      ))
    let wraps = try grove(
      "guest", "kexec", "running.dts", "--ramdisk", "initrd@0xffffffffffffff00", in: work.folder)
    #expect(wraps.status == 1)
    #expect(
      wraps.error
        == "initrd: error: the ramdisk of 4097 bytes at 0xffffffffffffff00 goes past the last address [kexec-ramdisk]\n"
    )
    for arguments in [
      ["--ramdisk", "initrd"], ["--ramdisk", "0x2-0x1"], ["--reserve", "0x10"], ["--reserve", "0x1+-0x1"],
      ["--elfcorehdr", "0x40000000+4096"], ["--boot-cpu", "0x100000000"], ["--reserve", "0xffffffffffffffff+2"],
    ] {
      let wrong = try run(Real.grove, ["guest", "kexec", "running.dts"] + arguments, in: work.folder)
      #expect(wrong.status == 2, "\(arguments): \(wrong.error)")
    }
  }
}
