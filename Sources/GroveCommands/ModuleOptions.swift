// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import DeviceTree
internal import Diagnostics
internal import SystemFiles
internal import XenFacts
internal import XenRules

/// `--module`: the files behind the modules of a finished tree.
struct ModuleOptions: ParsableArguments {
  @Option(
    name: .customLong("module"),
    help: ArgumentHelp(
      """
      The file behind a boot module of a tree, named by its address (0x50000000), its node (/chosen/domA/module@50000000), \
      the file name in its xen,uefi-binary, or its domain and kind (domA/kernel). May be given several times.
      """, valueName: "module=file"))
  var modules: [String] = []

  func validate() throws {
    for text in modules where Self.split(text) == nil {
      throw ValidationError("--module takes ADDRESS, NODE or NAME, then =FILE, not '\(text)'")
    }
  }

  private static func split(_ text: String) -> (key: String, file: String)? {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex, text.index(after: equals) != text.endIndex
    else { return nil }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }

  /// A file that was given, and whether a module took it.
  struct Given {
    var module: NamedModule
    var isUsed = false

    func names(_ module: Subject.BootModule, in tree: DeviceTree) -> Bool {
      self.module.names(
        path: tree.path(of: module.node), address: module.range?.lowerBound, uefiBinary: module.uefiBinary,
        owner: module.guest.map { tree[$0].name } ?? "dom0", kind: module.kind)
    }
  }

  /// The files, read.
  func read() throws(Failure) -> [Given] { try named().map { Given(module: $0) } }

  /// The files, read, for the loader.
  func named() throws(Failure) -> [NamedModule] {
    var named: [NamedModule] = []
    for (key, name) in modules.compactMap(Self.split) {
      let bytes = try InputFile.read(name, what: "the file of the module \(key)", at: Place(file: name))
      named.append(NamedModule(key: key, file: SourceText(name: name, bytes: bytes)))
    }
    return named
  }
}

extension [ModuleOptions.Given] {
  /// The file behind a module.
  mutating func file(behind module: Subject.BootModule, in tree: DeviceTree) -> ModuleFile? {
    guard let at = indices.first(where: { self[$0].names(module, in: tree) }) else { return nil }
    self[at].isUsed = true
    return ModuleFile(name: self[at].module.file.name, bytes: self[at].module.file.bytes, kind: module.kind)
  }

  /// An error for each file that no module took.
  func unused(in subject: Subject) -> [Diagnostic] {
    filter { !$0.isUsed }.map { given in
      let known = subject.modules.map { module in
        module.range.map { hex($0.lowerBound) } ?? module.uefiBinary ?? subject.tree.path(of: module.node)
      }
      return .error(
        "module-unknown", "\(subject.file) has no boot module \(given.module.key)", at: Place(file: subject.file),
        hint: known.isEmpty ? "it names no boot modules" : "its modules are \(known.joined(separator: ", "))")
    }
  }
}
