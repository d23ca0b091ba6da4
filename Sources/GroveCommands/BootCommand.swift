// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import BootLog
internal import BootTargets
internal import Diagnostics
internal import Foundation
internal import SystemFiles
internal import TrialBoot
internal import XenRules

struct BootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot", abstract: "Boot a system on a real Xen in QEMU, and show what every domain prints.",
    discussion: """
      SYSTEM is a system, a folder that `grove build` wrote, or a final tree whose modules have addresses. Such a tree is booted as it \
      stands, not a byte of it changed; give --xen-image, and --module for what lies at each address. Each line is shown with the \
      name of the domain that printed it in front. Stops when every expectation is met, or without any when every domain with a \
      console has printed something; on a panic; or when the time is over.
      """)

  @Argument(help: ArgumentHelp("The system, the final tree, or the folder that was built.", valueName: "system"))
  var files: [String]

  @Option(help: "The boot flow: qemu, uboot or uefi. Default: the first one there is.")
  var target: BootTarget?

  @Option(help: ArgumentHelp("Give up after this many seconds.", valueName: "seconds"))
  var timeout: Double = 60

  @Option(
    help: ArgumentHelp(
      "Wait until this domain's text matches: NAME=REGEX. NAME is a domain, dom0 or xen. May be given several times.",
      valueName: "name=regex"))
  var expect: [String] = []

  @Flag(help: "Show the guests' bytes as they are, escape sequences among them.")
  var raw = false

  @Flag(help: "Take the tree as final, whatever it looks like.")
  var asIs = false

  @Option(
    help: ArgumentHelp(
      "Write what the serial console sends into this file, for grove explain --log.", valueName: "file"))
  var serial: String?

  @OptionGroup var modules: ModuleOptions
  @OptionGroup var options: SystemOptions
  @OptionGroup var judging: JudgingOptions

  func validate() throws {
    guard timeout > 0, timeout.isFinite else { throw ValidationError("--timeout takes a number of seconds above 0") }
    for text in expect where !text.contains("=") {
      throw ValidationError("--expect takes NAME=REGEX, not '\(text)'")
    }
    if isNamedFinal {
      guard files.count == 1 else { throw ValidationError("a final tree stands alone, without other files") }
      guard target == nil || target == .qemu else {
        throw ValidationError("a final tree is booted by the target qemu alone")
      }
    }
  }

  func run() throws {
    let interruption = Interruption()
    defer { interruption.end() }
    do {
      let expectations = try expect.map { try Expectation($0) }
      if files.count == 1, isFolder(files[0]) {
        try boot(
          TrialBoot(folder: files[0], target: target ?? TrialBoot.targets(in: files[0]).first ?? .qemu), expectations,
          tree: nil)
        return
      }
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("grove-boot-\(UUID().uuidString)").path
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let gate = try judging.gate(beside: files)
      if isNamedFinal || (target ?? .qemu) == .qemu && FinalTreeFiles.isFinal(files) {
        let final = try FinalTreeFiles(files[0], modules: modules, options: options.loadOptions(), gate: gate)
        Output.diagnostics(final.diagnostics, sources: final.sources)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try boot(
          TrialBoot(final.tree, xen: final.xen, loads: final.loads, folder: folder), expectations, tree: files[0])
      } else {
        let loaded = try options.load(files)
        try BuildCommand.write(loaded, targets: [target ?? .qemu], to: folder, gate: gate)
        try boot(
          TrialBoot(folder: folder, target: target ?? .qemu), expectations,
          tree: files.count == 1 && files[0] != "-" ? files[0] : nil)
      }
    } catch let failure as Failure {
      Output.diagnostics(failure.diagnostics, sources: [])
      throw ExitCode(1)
    }
  }

  private var isNamedFinal: Bool { asIs || !modules.modules.isEmpty }

  private func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }

  private func boot(_ trial: TrialBoot, _ expectations: [Expectation], tree: String?) throws {
    var lines: [LogReading.Entry] = []
    var bytes: [UInt8] = []
    let outcome = try trial.run(
      timeout: timeout, expect: expectations, isInterrupted: { Interruption.hasCome },
      onBytes: { if serial != nil { bytes += $0 } }
    ) { line in
      Output.result(line.output(raw: raw))
      if lines.count < Self.keptLines {
        lines.append(
          LogReading.Entry(number: lines.count + 1, line: LogLine(speaker: line.speaker, text: line.text, raw: [])))
      }
    }
    if let serial { try OutputFile.write(bytes, to: serial) }
    guard !Interruption.hasCome else { throw ExitCode(1) }
    Output.error(outcome.summary)
    guard !outcome.succeeded else { return }
    try explain(LogReading(lines), of: trial, tree: tree)
    throw ExitCode(1)
  }

  /// Enough for every boot that ends by itself.
  private static let keptLines = 100_000

  /// Says why the boot failed, as `grove explain --log` does.
  private func explain(_ reading: LogReading, of trial: TrialBoot, tree: String?) throws {
    // A domain that says nothing yet may only be slow, and the person sees that.
    if case .complete = reading.ending { return }
    let check = try ExplainCommand.check(tree, version: reading.xenVersion, modules: modules.modules)
    let booted = try tree.map { try BootedTree($0, check: check) }
    let names = Dictionary(uniqueKeysWithValues: trial.domains.enumerated().map { ($0.offset + 1, $0.element) })
    let explanation = LogExplanation(
      reading, names: names, faults: booted?.judgement.diagnostics, silencing: Rule.silencing)
    Output.diagnostics(explanation.diagnostics, sources: booted?.judgement.sources ?? [])
  }
}
