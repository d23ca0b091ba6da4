// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics
internal import SystemFiles
internal import XenFacts
internal import XenSystem

struct PassthroughCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "passthrough", abstract: "Cut devices out of a host's tree, for a guest that shall have them.",
    discussion: """
      Writes the partial tree that Xen gives to the guest. Clocks of a known rate become fixed clocks; what else a device needs of devices \
      that stay behind is reported with the choice that it poses. Nothing is written as long as something stands in the way.
      """)

  @Argument(help: "The host's tree (.dtb, .dts or a directory).")
  var host: String

  @Argument(help: ArgumentHelp("A device: its path, an alias or a label.", valueName: "path"))
  var devices: [String]

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write: a blob, or a source when it ends in .dts.", valueName: "file"))
  var output = "-"

  @Option(
    name: .customLong("host-output"),
    help: ArgumentHelp("Where to write the host's tree with the devices marked as given away.", valueName: "file"))
  var hostOutput: String?

  @Flag(help: "Show what the devices need and what becomes of it, and write nothing.")
  var explain = false

  @Option(
    name: .customLong("clock"),
    help: ArgumentHelp(
      "The rate of a clock that stays behind, by its name in clock-names, or by PATH or PATH:OUTPUT.",
      valueName: "name=hertz"))
  var clocks: [String] = []

  @Option(
    help: ArgumentHelp(
      "Do without a property, or without everything that a device provides. May be given several times.",
      valueName: "property|path"))
  var drop: [String] = []

  @Option(
    name: .customLong("waive-iommu"),
    help: ArgumentHelp("Why a device may reach all memory without an IOMMU in front of it.", valueName: "reason"))
  var waiveIOMMU: String?

  @Option(help: ArgumentHelp("How much RAM the guest has; devices are moved out of its way.", valueName: "size"))
  var memory = "1 GiB"

  func validate() throws {
    guard !devices.isEmpty else { throw ValidationError("no device to pass through") }
    for clock in clocks where rate(clock) == nil {
      throw ValidationError("--clock takes NAME=HERTZ, such as core=100000000, not '\(clock)'")
    }
    if waiveIOMMU?.isEmpty == true { throw ValidationError("--waive-iommu takes a reason") }
    if bytes(memory) == nil { throw ValidationError("--memory takes a size such as 512 MiB, not '\(memory)'") }
  }

  func run() throws {
    let loaded = try Output.reporting(host) { try loadTree(host) }
    var request = PassthroughRequest(devices: devices)
    request.clockRates = Dictionary(clocks.compactMap(rate), uniquingKeysWith: { $1 })
    request.drops = Set(drop)
    request.iommuWaiver = waiveIOMMU
    request.taken = PassthroughRequest.taken(memory: bytes(memory) ?? 0)
    let plan = XenSystem.passthrough(request, from: loaded.source ?? loaded.tree, file: host)
    if explain {
      Output.result(plan.explanation)
      Output.diagnostics(plan.diagnostics, sources: loaded.sources)
      if plan.diagnostics.hasErrors { throw ExitCode(1) }
      return
    }
    Output.diagnostics(plan.diagnostics, sources: loaded.sources)
    guard !plan.diagnostics.hasErrors else { throw ExitCode(1) }
    try Output.reporting(host) {
      let asSource = output.hasSuffix(".dts")
      let bytes = asSource ? Array(plan.fragment.sourceText().utf8) : try plan.fragment.blob()
      if let hostOutput {
        var marked = loaded.tree
        plan.mark(&marked)
        try OutputFile.write(try marked.blob(), to: hostOutput)
      }
      try Output.write(bytes, to: output)
    }
  }

  private func rate(_ text: String) -> (String, UInt64)? {
    guard let equals = text.lastIndex(of: "="), equals != text.startIndex,
      let rate = UInt64(text[text.index(after: equals)...]), rate > 0
    else { return nil }
    return (String(text[..<equals]), rate)
  }

  private func bytes(_ text: String) -> UInt64? { try? MemorySize.bytes(text, of: "the guest", at: Place()) }
}
