// SPDX-License-Identifier: Apache-2.0
internal import BootImages
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenFacts
internal import XenSystem

/// What every back end starts from: a system whose files are all there, and a name for each of them.
struct BootParts {
  let system: XenSystem
  let machine: Machine
  let xen: BootFile
  let facts: XenImage
  let xenName: String
  let loads: [Load]
  /// The contents of each load's file.
  let contents: [[UInt8]]
  /// The name of each load's file in the target's folder.
  let names: [String]

  /// - Throws: what is missing: the Xen image, or the file of a module.
  init(_ system: XenSystem) throws(Failure) {
    self.system = system
    machine = Machine(system.host.tree)
    guard let xen = system.hypervisor.image else {
      throw Failure(
        .error(
          "xen-image-missing", "no Xen image is named, and nothing boots without one",
          at: Place(file: system.host.file), hint: "name it in the description, or give --xen-image FILE"))
    }
    self.xen = xen
    if let known = system.hypervisor.facts { facts = known } else { facts = try Self.read(xen) }
    guard facts.width == .arm64 else {
      throw Failure(
        .error("xen-image-not-arm64", "\(xen.name) is a Xen for 32-bit Arm", at: Place(file: xen.name)))
    }
    loads = system.loads

    var errors: [Diagnostic] = []
    var contents: [[UInt8]] = []
    var folder = FolderNames()
    xenName = folder.take(xen.baseName, prefix: "xen")
    var names: [String] = []
    for load in loads {
      guard let file = load.module.file else {
        errors.append(Self.withoutFile(load, in: system))
        continue
      }
      contents.append(file.bytes)
      names.append(folder.take(file.baseName, prefix: system.filePrefix(of: load)))
    }
    guard errors.isEmpty else { throw Failure(errors) }
    self.contents = contents
    self.names = names
  }

  private static func read(_ xen: BootFile) throws(Failure) -> XenImage {
    do { return try XenImage(xen.bytes) } catch {
      throw Failure(
        .error("xen-image-missing", "\(xen.name) is no Xen image: \(error.description)", at: Place(file: xen.name)))
    }
  }

  private static func withoutFile(_ load: Load, in system: XenSystem) -> Diagnostic {
    let known = load.module.address.map { ", only the address \(hex($0.value))" } ?? ""
    return .error(
      "module-without-file", "\(load.title) has no file\(known)",
      at: load.module.location.map { Place($0) } ?? Place(file: system.host.file),
      hint: "name the module's file in the description")
  }

  /// The boot tree with `reference` for each load, and its bytes.
  ///
  /// - Parameters:
  ///   - limit: the most bytes that the tree may have, and `reason`: why, as the end of a sentence.
  ///   - prepare: changes the live tree before it is written.
  ///   - reference: says where Xen finds the load of that index.
  func tree(
    limit: Int, because reason: String, prepare: (inout DeviceTree) -> Void = { _ in },
    _ reference: (Int) -> ModuleReference
  ) throws(Failure) -> (tree: DeviceTree, blob: [UInt8]) {
    var index: [ModuleID: Int] = [:]
    for (position, load) in loads.enumerated() {
      for user in load.users { index[user] = position }
    }
    // Every module of a system is a user of a load; the address only stands in for a module that is not.
    var tree = try system.bootTree { id in index[id].map(reference) ?? .address(0..<0) }
    prepare(&tree)
    let blob: [UInt8]
    do { blob = try tree.blob() } catch {
      throw Failure(
        .error("self-check", "the boot tree cannot be written: \(error)", at: Place(file: system.host.file)))
    }
    guard blob.count <= limit else {
      throw Failure(
        .error(
          "tree-too-large", "the boot tree has \(describeSize(UInt64(blob.count))), and \(reason)",
          at: Place(file: system.host.file)))
    }
    return (tree, blob)
  }
}

extension XenSystem {
  /// `domB-kernel`: what tells a load's file from another one of the same name.
  fileprivate func filePrefix(of load: Load) -> String {
    guard let user = load.users.first else { return "module" }
    guard let domain = user.domain else { return user.kind.rawValue }
    return "\(domains[domain].name.value)-\(user.kind.rawValue)"
  }
}
