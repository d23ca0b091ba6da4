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
      SYSTEM is a system, or a folder that `grove build` wrote. Each line is shown with the name of the domain that printed it in \
      front. Stops when every expectation is met, or without any when every domain has printed something; on a panic; or when the \
      time is over.
      """)

  @Argument(help: ArgumentHelp("The system, or the folder that it was built into.", valueName: "system"))
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

  @OptionGroup var options: SystemOptions
  @OptionGroup var judging: JudgingOptions

  func validate() throws {
    guard timeout > 0, timeout.isFinite else { throw ValidationError("--timeout takes a number of seconds above 0") }
    for text in expect where !text.contains("=") {
      throw ValidationError("--expect takes NAME=REGEX, not '\(text)'")
    }
  }

  func run() throws {
    do {
      let expectations = try expect.map { try Expectation($0) }
      if files.count == 1, isFolder(files[0]) {
        try boot(files[0], expectations)
        return
      }
      let gate = try judging.gate(beside: files)
      let loaded = try options.load(files)
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("grove-boot-\(UUID().uuidString)").path
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try BuildCommand.write(loaded, targets: [target ?? .qemu], to: folder, gate: gate)
      try boot(folder, expectations)
    } catch let failure as Failure {
      Output.diagnostics(failure.diagnostics, sources: [])
      throw ExitCode(1)
    }
  }

  private func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }

  private func boot(_ folder: String, _ expectations: [Expectation]) throws {
    let target = target ?? TrialBoot.targets(in: folder).first ?? .qemu
    let trial = try TrialBoot(folder: folder, target: target)
    let outcome = try trial.run(timeout: timeout, expect: expectations) { line in
      Output.result(line.output(raw: raw))
    }
    Output.error(outcome.summary)
    guard outcome.succeeded else { throw ExitCode(1) }
  }
}
