// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import DeviceTree
internal import Diagnostics
internal import SystemFiles

struct OverlayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "overlay", abstract: "Apply device tree overlays to a base tree, as fdtoverlay does.",
    discussion: """
      The overlays are applied in the order given, each to the result of those before it, and one flattened tree is written. When \
      one cannot be applied, every reason is told and nothing is written. - is standard input or output.
      """)

  @Argument(help: "The tree that the overlays are for: a .dtb compiled with its labels (dtc -@), or a .dts.")
  var base: String

  @Argument(help: ArgumentHelp("The overlays (.dtbo or .dts).", valueName: "overlay"))
  var overlays: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
  var output = "-"

  @OptionGroup var include: IncludeOptions

  func validate() throws {
    if ([base] + overlays).count(where: { $0 == "-" }) > 1 {
      throw ValidationError("standard input can be read only once")
    }
  }

  func run() throws {
    var inputs = Inputs(options: include.loadOptions)
    let base = inputs.load(self.base)
    // Of an overlay's source the lines are known, and messages name them.
    let overlays = self.overlays.compactMap { file in
      inputs.load(file).map { Overlay($0.source ?? $0.tree, file: file) }
    }
    guard var tree = base?.tree, !inputs.hasErrors else { throw ExitCode(1) }
    try Output.reporting(self.base, sources: inputs.sources) {
      Output.diagnostics(try tree.apply(overlays, file: self.base), sources: inputs.sources)
      try Output.write(tree.blob(), to: output)
    }
  }
}

/// The trees of a command line, read one after the other; what is wrong with one does not keep the others
/// from being looked at.
private struct Inputs {
  let options: LoadOptions
  private(set) var sources: [SourceText] = []
  private(set) var hasErrors = false

  init(options: LoadOptions) {
    self.options = options
  }

  mutating func load(_ file: String) -> LoadedTree? {
    do throws(LoadFailure) {
      let loaded = try loadTreeWithLabels(file, options: options)
      sources += loaded.sources
      Output.diagnostics(loaded.diagnostics, sources: loaded.sources)
      return loaded
    } catch {
      hasErrors = true
      Output.diagnostics(error.failure.diagnostics, sources: error.sources)
      return nil
    }
  }
}
