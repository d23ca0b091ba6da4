// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import SystemFiles

/// Where a command that reads sources looks for what they include.
struct IncludeOptions: ParsableArguments {
  @Option(
    name: .customShort("I", allowingJoined: true),
    help: ArgumentHelp(
      "A folder in which included files are looked for, behind that of the source. Nothing outside of them is read.",
      valueName: "dir"))
  var folders: [String] = []

  var loadOptions: LoadOptions {
    var options = LoadOptions()
    options.includeFolders = folders
    return options
  }
}
