// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics
internal import XenFacts
internal import XenSystem

// The device-tree front end: Xen's own binding, with `xen,uefi-binary` naming files, lowered to the model.
extension SystemLoader {
  /// Reads trees on top of each other: a blob or a source first, then sources.
  mutating func loadTrees(_ files: [SourceText]) throws(Failure) -> XenSystem {
    guard let first = files.first else { throw Failure(.error("file-missing", "no device tree is named", at: Place())) }
    var tree: DeviceTree?
    var texts = files[...]
    if HostReader.isBlob(first.bytes) {
      tree = try HostReader.tree(blob: first.bytes, file: first.name)
      texts = files.dropFirst()
    }
    for text in texts where HostReader.isBlob(text.bytes) {
      throw Failure(
        .error("tree-order", "\(text.name) is a blob, and only the first tree may be one", at: Place(file: text.name)))
    }
    for text in texts where text.bytes.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) {
      throw Failure(.error("tree-format", "the device tree is empty", at: Place(file: text.name)))
    }
    if !texts.isEmpty {
      if let tree, let chosen = tree.node(at: "/chosen") {
        folder.allowsOutside = tree[chosen, "grove,allow-outside"] != nil
      }
      let parsed = parse(Array(texts), into: tree, readFile: includeReader())
      sources += parsed.sources
      guard !parsed.diagnostics.hasErrors else { throw Failure(parsed.diagnostics) }
      diagnostics += parsed.diagnostics
      tree = parsed.tree
    }
    return try lower(tree ?? DeviceTree(), file: first.name, isFinished: texts.isEmpty)
  }

  /// Reads one tree and flattens it, without looking for a system in it.
  mutating func loadTree(_ file: String) throws(Failure) -> LoadedTree {
    folder = SourceFolder(of: file)
    folder.allowsOutside = allowsOutside
    let bytes = try HostReader.read(file, what: "the device tree", at: Place(file: file), &diagnostics)
    if HostReader.isBlob(bytes) {
      note(input: SourceText(name: file, bytes: bytes))
      return LoadedTree(
        tree: try HostReader.tree(blob: bytes, file: file), blob: bytes, source: nil, diagnostics: diagnostics,
        sources: [], inputs: inputs)
    }
    guard !bytes.isEmpty else { throw Failure(.error("tree-format", "the file is empty", at: Place(file: file))) }
    let parsed = parse(name: file, bytes: bytes, resolvingReferences: true, readFile: includeReader())
    sources += parsed.sources
    guard !parsed.diagnostics.hasErrors else { throw Failure(parsed.diagnostics) }
    do {
      let blob = try parsed.tree.blob()
      let tree = try HostReader.tree(blob: blob, file: file)
      return LoadedTree(
        tree: tree, blob: blob, source: parsed.tree, diagnostics: parsed.diagnostics, sources: sources,
        inputs: inputs)
    } catch let error as DeviceTree.BlobError {
      throw Failure(.error("tree-format", error.description, at: Place(file: file)))
    } catch let error as Failure {
      throw error
    } catch {
      throw Failure(.error("tree-format", "\(error)", at: Place(file: file)))
    }
  }

  /// Reads what sources include, from the description's folder and those of `-I`.
  func includeReader() -> FileReader {
    let folders = IncludeFolders(
      home: folder.directory, folders: options.includeFolders, allowsOutside: folder.allowsOutside)
    return { request throws(FileRefusal) in try folders.read(request) }
  }

  /// Takes Xen's part out of a tree.
  ///
  /// - Parameter isFinished: whether the tree is a blob that a loader would be given, not a source to build from.
  private mutating func lower(_ tree: DeviceTree, file: String, isFinished: Bool) throws(Failure) -> XenSystem {
    var lowering = TreeLowering(tree: tree, file: file, isFinished: isFinished, loader: self)
    let system = try lowering.lower()
    self = lowering.loader
    return system
  }
}
