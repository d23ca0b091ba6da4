// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Foundation
import GuestTree
import SystemFiles
import Testing
import XLConfig
import XenFacts
import XenSystem

/// xl of Xen 4.17 and 4.20 makes of a configuration what we make of it. It runs without Xen, behind
/// `Tests/Libxlu/xl-alone.c`, and says in JSON what it would start.
@Suite(.enabled(if: XLDryRun.isPrepared)) struct XLDryRunTests {
  private static let least = "name=\"g\"; type=\"pvh\"; kernel=\"/k\"; memory=64\n"

  @Test(arguments: XLDryRun.versions)
  func guestsAreWhatXLMakesOfThem(_ xen: XenVersion) throws {
    for text in Configurations.right {
      let whole = Self.least + text + "\n"
      let theirs = try XLDryRun.run(whole, xen: xen)
      let answer = try #require(theirs.guest, "\(text): \(theirs.said)")
      let ours = try XLGuest(XLDryRun.config(whole), xen: xen, file: "g.cfg")
      #expect(facts(ours) == facts(answer), "\(text) on \(xen.text)")
    }
  }

  @Test(arguments: XLDryRun.versions)
  func whatXLRefusesIsRefused(_ xen: XenVersion) throws {
    for text in Configurations.refused {
      let whole = text.hasPrefix("!") ? String(text.dropFirst()) : Self.least + text + "\n"
      let refusal = try XLDryRun.run(whole, xen: xen)
      #expect(refusal.guest == nil, "\(text) on \(xen.text)")
      #expect(throws: Failure.self, "\(text) on \(xen.text)") {
        try XLGuest(XLDryRun.config(whole), xen: xen, file: "g.cfg")
      }
    }
  }

  /// xl lets these pass, some with a warning, and starts another guest than was meant, or none.
  @Test(arguments: XLDryRun.versions)
  func whatXLLetsPassIsRefused(_ xen: XenVersion) throws {
    for text in Configurations.letPass {
      let whole = text.hasPrefix("!") ? String(text.dropFirst()) : Self.least + text + "\n"
      #expect(try XLDryRun.run(whole, xen: xen).guest != nil, "\(text) on \(xen.text)")
      #expect(throws: Failure.self, "\(text) on \(xen.text)") {
        try XLGuest(XLDryRun.config(whole), xen: xen, file: "g.cfg")
      }
    }
  }

  /// Settings that chance has changed: what we take, xl takes, and makes the same of it.
  @Test(arguments: XLDryRun.versions)
  func whatWeTakeOfChangedSettingsXLTakesAlike(_ xen: XenVersion) throws {
    var chance = Chance(state: UInt64(xen.minor))
    var count = 0
    // The words of a PCI device are not read.
    let settings = Configurations.right.filter { !$0.hasPrefix("pci") }
    for round in 0..<500 {
      let text = Self.least + chance.change(settings[round % settings.count]) + "\n"
      // A refusal of ours is no difference: xl lets much pass, and some numbers keep it busy for ever.
      guard let config = try? XLDryRun.config(text), let ours = try? XLGuest(config, xen: xen, file: "g.cfg") else {
        continue
      }
      count += 1
      var diagnostics: [Diagnostic] = []
      _ = Guest(ours, diagnostics: &diagnostics)
      let theirs = try XLDryRun.run(text, xen: xen)
      guard let answer = theirs.guest else {
        Issue.record("xl of \(xen.text) refuses what we take: \(text): \(theirs.said)")
        continue
      }
      #expect(facts(ours) == facts(answer), "\(text) on \(xen.text)")
    }
    #expect(count > 100)
  }

  /// The names that xl looks for, over guests of each type, are those of the table.
  @Test(arguments: XLDryRun.versions)
  func theNamesAreThoseThatXLLooksFor(_ xen: XenVersion) throws {
    var asked: Set<String> = []
    for type in ["pv", "pvh", "hvm"] {
      for more in [
        "kernel=\"/k\"", "firmware=\"uefi\"", "kernel=\"/k\"; pvshim=1",
        "kernel=\"/k\"; vnuma=[[\"pnode=0\",\"size=64\",\"vcpus=0-0\",\"vdistances=10\"]]",
        "kernel=\"/k\"; vfb=[\"type=vnc\"]; usb=1; spice=1; device_model_version=\"qemu-xen\"; vnc=1; nestedhvm=1",
      ] {
        asked.formUnion(try XLDryRun.run("name=\"g\"; memory=64; type=\"\(type)\"; \(more)\n", xen: xen).keys)
      }
    }
    let known = Set(XLKey.all.filter { $0.since <= xen }.map(\.name))
    #expect(asked.subtracting(known).sorted() == [])
    #expect(known.subtracting(asked).sorted() == [])
  }

  // MARK: - The same facts of both

  private func facts(_ guest: XLGuest) -> [String: String] {
    var facts: [String: String] = [:]
    facts["name"] = guest.name.value
    facts["type"] = guest.kind?.value.rawValue
    facts["memory"] = "\(guest.memory.value >> 10) \(guest.maximumMemory.value >> 10)"
    facts["cpus"] = "\(guest.cpus.value) \(guest.maximumCPUs.value)"
    facts["kernel"] = guest.kernel?.value
    facts["ramdisk"] = guest.ramdisk?.value
    facts["cmdline"] = guest.bootargs?.value
    facts["device_tree"] = guest.deviceTree?.value
    facts["irqs"] = list(guest.interrupts.map { "\($0.value)" })
    facts["iomem"] = list(
      guest.ioMemory.map { "\($0.value.frame),\($0.value.pageCount)@\($0.value.guestFrame)" })
    facts["dtdevs"] = list(guest.devices.map(\.value))
    facts["pci"] = guest.pciDevices.isEmpty ? nil : "\(guest.pciDevices.count)"
    facts["vuart"] = guest.hasVUART ? "sbsa_uart" : nil
    facts["gic_version"] = guest.gicVersion?.value.rawValue
    facts["tee"] = guest.tee?.value.rawValue
    switch guest.sve?.value {
    case .bits(let count): facts["sve"] = "\(count)"
    case .hardware: facts["sve"] = "hw"
    case nil: break
    }
    facts["nr_spis"] = guest.sharedInterrupts.flatMap { $0.value == 0 ? nil : "\($0.value)" }
    facts["llc_colors"] = list(guest.cacheColors.map { "\($0)" })
    facts["acpi"] = guest.hasACPI.map { "\($0.value)" }
    facts["vpmu"] = guest.hasVPMU.map { "\($0.value)" }
    facts["virtio"] = list(
      guest.virtio.map { "\($0.value.type) \($0.value.backend ?? "-") \($0.value.usesGrants.map { "\($0)" } ?? "-")" })
    facts["disks"] = list(
      guest.disks.map(\.value).map { disk in
        [
          disk.target ?? "-", disk.vdev, disk.format.rawValue, "\(disk.isWritable)", "\(disk.isCDROM)",
          disk.backend ?? "-", disk.backendType ?? "-", disk.script ?? "-", disk.specification?.rawValue ?? "-",
          disk.usesGrants.map { "\($0)" } ?? "-",
        ].joined(separator: " ")
      })
    facts["nics"] = list(
      guest.networks.map { "\($0.value.mac ?? "-") \($0.value.bridge ?? "-") \($0.value.backend ?? "-")" })
    return facts
  }

  /// What xl leaves out of its JSON has its default.
  private func facts(_ guest: [String: Any]) -> [String: String] {
    let create = guest["c_info"] as? [String: Any] ?? [:]
    let build = guest["b_info"] as? [String: Any] ?? [:]
    let arm = build["arch_arm"] as? [String: Any] ?? [:]
    func numbers(_ value: Any?) -> [UInt64] { (value as? [NSNumber] ?? []).map(\.uint64Value) }
    func items(_ value: Any?) -> [[String: Any]] { value as? [[String: Any]] ?? [] }
    func text(_ value: Any?) -> String { value as? String ?? "-" }
    func truth(_ value: Any?) -> String? { (value as? String).map { "\($0 == "True")" } }
    func flag(_ value: Any?) -> String { "\((value as? NSNumber)?.boolValue ?? false)" }

    var facts: [String: String] = [:]
    facts["name"] = create["name"] as? String
    facts["type"] = create["type"] as? String
    facts["memory"] = "\(build["target_memkb"] ?? "?") \(build["max_memkb"] ?? "?")"
    let online = (build["avail_vcpus"] as? [NSNumber])?.count ?? 1
    facts["cpus"] = "\(online) \(build["max_vcpus"] ?? 1)"
    facts["kernel"] = build["kernel"] as? String
    facts["ramdisk"] = build["ramdisk"] as? String
    facts["cmdline"] = build["cmdline"] as? String
    facts["device_tree"] = build["device_tree"] as? String
    facts["irqs"] = list(numbers(build["irqs"]).map { "\($0)" })
    facts["iomem"] = list(
      items(build["iomem"]).map { pages in
        let start = pages["start"] ?? 0
        return "\(start),\(pages["number"] ?? 0)@\(pages["gfn"] ?? start)"
      })
    facts["dtdevs"] = list(items(guest["dtdevs"]).map { text($0["path"]) })
    let pci = items(guest["pcidevs"]).count
    facts["pci"] = pci == 0 ? nil : "\(pci)"
    facts["vuart"] = arm["vuart"] as? String
    facts["gic_version"] = arm["gic_version"] as? String
    facts["tee"] = build["tee"] as? String
    facts["sve"] = arm["sve_vl"] as? String
    facts["nr_spis"] = arm["nr_spis"].map { "\($0)" }
    facts["llc_colors"] = list(numbers(build["llc_colors"]).map { "\($0)" })
    facts["acpi"] = truth(build["acpi"])
    facts["vpmu"] = truth(build["vpmu"])
    facts["virtio"] = list(
      items(guest["virtios"]).map {
        "\(text($0["type"])) \(text($0["backend_domname"])) \(truth($0["grant_usage"]) ?? "-")"
      })
    facts["disks"] = list(
      items(guest["disks"]).map { disk in
        [
          text(disk["pdev_path"]), text(disk["vdev"]), text(disk["format"]), flag(disk["readwrite"]),
          flag(disk["is_cdrom"]), text(disk["backend_domname"]), text(disk["backend"]), text(disk["script"]),
          text(disk["specification"]), truth(disk["grant_usage"]) ?? "-",
        ].joined(separator: " ")
      })
    facts["nics"] = list(
      items(guest["nics"]).map { "\(text($0["mac"])) \(text($0["bridge"])) \(text($0["backend_domname"]))" })
    return facts
  }

  private func list(_ items: [String]) -> String? { items.isEmpty ? nil : items.joined(separator: " | ") }
}

private enum Configurations {
  /// Each behind a name, a type, a kernel and memory.
  static let right =
    [
      "", "memory=33", "maxmem=128", "vcpus=8", "vcpus=2; maxvcpus=4", "maxvcpus=4", "vcpus=0", "memory=\"0x100\"",
      "cmdline=\"console=hvc0 root=/dev/xvda1 ro quiet\"", "cmdline=\"\"", "cmdline=5", "root=\"/dev/xvda\"",
      "extra=\"a b\"", "root=\"/r\"; extra=\"a\"", "root=\"\"", "cmdline=\"a\"; root=\"/r\"; extra=\"x\"",
      "ramdisk=\"/t/domu.gz\"", "device_tree=\"/t/pt.dtb\"; iomem=[\"0x9010,1\"]; irqs=[34]",
      "irqs=[34, \"35\", 036, 34]",
      "irqs=[]", "iomem=[\"9010,1\", \"0x9011,0x10@24000\", \"9012,0\"]", "dtdev=[\"/a\", \"/b@1\"]", "dtdev=[]",
      "pci=[\"0000:03:00.0\", \"03:00.1\"]", "vuart=\"sbsa_uart\"", "vuart=\"SBSA_UART\"", "vuart=\"unknown\"",
      "gic_version=\"v2\"", "gic_version=\"V3\"", "gic_version=\"default\"", "tee=\"none\"", "tee=\"OPTEE\"",
      "sve=\"hw\"", "sve=256", "sve=\"2048\"", "sve=\"disabled\"", "nr_spis=0", "nr_spis=991",
      "llc_colors=[\"0-3\", \"5\"]", "acpi=1", "acpi=0; vpmu=2", "bogus=1", "type=\"pv\"", "type=\"hvm\"",
      "virtio=[\"type=virtio,device22,transport=mmio\"]",
      "virtio=[\"transport=mmio,type=virtio,device\", \"type=virtio,device1a,transport=mmio,grant_usage=1\"]",
      "virtio=[\"type=virtio,device22,transport=mmio,grant_usage=0,backend=d\"]", "virtio=[]",
      "vif=[\"\"]", "vif=[\"mac=00:16:3e:00:00:01,bridge=a\", \"bridge=b, backend=d\", \"trusted=1\"]",
      "vif=[\"script=s,ip=10.0.0.1 10.0.0.2,model=e1000,type=vif,vifname=v,gatewaydev=g,devid=3,mtu=9000\"]",
    ] + disks.map { "disk=[\"\($0)\"]" }

  private static let disks = [
    "/dev/vg/a,raw,xvda,rw", "/dev/vg/a,raw,xvda,w", "/dev/vg/a,,xvda,r", "/dev/vg/a,raw,hdc,ro,cdrom", ",,xvda",
    "format=raw,vdev=xvda,access=rw,target=/d", "format=raw, vdev=xvda, access=rw, target=/d",
    "vdev=xvda,target=/a,b=c,format=qcow2", "vdev=xvda,target=/d,",
    "format=raw,vdev=xvda,access=rw,backendtype=standalone,specification=virtio,target=/tmp/d0.img",
    "vdev=xvda,specification=xen,target=/d", "phy:/dev/vg/a,xvda,w", "file:/d.img,xvda,w", "tap:aio:/d.img,xvda,w",
    "tap:qcow2:/d,xvda,w", "qcow2:/d,xvda,w", "vhd:/d,xvda,w", "tap:/d,xvda,w", "tap2:aio:/d,xvda,w",
    "tap:tapdisk:aio:/d,xvda,w", "drbd:x,xvda,w", "vdev=xvda,backend=dom1,target=/d", "vdev=hdc,devtype=cdrom,target=",
    "cdrom,vdev=hdc,target=/i", "cdrom,vdev=hdc", "cdrom,vdev=hdc,format=raw,target=", "phy:dev,hdc:cdrom,r",
    "/d,raw,hdc:cdrom,r", "devtype=cdrom,vdev=hdc,access=rw,target=/i", "vdev=xvda,script=block-x,target=/d",
    "vdev=xvda,discard,target=/d", "vdev=xvda,no-discard,direct-io-safe,colo,target=/d", "format=raw,/d,xvda,rw",
    "/d,raw,,rw", "vdev=xvda,,target=/d", "/d, raw,  xvda,w", "/d,raw,xvda,w,", "format=qed,vdev=a,target=/x",
    "format=empty,vdev=hdc,devtype=cdrom", "vdev=a,devtype=disk,target=/d", "colo-host=a,vdev=a,target=/d",
    "vdev=xvda,backendtype=qdisk,target=/d", "vdev=,target=/d", "/d,raw,xvda,w,discard",
  ]

  /// A `!` before those that are whole.
  static let refused =
    [
      "!kernel=\"/k\"; memory=64\n", "!name=\"g\"; memory=64\n", "!name=[\"g\"]; kernel=\"/k\"; memory=64\n",
      "type=\"PVH\"", "type=1", "!name=\"g\"; kernel=\"/k\"; memory=64; builder=\"x\"\n", "builder=\"hvm\"",
      "vcpus=4; maxvcpus=2",
      "vcpus=\"-1\"", "irqs=[0x22]", "irqs=[\"x\"]", "irqs=[\"34x\"]", "irqs=[\"\"]", "irqs=[[34]]",
      "irqs=[4294967296]",
      "irqs=[\"-1\"]", "iomem=[\"9010\"]", "iomem=[\"9010,\"]", "iomem=[\",1\"]", "iomem=[\"9010,1@\"]",
      "iomem=[\"9010,1@x\"]", "iomem=[\"9010,1 @ 24\"]", "iomem=[\"9010,1junk\"]", "iomem=[\"9010,10@24000,5\"]",
      "iomem=[9010]", "iomem=[[\"9010,1\"]]", "gic_version=3", "gic_version=\"\"", "vuart=\"pl011\"", "vuart=1",
      "tee=\"x\"",
    ]
    + [
      "target=/d", "/d", "vdev=xvda", "", "vdev=xvda,specification=x,target=/d",
      "vdev=xvda,specification=virtio,transport=mmio,target=/d", "vdev=xvda,bogus=1,target=/d",
      "vdev=xvda,access=x,target=/d", "vdev=xvda,backendtype=x,target=/d", "/d,raw,xvda,rw,extra", "format=raw,/d",
      "format=raw,/d,,xvda", "VDEV=xvda,target=/d", "vdev = xvda,target=/d", "vdev=xvda,readwrite,target=/d",
      "vdev=xvda,format=raw,format=qcow2,target=/d", "/d,raw,xvda,rw,vdev=xvdb", "vhdx:/d,xvda,w",
      "phy:/dev/a,raw,xvda,w", "format=tap,vdev=a,target=/x", "format=RAW,vdev=a,target=/d",
      "vdev=a,grant_usage=x,target=/d",
    ].map { "disk=[\"\($0)\"]" }

  static let letPass = [
    "!name=\"g\"; kernel=\"/k\"\n", "!name=\"g\"; kernel=\"/k\"; memory=\"x\"\n",
    "!name=\"\"; kernel=\"/k\"; memory=1\n",
    "memory=0", "memory=\"-1\"", "memory=9007199254740992", "maxmem=32", "maxmem=\"x\"", "vcpus=\"x\"", "vcpus=200",
    "cmdline=[\"a\"]", "device_tree=[\"/d\"]", "irqs=34", "iomem=\"9010,1\"", "iomem=[\"-1,1\"]",
    "iomem=[\"1ffffffffffffffff,2\"]", "gic_version=[\"v2\"]", "dtdev=\"/a\"", "dtdev=[\"\"]", "dtdev=[[\"/a\"]]",
    "acpi=\"x\"", "vif=[\"mac=x\"]", "disk=[[\"/d,raw,xvda,w\"]]",
  ]
}

/// Changes a character here and there, the same ones in every run.
private struct Chance {
  var state: UInt64

  private mutating func next(below limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(truncatingIfNeeded: (state >> 33) % UInt64(max(limit, 1)))
  }

  mutating func change(_ text: String) -> String {
    let letters = Array("0123456789abcdefx,=@:-_ \"[];/v+")
    var characters = Array(text)
    for _ in 0...next(below: 2) {
      let place = next(below: characters.count + 1)
      switch next(below: 3) {
      case 0: characters.insert(letters[next(below: letters.count)], at: place)
      case 1 where place < characters.count: characters[place] = letters[next(below: letters.count)]
      default: if place < characters.count { characters.remove(at: place) }
      }
    }
    return String(characters)
  }
}

/// xl without Xen.
private enum XLDryRun {
  static let versions = [XenVersion(4, 17), XenVersion(4, 20)]
  static var isPrepared: Bool {
    environment["GROVE_XL_ALONE"] != nil && versions.allSatisfy { environment[variable($0)] != nil }
  }

  private static let environment = ProcessInfo.processInfo.environment
  private static func variable(_ xen: XenVersion) -> String { "GROVE_XL_\(xen.major)_\(xen.minor)" }

  struct Answer {
    /// Nil when xl refuses the configuration.
    var guest: [String: Any]?
    var said: String
    /// The names that xl looked for in the configuration.
    var keys: Set<String>
  }

  static func config(_ text: String) throws(Failure) -> XLConfig {
    try XLConfig(reading: SourceText(name: "g.cfg", bytes: Array(text.utf8)))
  }

  static func run(_ text: String, xen: XenVersion) throws -> Answer {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("grove-xl-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("g.cfg")
    try Data(text.utf8).write(to: file)
    let outputs = try ["out", "err"].map { name in
      try Data().write(to: folder.appendingPathComponent(name))
      return try FileHandle(forUpdating: folder.appendingPathComponent(name))
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: environment[variable(xen)] ?? "")
    process.arguments = ["create", "-n", "-d", file.path]
    process.environment = environment.merging(["GROVE_XL_VERSION": "\(xen.minor)", "GROVE_XL_KEYS": "1"]) { $1 }
    process.standardOutput = outputs[0]
    process.standardError = outputs[1]
    try process.run()
    process.waitUntilExit()
    let output = try Data(contentsOf: folder.appendingPathComponent("out"))
    let said = String(decoding: try Data(contentsOf: folder.appendingPathComponent("err")), as: UTF8.self)
    // What comes before is asked of xl.conf.
    let lines = said.split(separator: "\n").drop { !$0.hasPrefix("Parsing config from") }
    let keys = lines.filter { $0.hasPrefix("key ") }.map { String($0.dropFirst(4)) }
    let guest = process.terminationStatus == 0 ? try JSONSerialization.jsonObject(with: output) as? [String: Any] : nil
    return Answer(
      guest: guest, said: lines.filter { !$0.hasPrefix("key ") }.joined(separator: "\n"), keys: Set(keys))
  }
}
