// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics
internal import SystemFiles
internal import TreeChecks

/// What `dtc` does, with the messages of the rest of Grove.
struct DTSCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dts", abstract: "Compile device tree sources, and write blobs as sources again.",
    subcommands: [CompileCommand.self, DecompileCommand.self])
}

private struct CompileCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case dtb, json
  }

  static let configuration = CommandConfiguration(
    commandName: "compile",
    abstract: "Compile a device tree source into a blob, byte for byte as dtc does, or into JSON.",
    discussion:
      "Included files are looked for beside the source and in the folders of -I, and none is read outside of them. - is standard input or output."
  )

  @Argument(help: "The source (.dts or .dtso).")
  var file: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
  var output = "-"

  @Option(help: "dtb, or json: the finished tree with what the source still knows of labels, references and types.")
  var format = Format.dtb

  @Flag(name: [.customShort("@"), .long], help: "Tell the labels in /__symbols__, for overlays that come later.")
  var symbols = false

  @OptionGroup var include: IncludeOptions

  @Flag(help: "Leave out what is only odd.")
  var quiet = false

  func run() throws {
    let loaded = try Output.reporting(file) { try loadSource(file, options: include.loadOptions) }
    Output.diagnostics(quiet ? [] : loaded.diagnostics, sources: loaded.sources)
    var tree = loaded.tree
    let isPlugin = tree.isPlugin
    if symbols { tree.keepLabelledNodes() }
    let result = runChecks(
      &tree,
      options: CheckOptions(origin: .source(isPlugin: isPlugin), keepsReferenceMarks: isPlugin || format == .json))
    let found = result.findings.filter { $0.kind == .finding && (!quiet || $0.level == .error) }
    Output.diagnostics(found.map { Diagnostic($0, file: file) }, sources: loaded.sources)
    guard !result.hasErrors else { throw ExitCode(1) }
    if symbols { tree.writeLabels(to: DeviceTree.symbolsName, phandleNames: ["phandle"]) }
    if isPlugin { tree.writeFixups() }
    tree.forgetReferences(onlyPaths: format == .json)
    try Output.reporting(file) {
      try Output.write(format == .json ? Array(tree.jsonText().utf8) : tree.blob(), to: output)
    }
  }
}

private struct DecompileCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case dts, json
  }

  static let configuration = CommandConfiguration(
    commandName: "decompile",
    abstract: "Write a blob as a source or as JSON, with the labels and references that it still knows.",
    discussion: "- is standard input or output.")

  @Argument(help: "The blob (.dtb or .dtbo).")
  var file: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
  var output = "-"

  @Option(help: "dts or json.")
  var format = Format.dts

  func run() throws {
    try Output.reporting(file) {
      let loaded = try loadTree(file)
      var tree = loaded.tree
      tree.adoptSymbols()
      tree.adoptFixups()
      let text = Array((format == .json ? tree.jsonText(version: loaded.version) : tree.sourceText()).utf8)
      try Output.write(text, to: output)
    }
  }
}

extension Diagnostic {
  /// What a check found, with the name of the check as the rule.
  fileprivate init(_ finding: CheckFinding, file: String) {
    let place =
      finding.location.map { Place($0, node: finding.path, property: finding.property) }
      ?? Place(file: file, node: finding.path, property: finding.property)
    self.init(finding.level == .error ? .error : .warning, rule: finding.check, finding.text, at: place)
  }
}
