// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Foundation
import Testing

/// XenPPC's guests, from a description and the tree of a host like those with a PPC970, read by programs that nobody here wrote.
@Suite(.enabled(if: Real.isPrepared)) struct PowerPCGuestTests {
  /// Two CPUs; what a guest has of the host's is the first one's, but for what Linux and Open Firmware added.
  private static func host(timebase: UInt32) -> String {
    """
    /dts-v1/;
    / {
      #address-cells = <2>;
      #size-cells = <2>;
      model = "Momentum,Maple-D";
      compatible = "Momentum,Maple";
      cpus {
        #address-cells = <1>;
        #size-cells = <0>;
        PowerPC,970@0 {
          device_type = "cpu";
          reg = <0>;
          cpu-version = <0x3c0300>;
          state = "running";
          clock-frequency = <1600000000>;
          timebase-frequency = <\(timebase)>;
          bus-frequency = <800000000>;
          i-cache-size = <0x10000>;
          i-cache-line-size = <0x80>;
          i-cache-sets = <0x200>;
          d-cache-size = <0x8000>;
          d-cache-line-size = <0x80>;
          d-cache-sets = <0x80>;
          ibm,pft-size = <0 24>;
          linux,boot-cpu;
          linux,phandle = <0xff8970d0>;
          l2-cache {
            device_type = "cache";
            i-cache-size = <0x80000>;
            d-cache-size = <0x80000>;
            cache-unified;
            linux,phandle = <0xff897400>;
          };
        };
        PowerPC,970@1 { device_type = "cpu"; reg = <1>; timebase-frequency = <1>; };
      };
      memory@0 { device_type = "memory"; reg = <0 0 0 0x80000000>; };
    };

    """
  }

  private func description(_ megabytes: Int, hasRamdisk: Bool, cpus: Int) -> String {
    """
    grove: 1
    platform: xen-ppc64
    kernel: vmlinux
    \(hasRamdisk ? "ramdisk: initramfs" : "# no ramdisk")
    bootargs: console=hvc0
    memory: \(megabytes) MiB
    cpus: \(cpus)
    host: {device-tree: host.dts}
    late: {domain: 3, console-port: 1, store-port: 2}

    """
  }

  private func made(_ megabytes: Int, hasRamdisk: Bool, cpus: Int, timebase: UInt32 = 33_333_333) throws -> Workspace {
    let work = try Workspace()
    try work.write("vmlinux", GuestTests.powerPCKernel)
    try work.write("initramfs", [UInt8](repeating: 1, count: 5000))
    try work.write("host.dts", Self.host(timebase: timebase))
    try work.write("guest.yaml", description(megabytes, hasRamdisk: hasRamdisk, cpus: cpus))
    let made = try grove("guest", "tree", "guest.yaml", "-o", "guest.dtb", in: work.folder)
    try #require(made.status == 0, "\(made.error)")
    return work
  }

  /// The tree as dtc writes it, line by line without its indentation.
  private func source(_ work: Workspace) throws -> [String] {
    let dtc = try run("/usr/bin/env", ["dtc", "-f", "-I", "dtb", "-O", "dts", "guest.dtb"], in: work.folder)
    #expect(dtc.status == 0)
    // That the CPU's phandle is 0 was XenPPC's way, and all that dtc has to say.
    #expect(
      dtc.error.split(separator: "\n") == [
        "<stdout>: ERROR (explicit_phandles): /cpus/PowerPC,970@0:linux,phandle: bad value (0x0) in linux,phandle property",
        "Warning: Input tree has errors, output forced",
      ])
    return dtc.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  @Test(arguments: [64, 512], [false, true])
  func libfdtAndDtcTakeTheTree(_ megabytes: Int, hasRamdisk: Bool) throws {
    for cpus in [1, 4] {
      let work = try made(megabytes, hasRamdisk: hasRamdisk, cpus: cpus)
      let blob = try work.read("guest.dtb")
      // libfdt checks all of it and finds what our own reader finds.
      let theirs = try run(Libfdt.reader, [work.path("guest.dtb")])
      #expect(theirs.status == 0, "\(theirs.error)")
      #expect(theirs.output == (try Libfdt.transcript(of: blob)))
      // dtc writes the same bytes.
      let again = try run(
        "/usr/bin/env",
        ["dtc", "-f", "-q", "-V", "16", "-a", "16", "-I", "dtb", "-O", "dtb", "-o", "again.dtb", "guest.dtb"],
        in: work.folder)
      #expect(again.status == 0)
      #expect(try work.read("again.dtb") == blob)

      let lines = try source(work)
      // The kernel's header says that it takes 64 KiB from 0 on.
      #expect(lines.contains("linux,initrd-start = <0x00 0x10000>;") == hasRamdisk)
      #expect(lines.contains("linux,initrd-end = <0x00 0x12000>;") == hasRamdisk)
      #expect(lines.contains("/memreserve/\t0x0000000000010000 0x0000000000002000;") == hasRamdisk)
      #expect(lines.contains("reg = <0x00 0x4000000 0x00 0x1c000000>;") == (megabytes == 512))
      #expect(lines.filter { $0.hasPrefix("PowerPC,970@") } == ["PowerPC,970@0 {"])
      #expect(lines.contains("ibm,pft-size = <0x00 \(megabytes == 64 ? "0x14" : "0x17")>;"))
      for line in ["i-cache-sets = <0x200>;", "d-cache-line-size = <0x80>;", "cpu-version = <0x3c0300>;", "l2-cache {"]
      {
        #expect(lines.filter { $0 == line }.count == 1, "\(line)")
      }
      #expect(!lines.contains { $0.hasPrefix("linux,boot-cpu") })
    }
  }

  @Test func onAnotherHostOnlyTheTimebaseIsAnother() throws {
    let here = try source(try made(512, hasRamdisk: true, cpus: 4))
    let there = try source(try made(512, hasRamdisk: true, cpus: 4, timebase: 14_318_000))
    #expect(here.count == there.count)
    let changes = zip(here, there).filter { $0 != $1 }
    #expect(changes.map(\.0) == ["timebase-frequency = <0x1fca055>;"])
    #expect(changes.map(\.1) == ["timebase-frequency = <0xda79b0>;"])
  }
}
