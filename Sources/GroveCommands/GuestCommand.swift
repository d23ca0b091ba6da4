// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import SystemFiles
internal import XenFacts

/// Guests that a toolstack builds: trees, plans, bundles.
struct GuestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "guest",
    abstract: "Plan a guest that a toolstack builds: its tree, where everything goes, what it starts with.",
    discussion: """
      FILE describes one guest (Docs/guests.md), or is an xl.cfg (Docs/xl-config.md); - is standard input. The platform is xen-arm64, xen-arm32, xen-ppc64, qemu-virt or qemu-virt-riscv64. What \
      a hypervisor would take in silence although the guest can never run is refused.
      """,
    subcommands: [
      GuestTreeCommand.self, GuestPlanCommand.self, GuestBundleCommand.self, GuestKexecCommand.self,
    ])
}

/// What every one of its commands takes.
struct GuestOptions: ParsableArguments {
  @Argument(help: "The description of the guest.")
  var file: String

  @Option(help: ArgumentHelp("The Xen whose toolstack builds the guest, such as 4.17.", valueName: "version"))
  var xen: String?

  @Flag(help: "Read what an xl.cfg names outside its own folder.")
  var allowOutside = false

  func validate() throws {
    if let xen, XenVersion(xen) == nil { throw ValidationError("--xen takes a version such as 4.20, not '\(xen)'") }
  }

  /// Loads the guest, printing what is wrong.
  func load() throws -> LoadedGuest {
    var options = LoadOptions()
    options.version = xen.flatMap { XenVersion($0) }
    let loaded = try Output.reporting(file) {
      file.hasSuffix(".cfg")
        ? try loadXLGuest(file, options: options, allowsOutside: allowOutside)
        : try loadGuest(file, options: options)
    }
    Output.diagnostics(loaded.diagnostics, sources: loaded.sources)
    return loaded
  }
}
