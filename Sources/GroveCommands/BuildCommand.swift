// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import BootTargets
internal import Diagnostics
internal import SystemFiles

struct BuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Write every tree and boot file of a system.",
    discussion: """
      Writes one folder for each boot flow, DIR/qemu, DIR/uboot and DIR/uefi, with the files that the flow loads, and \
      DIR/manifest.json. An older result in DIR is replaced whole; when something is wrong nothing is written.
      """)

  @Argument(help: ArgumentHelp("The system.", valueName: "system"))
  var files: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write.", valueName: "dir"))
  var output: String

  @OptionGroup var targets: TargetOptions
  @OptionGroup var options: SystemOptions
  @OptionGroup var judging: JudgingOptions

  func run() throws {
    let gate = try judging.gate(beside: files)
    let loaded = try options.load(files)
    try Self.write(loaded, targets: targets.targets, to: output, gate: gate)
  }

  /// Plans, judges and writes. Prints what is wrong and leaves with 1.
  static func write(_ loaded: LoadedSystem, targets: [BootTarget], to folder: String, gate: CheckGate) throws {
    let plans = Plans(loaded, targets: targets, gate: gate)
    Output.diagnostics(plans.diagnostics, sources: loaded.sources + gate.sources)
    guard !plans.diagnostics.hasErrors else { throw ExitCode(1) }
    try Output.reporting(folder) { try OutputFolder.write(plans.plans, to: folder) }
  }
}
