// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import BootTargets
internal import Diagnostics
internal import Foundation
internal import TrialBoot

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
          TrialBoot(folder: files[0], target: target ?? TrialBoot.targets(in: files[0]).first ?? .qemu), expectations)
        return
      }
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("grove-boot-\(UUID().uuidString)").path
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let gate = try judging.gate(beside: files)
      if isNamedFinal || (target ?? .qemu) == .qemu && FinalTreeFiles.isFinal(files) {
        let final = try FinalTreeFiles(files[0], modules: modules, options: options.loadOptions(), gate: gate)
        Output.diagnostics(final.diagnostics, sources: final.sources)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try boot(TrialBoot(final.tree, xen: final.xen, loads: final.loads, folder: folder), expectations)
      } else {
        let loaded = try options.load(files)
        try BuildCommand.write(loaded, targets: [target ?? .qemu], to: folder, gate: gate)
        try boot(TrialBoot(folder: folder, target: target ?? .qemu), expectations)
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

  private func boot(_ trial: TrialBoot, _ expectations: [Expectation]) throws {
    let outcome = try trial.run(
      timeout: timeout, expect: expectations, isInterrupted: { Interruption.hasCome }
    ) { line in
      Output.result(line.output(raw: raw))
    }
    guard !Interruption.hasCome else { throw ExitCode(1) }
    Output.error(outcome.summary)
    guard outcome.succeeded else { throw ExitCode(1) }
  }
}
