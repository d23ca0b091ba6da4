// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Foundation
import Machine
import SystemFiles
import Testing
import XenFacts
import XenRules
import XenSystem

/// Two hundred systems that are right, each with other domains, properties and versions: no rule has anything to say but notes.
@Suite struct GeneratedSystemTests {
  /// The numbers of Knuth's MMIX generator: the same systems in every run.
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  private static let host: Result<DeviceTree, any Error> = Result {
    let path = RuleFixtureTests.folder.appendingPathComponent("module-reg/good.dts").path
    var tree = try loadTree(path, allowsOutside: true).tree
    if let domain = tree.node(at: "/chosen/domA") { tree.remove(domain) }
    if let chosen = tree.node(at: "/chosen") { tree.removeProperty("xen,xen-bootargs", from: chosen) }
    return tree
  }

  @Test(arguments: 1...200)
  func aSystemThatIsRightIsNotCriticised(_ seed: UInt64) throws {
    var generator = Generator(state: seed)
    let system = try Self.system(&generator)
    let machine = Machine(system.host.tree)
    let loads = system.loads
    let placement = try system.place(
      loads: loads, around: [Spot(range: 0x4000_0000..<0x4900_0000, name: "the loader")], in: machine)
    var ranges: [ModuleID: Range<UInt64>] = [:]
    for (load, range) in zip(loads, placement.ranges) {
      for user in load.users { ranges[user] = range }
    }
    let tree = try system.bootTree { .address(ranges[$0] ?? 0..<0) }
    let files = Dictionary(zip(placement.ranges.map(\.lowerBound), loads), uniquingKeysWith: { first, _ in first })
    let subject = Subject(
      tree: try DeviceTree(blob: tree.blob()), file: "system", release: system.hypervisor.release,
      spots: placement.spots
    ) { module in
      guard let load = module.range.flatMap({ files[$0.lowerBound] }), let file = load.module.file else { return nil }
      return ModuleFile(name: file.name, bytes: file.bytes, kind: module.kind == .ramdisk ? .ramdisk : nil)
    }
    #expect(subject.guests.count == system.domains.count { !$0.isDom0 })
    let found = check(subject).filter { $0.level != .note }
    #expect(found.map { "\($0.rule): \($0.message)" } == [])
  }

  private static func system(_ generator: inout Generator) throws -> XenSystem {
    let version = XenVersion(4, Int.random(in: 17...22, using: &generator))
    let hasDom0 = Bool.random(using: &generator)
    let guests = Int.random(in: hasDom0 ? 0...7 : 1...8, using: &generator)
    var words = ["console=dtuart", "dtuart=/pl011@9000000"]
    words += ["bootscrub=0", "loglvl=all", "sched=null", "vwfi=native"].filter { _ in Bool.random(using: &generator) }
    if hasDom0 { words.append("dom0_mem=\(128 << Int.random(in: 0...2, using: &generator))M") }
    words.shuffle(using: &generator)
    var domains: [Domain] = []
    if hasDom0 {
      var dom0 = Domain(name: Sourced("dom0"), isDom0: true)
      dom0.kernel = module(.kernel, "dom0", &generator)
      dom0.bootargs = Sourced("console=hvc0")
      domains.append(dom0)
    }
    for index in 0..<guests {
      domains.append(guest("guest-\(index)", version, hasDom0: hasDom0, &generator))
    }
    return XenSystem(
      hypervisor: Hypervisor(
        release: XenRelease(version: version, source: .option), bootargs: Sourced(words.joined(separator: " "))),
      host: Host(file: "host.dtb", tree: try host.get()), domains: domains)
  }

  private static func module(_ kind: ModuleKind, _ owner: String, _ generator: inout Generator) -> Module {
    // Some guests share a file, and what is not shared has a size of its own.
    let shared = Bool.random(using: &generator) ? "shared" : owner
    let size = shared == "shared" ? 4096 : Int.random(in: 64...200_000, using: &generator)
    return Module(
      kind: kind, file: BootFile(name: "\(shared).\(kind.rawValue)", bytes: Array(repeating: 1, count: size)))
  }

  private static func guest(
    _ name: String, _ version: XenVersion, hasDom0: Bool, _ generator: inout Generator
  ) -> Domain {
    var guest = Domain(name: Sourced(name))
    guest.kernel = module(.kernel, name, &generator)
    if Bool.random(using: &generator) { guest.ramdisk = module(.ramdisk, name, &generator) }
    guest.memory = Sourced(UInt64.random(in: 9...160, using: &generator) << 20)
    guest.cpus = Sourced(UInt32.random(in: 1...4, using: &generator))
    guest.console = Bool.random(using: &generator) ? .vpl011 : .none
    if guest.console == .vpl011, Bool.random(using: &generator) { guest.bootargs = Sourced("console=ttyAMA0 quiet") }
    if version >= DomainCapability.since, Bool.random(using: &generator) { guest.capabilities = [.control] }
    let choices: [(String, PropertyValue)] = [
      ("nr_spis", .cell(UInt32.random(in: 1...960, using: &generator))),
      ("xen,enhanced", .string(hasDom0 ? "enabled" : "no-xenstore")),
      ("xen,domain-p2m-mem-mb", .cell(UInt32.random(in: 1...16, using: &generator))),
      ("max_grant_version", .cell(UInt32.random(in: 1...2, using: &generator))),
      ("max_grant_frames", .cell(UInt32.random(in: 1...128, using: &generator))),
      ("passthrough", .string("disabled")),
      ("trap-unmapped-accesses", .cell(UInt32.random(in: 0...1, using: &generator))),
    ]
    for (property, value) in choices where Bool.random(using: &generator) {
      guard DomainProperty.all.contains(where: { $0.name == property && $0.since <= version }) else { continue }
      guest.properties.append(DeviceTree.Property(property, value))
    }
    return guest
  }
}
