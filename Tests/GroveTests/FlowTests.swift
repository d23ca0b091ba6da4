// SPDX-License-Identifier: Apache-2.0
import BootImages
import Foundation
import Testing

/// One system, three flows, two Xens, the kernel raw and as gzip: booted for real, each guest says what it was given.
@Suite(.enabled(if: Real.isPrepared), .serialized) struct FlowTests {
  struct Case: CustomTestStringConvertible {
    var target: String
    var xen: String
    var gzip: Bool
    var testDescription: String { "\(target), Xen \(xen), \(gzip ? "gzip" : "raw") kernel" }
  }

  static let cases = ["qemu", "uboot", "uefi"].flatMap { target in
    ["4.17", "4.20"].flatMap { xen in [false, true].map { Case(target: target, xen: xen, gzip: $0) } }
  }

  @Test(arguments: cases)
  func eachGuestReportsWhatTheDescriptionAskedFor(_ flow: Case) throws {
    let work = try TwoGuests.workspace(xen: flow.xen, gzip: flow.gzip)
    let built = try grove("build", "system.yaml", "-o", "out", in: work.folder)
    #expect(built.status == 0, "\(built.error)")
    let boot = try grove(
      "boot", "out", "--target", flow.target, "--timeout", "90", "--expect", "domA=PROBE-DONE", "--expect",
      "domB=PROBE-DONE", in: work.folder)
    #expect(boot.status == 0, "\(boot.error)\n\(boot.output)")
    for name in ["domA", "domB"] {
      let ramdisk = Array(TwoGuests.ramdisks[name, default: ""].utf8)
      let checksum = String(CRC32.checksum(ramdisk), radix: 16)
      let padded = String(repeating: "0", count: 8 - checksum.count) + checksum
      let facts = probeFacts(of: name, in: boot.output)
      #expect(facts["name"] == name)
      #expect(facts["memory"] == "\(TwoGuests.memory[name, default: 0])")
      #expect(facts["cpus"] == "\(TwoGuests.cpus[name, default: 0])")
      #expect(facts["bootargs"] == TwoGuests.bootargs(name))
      #expect(facts["ramdisk"] == "\(ramdisk.count) crc32=\(padded)")
      #expect(facts["calls"] == "hvc psci=1.1 smccc=\(flow.xen == "4.17" ? "1.1" : "1.2")")
      #expect(facts["hypervisor"]?.hasPrefix("xen \(flow.xen).") == true, "\(facts["hypervisor"] ?? "nobody")")
    }
  }

  /// The `PROBE key=value` lines of a domain.
  private func probeFacts(of domain: String, in output: String) -> [String: String] {
    var facts: [String: String] = [:]
    for line in output.split(whereSeparator: \.isNewline) {
      let prefix = "\(domain)| PROBE "
      guard line.hasPrefix(prefix) else { continue }
      let fact = line.dropFirst(prefix.count)
      guard let equals = fact.firstIndex(of: "=") else { continue }
      facts[String(fact[..<equals])] = String(fact[fact.index(after: equals)...])
    }
    return facts
  }
}

/// A system with dom0, which is a real Linux, and a guest.
@Suite(.enabled(if: Real.isPrepared), .serialized) struct Dom0Tests {
  @Test(arguments: [("qemu", "4.17"), ("qemu", "4.20"), ("uefi", "4.20")])
  func dom0AndAGuestBoot(_ target: String, _ xen: String) throws {
    let work = try Workspace.withImages(xen: xen)
    try work.write(
      "system.yaml",
      """
      grove: 1
      xen:
        image: xen
        bootargs: console=dtuart dtuart=/pl011@9000000 bootscrub=0
      host:
        device-tree: virt.dtb
      domains:
        - name: dom0
          dom0: true
          kernel: vmlinuz
          ramdisk: initramfs.gz
          bootargs: console=hvc0 mark=dom0
          memory: 512 MiB
          cpus: 2
        - name: domA
          kernel: probe.Image
          bootargs: name=domA
          memory: 64 MiB

      """)
    #expect(try grove("build", "system.yaml", "-o", "out", in: work.folder).status == 0)
    let boot = try grove(
      "boot", "out", "--target", target, "--timeout", "180", "--expect", "dom0=DOM0-DONE", "--expect",
      "domA=PROBE memory=67108864", "--expect", "dom0=DOM0 cpus=2", "--expect",
      "dom0=DOM0 cmdline=.*console=hvc0 mark=dom0", in: work.folder)
    #expect(boot.status == 0, "\(boot.error)\n\(boot.output)")
  }
}
