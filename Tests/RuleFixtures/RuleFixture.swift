// SPDX-License-Identifier: Apache-2.0
internal import BootTargets
internal import DeviceTree
internal import Diagnostics
internal import Foundation
internal import SystemFiles
public import TrialBoot
internal import XenFacts

/// A tree made to show what a rule is about, with the files that it needs to be booted.
///
/// Every module with an address gets a file by its kind: a kernel the probe, a ramdisk a pattern of the size in `reg`, a partial
/// tree `<fixture>.partial.dts`, or `<fixture>.<domain>.partial.dts`, compiled. A file `<fixture>.files` says otherwise, a line
/// for each module: its address, and `none`, `probe`, `gzip-probe`, `linux`, `pattern SIZE` or `file NAME`.
///
/// A file `<fixture>.uboot` has it booted by U-Boot, after the commands in there. For a configuration of the UEFI stub,
/// `<fixture>.firmware.dtso` is put over QEMU's own tree, which the firmware hands over.
public struct RuleFixture: Sendable {
  /// The path without `.dts`.
  let stem: String
  public let tree: FinalTree
  public let loads: [TrialBoot.Load]
  /// For a fixture that is a configuration of the UEFI stub: its bytes. The tree is then one with a guest.
  private let configuration: [UInt8]?
  private let handedOver: FinalTree?
  private let ubootSettings: String?

  /// What a real Xen did with it.
  public struct Run: Sendable {
    public var verdict: Verdict
    public var lines: [TrialBoot.Line]
    /// Everything that the serial port sent.
    public var serial: [UInt8]
    public var seconds: Double
  }

  /// Where `Scripts/setup` puts the real images.
  public static let cache: String = {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "") + "/.cache"
    return environment["GROVE_CACHE"] ?? home + "/grove"
  }()

  /// The folder of all fixtures, each rule's in one of its own.
  public static let folder = repository + "/Tests/XenRulesTests/Fixtures"

  static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// Reads and compiles a fixture and what lies beside it.
  public init(_ path: String) throws {
    if path.hasSuffix(".cfg") {
      stem = Self.folder + "/uefi-node-compatible/good"
      tree = try Self.compile(stem + ".dts")
      loads = []
      configuration = try Self.read(path)
      let firmware = String(path.dropLast(4)) + ".firmware.dtso"
      handedOver = FileManager.default.fileExists(atPath: firmware) ? try Self.machineTree(under: firmware) : nil
      ubootSettings = nil
      return
    }
    configuration = nil
    handedOver = nil
    stem = path.hasSuffix(".dts") || path.hasSuffix(".dtb") ? String(path.dropLast(4)) : path
    ubootSettings = try? String(contentsOfFile: stem + ".uboot", encoding: .utf8)
    tree = try Self.compile(path)
    let choices = try Self.choices("\(stem).files")
    var loads: [TrialBoot.Load] = []
    for module in tree.modules {
      guard let address = module.address else { continue }
      if let bytes = try Self.bytes(of: module, choices[address] ?? [], stem) {
        loads.append(TrialBoot.Load(address: address, bytes: bytes))
      }
    }
    self.loads = loads
  }

  /// Boots it on a real Xen.
  ///
  /// - Parameter xen: the version, such as 4.20, of an image in the cache.
  public func boot(xen version: String, timeout: Double = 180) throws -> Run {
    let xen = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(Self.cache)/xen-\(version)")))
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("grove-fixture-\(UUID().uuidString)")
      .path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let trial = try trial(xen, folder)
    // The last line of the probe and of a Linux that gives up; a guest without a console has none.
    let expectations = try trial.domains.filter { trial.talks($0) }.map {
      try Expectation(name: $0, pattern: "PROBE-DONE|PROBE-FAULT|end Kernel panic|reboot: Power down")
    }
    var lines: [TrialBoot.Line] = []
    var serial: [UInt8] = []
    // The firmware's menu: what it could start has come back to it.
    var isBackInFirmware = false
    let outcome = try trial.run(
      timeout: needsFirmware ? 40 : timeout,
      expect: expectations.isEmpty ? [try Expectation(name: "xen", pattern: "^Freed .* init memory")] : expectations,
      // Firmware sleeps for a while before it starts anything, and again when there is nothing more to start. U-Boot counts
      // two seconds down.
      patience: needsFirmware ? nil : ubootSettings == nil ? 2.5 : 8, firstPatience: 1.5,
      isInterrupted: { isBackInFirmware }, onBytes: { serial += $0 }
    ) { line in
      lines.append(line)
      isBackInFirmware = isBackInFirmware || line.name == "firmware" && line.text.contains("Boot Maintenance Manager")
    }
    return Run(verdict: Verdict(outcome, lines), lines: lines, serial: serial, seconds: outcome.seconds)
  }

  /// Whether the tree names files for Xen's UEFI stub, which then has to load them. A fixture may say that another loader is
  /// meant: `// xen: 4.20 by u-boot`.
  private var needsFirmware: Bool {
    let text = (try? String(contentsOfFile: stem + ".dts", encoding: .utf8)) ?? ""
    return !text.contains(" by u-boot") && tree.tree.walk().contains { tree.tree[$0, "xen,uefi-binary"] != nil }
  }

  /// Every kernel that a tree names is the probe.
  private func firmwareFiles() throws -> [TrialBoot.DiskFile] {
    let names = Set(tree.tree.walk().compactMap { tree.tree[$0, "xen,uefi-binary"]?.string })
    let probe = try Self.read(Self.repository + "/Guests/probe/probe.Image")
    return names.sorted().map { TrialBoot.DiskFile(name: $0, bytes: probe) }
  }

  private func trial(_ xen: [UInt8], _ folder: String) throws -> TrialBoot {
    if let ubootSettings {
      return try TrialBoot(uboot: tree, settings: ubootSettings, xen: xen, loads: loads, folder: folder)
    }
    guard needsFirmware else { return try Self.trial(tree, xen, loads, folder) }
    return try TrialBoot(
      firmware: tree, configuration: configuration, handedOver: handedOver, xen: xen, files: firmwareFiles(),
      folder: folder)
  }

  /// The machine that the tree describes, or that of `virt.dtsi` where a fixture's tree describes none.
  private static func trial(
    _ tree: FinalTree, _ xen: [UInt8], _ loads: [TrialBoot.Load], _ folder: String
  ) throws -> TrialBoot {
    do { return try TrialBoot(tree, xen: xen, loads: loads, folder: folder) } catch {
      guard error.diagnostics.contains(where: { $0.rule == "host-not-qemu" }) else { throw error }
      let host = Self.folder + "/virt.dtsi"
      let text = "/dts-v1/;\n/include/ \"\(host)\"\n"
      let file = folder + "/host.dts"
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
      let machine = try QEMUCommand(host: compile(file).tree, file: host)
      return try TrialBoot(tree, xen: xen, loads: loads, machine: machine, folder: folder)
    }
  }

  /// QEMU's own tree of the machine with an overlay on it.
  private static func machineTree(under overlay: String) throws -> FinalTree {
    let file = "\(cache)/virt.dtb"
    var tree = try loadTreeWithLabels(file).tree
    try tree.apply(overlay: loadTreeWithLabels(overlay).tree, named: overlay)
    return FinalTree(tree, blob: try tree.blob(), file: file)
  }

  private static func compile(_ path: String) throws -> FinalTree {
    do throws(LoadFailure) {
      let loaded = try loadTree(path, allowsOutside: true)
      return FinalTree(loaded.tree, blob: loaded.blob, file: path)
    } catch {
      throw FixtureError(text: DiagnosticPrinter(sources: error.sources).text(error.failure.diagnostics))
    }
  }

  // MARK: Files

  private static func choices(_ path: String) throws -> [UInt64: [String]] {
    guard FileManager.default.fileExists(atPath: path) else { return [:] }
    var result: [UInt64: [String]] = [:]
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count >= 2, let address = number(words[0]) else {
        throw FixtureError(text: "\(path): '\(line)' is not ADDRESS FILE")
      }
      result[address] = Array(words.dropFirst())
    }
    return result
  }

  private static func number(_ text: String) -> UInt64? {
    text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
  }

  private static func bytes(of module: FinalTree.Module, _ words: [String], _ stem: String) throws -> [UInt8]? {
    switch (words.first, module.kind) {
    case ("none", _): return nil
    case ("probe", _), (nil, .kernel): return try read(repository + "/Guests/probe/probe.Image")
    case ("gzip-probe", _): return try gzip(repository + "/Guests/probe/probe.Image")
    case ("linux", _): return try read("\(cache)/linux-6.1-cloud")
    case ("pattern", _), (nil, .ramdisk):
      let size = words.dropFirst().first.flatMap(number) ?? module.size ?? 0
      return pattern(Int(min(size, 64 << 20)))
    case ("file", _):
      let folder = URL(fileURLWithPath: stem).deletingLastPathComponent().path
      return try read(folder + "/" + (words.dropFirst().first ?? ""))
    case (nil, .deviceTree):
      let named = "\(stem).\(module.domain ?? "").partial.dts"
      let path = FileManager.default.fileExists(atPath: named) ? named : "\(stem).partial.dts"
      guard FileManager.default.fileExists(atPath: path) else { return nil }
      return try compile(path).blob
    case (nil, _): return nil
    default: throw FixtureError(text: "\(stem).files: '\(words.joined(separator: " "))' is no file")
    }
  }

  private static func read(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Never zero, and no two pages alike.
  private static func pattern(_ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: ($0 &* 7) ^ ($0 >> 8)) | 1 }
  }

  private static func gzip(_ path: String) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-9nc", path]
    let pipe = Foundation.Pipe()
    process.standardOutput = pipe
    try process.run()
    let bytes = [UInt8](try pipe.fileHandleForReading.readToEnd() ?? Data())
    process.waitUntilExit()
    return bytes
  }
}

/// What is wrong with a fixture itself.
public struct FixtureError: Error, CustomStringConvertible {
  public var text: String
  public var description: String { text }
}
