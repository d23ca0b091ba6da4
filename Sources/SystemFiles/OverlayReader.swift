// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics

/// Reads a tree that overlays are put on, or an overlay, from a blob, a directory or a source.
///
/// A source is compiled with its labels, as `dtc -@` compiles it; with `/plugin/;` it becomes an overlay.
///
/// - Parameter options: where included files are looked for.
/// - Throws: `LoadFailure` with every error found.
public func loadTreeWithLabels(
  _ file: String, options: LoadOptions = LoadOptions()
) throws(LoadFailure) -> LoadedTree {
  var loader = SystemLoader(options: options)
  do throws(Failure) {
    return try loader.loadTreeWithLabels(file)
  } catch {
    throw LoadFailure(failure: error, sources: loader.sources)
  }
}

extension SystemLoader {
  fileprivate mutating func loadTreeWithLabels(_ file: String) throws(Failure) -> LoadedTree {
    folder = SourceFolder(of: file)
    let bytes = try HostReader.read(file, what: "the device tree", at: Place(file: file), &diagnostics)
    if HostReader.isBlob(bytes) {
      return LoadedTree(
        tree: try HostReader.tree(blob: bytes, file: file), blob: bytes, source: nil, diagnostics: diagnostics,
        sources: [], inputs: inputs)
    }
    guard !bytes.isEmpty else { throw Failure(.error("tree-format", "the file is empty", at: Place(file: file))) }
    let parsed = parse(name: file, bytes: bytes, readFile: includeReader())
    sources += parsed.sources
    guard !parsed.diagnostics.hasErrors else { throw Failure(parsed.diagnostics) }
    var tree = parsed.tree
    tree.keepLabelledNodes()
    tree.resolveReferences(keepingReferences: tree.isPlugin)
    let conflicts = tree.writeLabels(to: DeviceTree.symbolsName, phandleNames: ["phandle"])
    guard conflicts.isEmpty else {
      throw Failure(
        conflicts.map {
          .error("dts-duplicate-label", "the label '\($0.label)' is in \($0.holder) already", at: Place(file: file))
        })
    }
    if tree.isPlugin {
      tree.writeFixups()
      tree.forgetReferences()
    }
    let blob: [UInt8]
    do {
      blob = try tree.blob()
    } catch {
      throw Failure(.error("tree-format", error.description, at: Place(file: file)))
    }
    let flattened = try HostReader.tree(blob: blob, file: file)
    return LoadedTree(
      tree: flattened, blob: blob, source: tree, diagnostics: parsed.diagnostics, sources: sources, inputs: inputs)
  }
}
