// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import SystemFiles
internal import XenRules
internal import XenSystem

extension CheckCommand {
  /// Judges a configuration file of Xen's UEFI stub, and the tree that Xen gets with it: the one that it names with `dtb=`, else
  /// the one that the firmware hands over, where it is given.
  ///
  /// - Parameter firmwareTree: a tree given beside the file. It is the firmware's unless it is the very one that the file names.
  func judgeConfiguration(
    _ file: String, tree firmwareTree: String?, _ options: LoadOptions, _ gate: CheckGate
  ) -> Judgement {
    let folder = ConfigurationFolder(of: file)
    var sources: [SourceText] = []
    var inputs: [SourceText] = []
    do {
      let bytes = try InputFile.read(file, what: "the configuration", at: Place(file: file))
      sources.append(SourceText(name: file, bytes: bytes))
      inputs = sources
      let config = UEFIConfig(bytes)
      let named = config.files(in: config.defaultSection).first { $0.key == "dtb" }.flatMap { folder.path(of: $0.name) }
      let path = named.flatMap { InputFile.exists($0) ? $0 : nil } ?? firmwareTree
      let loaded = try path.map { try loadTree($0, options: options) }
      sources += loaded?.sources ?? []
      inputs += loaded?.inputs ?? []

      let other = try firmwareTree.map { $0 == path ? loaded : try loadTree($0, options: options) } ?? nil
      let firmware = named == nil || other?.blob != loaded?.blob ? other?.tree : nil
      let subject = ConfigSubject(config, file: file, firmwareTree: firmware) { name in
        folder.path(of: name).map { InputFile.exists($0) }
      }
      var found = check(subject, levels: gate.levels)
      var release: XenRelease?
      if let loaded, let path, !found.contains(where: { $0.rule == "uefi-config-ignored" }) {
        var given = try modules.read()
        let whole = Subject(
          tree: config.applied(to: loaded.tree, section: subject.section, file: file), file: path,
          release: try options.release(),
          provenance: config.applied(to: loaded.source ?? loaded.tree, section: subject.section, file: file),
          flow: .uefi
        ) { module in
          given.file(behind: module, in: loaded.tree) ?? folder.file(behind: module)
        }
        found += loaded.diagnostics + given.unused(in: whole) + check(whole, levels: gate.levels)
        inputs += given.map(\.module.file)
        release = whole.isXen ? whole.release : nil
      }
      let result = gate.pass(found, sources: sources)
      return Judgement(
        diagnostics: result.diagnostics, sources: sources + gate.sources, release: release, waived: result.waived,
        inputs: inputs, gate: gate)
    } catch let error as LoadFailure {
      return Judgement(
        diagnostics: error.failure.diagnostics, sources: sources + error.sources, inputs: inputs + error.sources,
        gate: gate)
    } catch let error as Failure {
      return Judgement(diagnostics: error.diagnostics, sources: sources, inputs: inputs, gate: gate)
    } catch {
      return Judgement(
        diagnostics: [.error("tree-format", "\(error)", at: Place(file: file))], sources: sources, inputs: inputs,
        gate: gate)
    }
  }
}

/// The directory of a configuration, which stands for the one that the firmware starts Xen from.
private struct ConfigurationFolder {
  private let prefix: String

  init(of file: String) {
    prefix = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
  }

  /// Where a file of that name is here; nil for a name that leads out of the directory, of which nothing is known.
  func path(of name: String) -> String? {
    let parts = name.split(whereSeparator: { $0 == "\\" || $0 == "/" })
    guard let first = name.first, first != "\\", first != "/", !parts.contains("..") else { return nil }
    return prefix + parts.joined(separator: "/")
  }

  /// The file that a module names, when it is there.
  func file(behind module: Subject.BootModule) -> ModuleFile? {
    guard let name = module.uefiBinary, let path = path(of: name), InputFile.exists(path),
      let bytes = try? InputFile.read(path, what: "the module", at: Place(file: path))
    else { return nil }
    return ModuleFile(name: path, bytes: bytes, kind: module.kind)
  }
}
