// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import GuestTree
internal import SystemFiles

struct GuestPlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show where everything of a guest goes and what its first CPU starts with.")

  enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

  @OptionGroup var guest: GuestOptions

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "out"))
  var output = "-"

  @Option(help: "text or json.")
  var format = Format.text

  func run() throws {
    let loaded = try guest.load()
    try Output.reporting(guest.file, sources: loaded.sources) {
      let plan = try loaded.plan()
      try Output.write(Array((format == .json ? plan.json() : plan.text).utf8), to: output)
    }
  }
}
