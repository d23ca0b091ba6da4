// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import SystemFiles
internal import TrialBoot

/// What a final tree is booted with: the Xen image and the files behind its modules, as the command line names them.
struct FinalTreeFiles {
  let xen: [UInt8]
  let loads: [TrialBoot.Load]

  /// The tree, when there is one file, a tree, and it is final: its modules have addresses.
  ///
  /// - Parameter isNamed: whether the command line says that it is one.
  static func tree(_ files: [String], isNamed: Bool) throws(Failure) -> FinalTree? {
    guard files.count == 1, files[0] != "-", isNamed || !files[0].hasSuffix(".yaml") && !files[0].hasSuffix(".yml") else {
      return nil
    }
    do throws(LoadFailure) {
      let loaded = try loadTree(files[0])
      let tree = FinalTree(loaded.tree, blob: loaded.blob, file: files[0])
      return isNamed || tree.isLoadable ? tree : nil
    } catch {
      // What is no tree may be a system all the same; if not, its loader says so.
      if isNamed { throw error.failure }
      return nil
    }
  }

  init(_ tree: FinalTree, modules texts: [String], options: SystemOptions) throws(Failure) {
    let known = tree.modules
    var loads: [TrialBoot.Load] = []
    var named: Set<String> = []
    for text in texts {
      guard let equals = text.firstIndex(of: "=") else { continue }
      let node = String(text[..<equals])
      let file = String(text[text.index(after: equals)...])
      let address = Self.address(node)
      guard let module = known.first(where: { $0.path == node || (address != nil && $0.address == address) }) else {
        let names = known.map { $0.path }
        throw Failure(
          .error(
            "unknown-module", "\(tree.file) has no module \(node)", at: Place(file: tree.file),
            hint: nearestName(to: node, among: names).map { "did you mean \($0)?" }
              ?? "it has \(names.isEmpty ? "none" : names.joined(separator: ", "))"))
      }
      guard let start = module.address else {
        throw Failure(
          .error(
            "unknown-module", "\(module.path) has no address to put \(file) at",
            at: Place(file: tree.file, node: module.path, property: "reg")))
      }
      loads.append(
        TrialBoot.Load(
          address: start, bytes: try InputFile.read(file, what: "the file of \(module.path)", at: Place(file: file))))
      for twin in known where twin.address == start { named.insert(twin.path) }
    }
    let missing = known.filter { $0.address != nil && !named.contains($0.path) }
    guard missing.isEmpty else {
      throw Failure(
        missing.map { module in
          .error(
            "module-without-file", "\(module.path) has no file to boot with",
            at: Place(file: tree.file, node: module.path), hint: "give --module \(module.path)=FILE")
        })
    }
    guard let image = options.xenImage else {
      throw Failure(
        .error(
          "xen-image-missing", "no Xen image is named, and nothing boots without one", at: Place(file: tree.file),
          hint: "give --xen-image FILE"))
    }
    xen = try InputFile.read(image, what: "the Xen image", at: Place(file: image))
    self.loads = loads
  }

  private static func address(_ text: String) -> UInt64? {
    text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : nil
  }
}
