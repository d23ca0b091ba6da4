// SPDX-License-Identifier: Apache-2.0
internal import BootImages
public import Diagnostics
public import XenFacts
internal import XenSystem

/// A file that a command line gives for a boot module of a finished tree, which says itself only where the module is.
public struct NamedModule: Sendable {
  /// An address (`0x50000000`), a node's path, the name in a `xen,uefi-binary`, or a domain and a kind (`domA/kernel`).
  public var key: String
  public var file: SourceText

  public init(key: String, file: SourceText) {
    self.key = key
    self.file = file
  }

  /// Whether this module is meant.
  ///
  /// - Parameter owner: the domain's name; `dom0` for modules of `/chosen` itself.
  public func names(path: String, address: UInt64?, uefiBinary: String?, owner: String, kind: ModuleKind?) -> Bool {
    if key.hasPrefix("0x") { return UInt64(key.dropFirst(2), radix: 16).map { $0 == address } ?? false }
    return key == path || key == uefiBinary || kind.map { key == "\(owner)/\($0.rawValue)" } ?? false
  }
}

extension SystemLoader {
  /// The file that the command line gives for a module of a finished tree.
  mutating func givenFile(
    path: String, address: UInt64?, uefiBinary: String?, owner: String, kind: ModuleKind
  ) -> BootFile? {
    let at = options.modules.firstIndex {
      $0.names(path: path, address: address, uefiBinary: uefiBinary, owner: owner, kind: kind)
    }
    guard let at else { return nil }
    usedModules.insert(at)
    let file = options.modules[at].file
    note(input: file)
    return BootFile(name: file.name, bytes: file.bytes)
  }

  /// An error for each file that no module took.
  func unusedModules(of system: XenSystem, file: String) -> [Diagnostic] {
    options.modules.indices.filter { !usedModules.contains($0) }.map { index in
      let known = system.modules.compactMap { $0.1.address.map { hex($0.value) } }
      return .error(
        "module-unknown", "\(file) has no boot module \(options.modules[index].key)", at: Place(file: file),
        hint: known.isEmpty
          ? "only a finished tree has modules without files" : "its modules are \(known.joined(separator: ", "))")
    }
  }
}
