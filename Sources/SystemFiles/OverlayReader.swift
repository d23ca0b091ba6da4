// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics
internal import XenSystem

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
    return try treeWithLabels(bytes, of: file)
  }

  /// The host's tree of a description with its overlays put on, in their order.
  mutating func readHost(_ file: String, _ bytes: [UInt8], under overlays: [YAMLValue]) throws(Failure) -> Host {
    note(input: SourceText(name: file, bytes: bytes))
    var tree = try treeWithLabels(bytes, of: file).tree
    var parts: [Overlay] = []
    for entry in overlays {
      guard case .text(let name, _) = entry.content else {
        throw Failure(
          .error("yaml-structure", "an entry of `overlays` should be a file, but is \(entry.noun)", at: entry.place))
      }
      let read = try folder.read(name, what: "an overlay of the host's device tree", at: entry.place)
      let part = try treeWithLabels(read.bytes, of: folder.path(of: name))
      parts.append(Overlay(part.source ?? part.tree, file: folder.path(of: name)))
    }
    diagnostics += try tree.apply(parts, file: file)
    return Host(file: file, tree: tree)
  }

  private mutating func treeWithLabels(_ bytes: [UInt8], of file: String) throws(Failure) -> LoadedTree {
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
