// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import BootTargets
internal import Diagnostics
internal import SystemFiles
internal import XenSystem

struct MapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map", abstract: "Show where everything lies in the host's memory while the system is loaded.")

  @Argument(help: ArgumentHelp("The system.", valueName: "system"))
  var files: [String]

  @OptionGroup var targets: TargetOptions
  @OptionGroup var options: SystemOptions
  @OptionGroup var judging: JudgingOptions

  func run() throws {
    let gate = try judging.gate(beside: files)
    let loaded = try options.load(files)
    guard loaded.system.hypervisor.image != nil else {
      // A finished tree says where its modules are; nothing is left to be placed.
      Output.diagnostics(gate.pass(loaded.diagnostics, sources: loaded.sources).diagnostics, sources: loaded.sources)
      Output.result(MemoryMap(finished: loaded.system).text)
      return
    }
    let plans = Plans(loaded, targets: targets.targets, gate: gate)
    Output.diagnostics(plans.diagnostics, sources: loaded.sources + gate.sources)
    guard !plans.diagnostics.hasErrors else { throw ExitCode(1) }
    for plan in plans.plans where plan.placement != nil {
      Output.result(MemoryMap(plan, of: loaded.system).text)
    }
  }
}
