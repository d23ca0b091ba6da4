// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Diagnostics
internal import XenSystem

/// A folder that `OutputFolder` wrote, looked at again.
public struct BuiltFolder: Sendable {
  public let path: String
  public let manifest: Manifest

  /// - Throws: `no-boot-folder` when it is none.
  public init(_ path: String) throws(Failure) {
    self.path = path
    let name = "\(path)/\(Manifest.fileName)"
    guard let text = Folder.contents(of: name, limit: Folder.manifestLimit), let manifest = Manifest(text: text) else {
      throw Failure(
        .error(
          "no-boot-folder", "\(path) is no folder that grove build wrote: it has no \(Manifest.fileName) of ours",
          at: Place(file: path)))
    }
    self.manifest = manifest
  }

  /// The targets that it holds, in the order in which they are known.
  public var targets: [BootTarget] {
    let present = Set(manifest.entries.map(\.target))
    return BootTarget.allCases.filter(present.contains)
  }

  /// What a target's folder boots.
  ///
  /// - Throws: `no-boot-folder` when the target is not there, or its files are not those that were built.
  public func system(for target: BootTarget) throws(Failure) -> BuiltSystem {
    let entries = manifest.entries.filter { $0.target == target }
    guard !entries.isEmpty else {
      let others = targets.map(\.rawValue).joined(separator: ", ")
      throw refusal(
        "\(path) holds nothing for the target \(target.rawValue), only \(others.isEmpty ? "nothing" : others)")
    }
    for entry in entries {
      guard let size = Folder.size(of: "\(path)/\(entry.path)") else { throw refusal("\(entry.path) is missing") }
      guard size == entry.size else {
        throw refusal("\(entry.path) has \(size) bytes, but \(entry.size) were built")
      }
    }
    return try BuiltSystem(target, entries, in: self)
  }

  func refusal(_ message: String) -> Failure {
    Failure(.error("no-boot-folder", message, at: Place(file: path), hint: "build it again"))
  }
}

/// One target of a built folder.
public struct BuiltSystem: Sendable {
  /// The target's own folder.
  public let folder: String
  /// The boot tree and its file.
  public let tree: DeviceTree
  public let treeFile: String
  public let started: StartedSystem
  /// What QEMU has to load; nil where a firmware loads everything.
  public let direct: DirectBoot?
  /// Bytes of all files.
  public let size: Int

  fileprivate init(_ target: BootTarget, _ entries: [Manifest.Entry], in built: BuiltFolder) throws(Failure) {
    folder = "\(built.path)/\(target.rawValue)"
    treeFile = "\(folder)/\(target.treePath)"
    size = entries.reduce(0) { $0 &+ $1.size }
    guard let blob = Folder.contents(of: treeFile, limit: 64 << 20) else {
      throw built.refusal("\(treeFile) cannot be read")
    }
    do { tree = try DeviceTree(blob: blob) } catch {
      throw built.refusal("\(treeFile) is no device tree: \(error)")
    }
    started = StartedSystem(tree)
    direct = target == .qemu ? try Self.direct(entries, started, in: built) : nil
  }

  /// The tree says which addresses are modules; what else is loaded is the tree itself and Xen.
  private static func direct(
    _ entries: [Manifest.Entry], _ started: StartedSystem, in built: BuiltFolder
  ) throws(Failure) -> DirectBoot {
    let sizes = Dictionary(
      started.modules.compactMap { module -> (UInt64, UInt64)? in
        guard case .address(let range) = module.reference else { return nil }
        return (range.lowerBound, range.upperBound - range.lowerBound)
      }, uniquingKeysWith: { first, _ in first })
    var modules: [DirectBoot.Module] = []
    var others: [String] = []
    for entry in entries {
      guard let address = entry.address else { continue }
      let file = String(entry.path.dropFirst(BootTarget.qemu.rawValue.count + 1))
      if file == BootTarget.qemu.treePath { continue }
      if sizes[address] == UInt64(entry.size) {
        modules.append(DirectBoot.Module(file: file, address: address))
      } else {
        others.append(file)
      }
    }
    guard others.count == 1, modules.count == sizes.count else {
      throw built.refusal("\(Manifest.fileName) and boot.dtb do not name the same modules")
    }
    return DirectBoot(xen: others[0], tree: BootTarget.qemu.treePath, modules: modules)
  }
}
