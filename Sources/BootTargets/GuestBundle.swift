// SPDX-License-Identifier: Apache-2.0
public import Diagnostics
public import GuestTree

/// A folder that a loader can use without understanding it: the bytes, and `bundle.json`, which says where they go.
public struct GuestBundle: Sendable {
  public static let fileName = "bundle.json"
  /// Every name that a bundle may have in it.
  static let names: Set<String> = [fileName, "kernel", "ramdisk", "guest.dtb", "start-info"]
  /// What the JSON begins with.
  static let beginning = Array("{\"bundle\": ".utf8)

  public struct File: Hashable, Sendable {
    public var name: String
    public var bytes: [UInt8]
  }

  public let files: [File]

  /// - Parameters:
  ///   - plan: the guest.
  ///   - kernel: the kernel's bytes, unpacked where its file was packed.
  ///   - ramdisk: the ramdisk's bytes; nil without one.
  public init(_ plan: GuestPlan, kernel: [UInt8], ramdisk: [UInt8]?) {
    var inputs: [(GuestPlan.Load.Input, File)] = [(.kernel, File(name: "kernel", bytes: kernel))]
    if let ramdisk { inputs.append((.ramdisk, File(name: "ramdisk", bytes: ramdisk))) }
    inputs.append((.tree, File(name: "guest.dtb", bytes: plan.tree.blob)))
    if let page = plan.startInfo { inputs.append((.startInfo, File(name: "start-info", bytes: page))) }
    let listed = inputs.map { input, file in
      GuestPlan.File(input: input, name: file.name, size: file.bytes.count, sha256: FileDigest.sha256(file.bytes))
    }
    files = inputs.map { $1 } + [File(name: Self.fileName, bytes: Array(plan.json(files: listed).utf8))]
  }

  /// Writes the folder, whole or not at all; an older bundle of that name is replaced.
  public func write(to path: String) throws(Failure) {
    try OutputFolder.write(
      files.map { OutputFolder.File(path: $0.name, bytes: $0.bytes, isExecutable: false) }, to: path)
  }
}
