// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import SystemFiles
internal import TrialBoot
internal import XenRules

/// What a final tree is booted with: the Xen image and the files behind its modules, as the command line names them.
struct FinalTreeFiles {
  let tree: FinalTree
  let xen: [UInt8]
  let loads: [TrialBoot.Load]
  /// What the rules say of the tree. It is booted all the same: that is what a trial is for.
  let diagnostics: [Diagnostic]
  let sources: [SourceText]

  /// Whether files are one tree whose modules have addresses.
  static func isFinal(_ files: [String]) -> Bool {
    guard files.count == 1, files[0] != "-", !files[0].hasSuffix(".yaml"), !files[0].hasSuffix(".yml"),
      let loaded = try? loadTree(files[0])
    else { return false }
    return FinalTree(loaded.tree, blob: loaded.blob, file: files[0]).isLoadable
  }

  init(_ file: String, modules: ModuleOptions, options: LoadOptions, gate: CheckGate) throws(Failure) {
    let loaded: LoadedTree
    do throws(LoadFailure) { loaded = try loadTree(file) } catch { throw error.failure }
    tree = FinalTree(loaded.tree, blob: loaded.blob, file: file)
    sources = loaded.sources + gate.sources
    var given = try modules.read()
    let release = try options.release()
    var loads: [TrialBoot.Load] = []
    let subject = Subject(tree: loaded.tree, file: file, release: release, provenance: loaded.source) { module in
      let file = given.file(behind: module, in: loaded.tree)
      if let file, let start = module.range?.lowerBound {
        loads.append(TrialBoot.Load(address: start, bytes: file.bytes))
      }
      return file
    }
    self.loads = loads
    let unused = given.unused(in: subject)
    guard unused.isEmpty else { throw Failure(unused) }
    diagnostics =
      gate.pass(loaded.diagnostics + check(subject, levels: gate.levels), sources: loaded.sources).diagnostics
    let missing = subject.modules.filter { module in
      module.range.map { range in !range.isEmpty && !loads.contains { $0.address == range.lowerBound } } ?? false
    }
    guard missing.isEmpty else {
      throw Failure(
        missing.map { module in
          let path = subject.tree.path(of: module.node)
          return .error(
            "module-without-file", "\(path) has no file to boot with", at: subject.place(module.node),
            hint: "give --module \(path)=FILE")
        })
    }
    guard let image = options.xenImage else {
      throw Failure(
        .error(
          "xen-image-missing", "no Xen image is named, and nothing boots without one", at: Place(file: file),
          hint: "give --xen-image FILE"))
    }
    xen = try InputFile.read(image, what: "the Xen image", at: Place(file: image))
  }
}
