// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import BootTargets
internal import GuestTree
internal import SystemFiles

struct GuestBundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: "Write a folder that a loader can start a guest from without understanding it.",
    discussion: """
      The folder has kernel, ramdisk and guest.dtb, and bundle.json: which of their bytes go to which addresses, RAM to populate, special \
      pages, registers. An older bundle is replaced whole; when something is wrong nothing is written.
      """)

  @OptionGroup var guest: GuestOptions

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write.", valueName: "dir"))
  var output: String

  func run() throws {
    let loaded = try guest.load()
    try Output.reporting(guest.file, sources: loaded.sources) {
      try GuestBundle(try loaded.plan(), kernel: loaded.kernel.bytes, ramdisk: loaded.ramdisk).write(to: output)
    }
  }
}
