// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
internal import DeviceTreeSource
public import Diagnostics

/// A device tree source as it was read, its references not yet resolved and nothing in it judged.
public struct LoadedSource: Sendable {
  public var tree: DeviceTree
  public var diagnostics: [Diagnostic]
  public var sources: [SourceText]
}

/// Reads a device tree source for the checks of `TreeChecks`. What it includes comes from its own folder and from those
/// that the options name.
public func loadSource(_ file: String, options: LoadOptions = LoadOptions()) throws(LoadFailure) -> LoadedSource {
  var loader = SystemLoader(options: options)
  do throws(Failure) {
    return try loader.loadSource(file)
  } catch {
    throw LoadFailure(failure: error, sources: loader.sources)
  }
}

extension SystemLoader {
  fileprivate mutating func loadSource(_ file: String) throws(Failure) -> LoadedSource {
    folder = SourceFolder(of: file)
    let bytes = try InputFile.read(file, what: "the device tree", at: Place(file: file))
    let parsed = parse(name: file, bytes: bytes, leavingChecks: true, readFile: includeReader())
    sources += parsed.sources
    guard !parsed.diagnostics.hasErrors else { throw Failure(parsed.diagnostics) }
    return LoadedSource(tree: parsed.tree, diagnostics: parsed.diagnostics, sources: sources)
  }
}
