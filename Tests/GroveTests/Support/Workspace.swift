// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A folder of a test's own, removed with the value.
final class Workspace {
  let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("grove-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// A folder with what real systems are made of: `xen`, `virt.dtb`, `probe.Image`, `vmlinuz`, `initramfs.gz`.
  static func withImages(xen: String) throws -> Workspace {
    let work = try Workspace()
    for (file, name) in [
      (Real.xen(xen), "xen"), (Real.virtTree, "virt.dtb"), (Real.probe, "probe.Image"), (Real.linux, "vmlinuz"),
      (Real.dom0Ramdisk, "initramfs.gz"),
    ] { try work.copy(file, as: name) }
    return work
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  func path(_ name: String) -> String { folder + "/" + name }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
  }

  func write(_ name: String, _ text: String) throws {
    try write(name, Array(text.utf8))
  }

  func read(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }

  func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(name))
  }

  func copy(_ source: String, as name: String) throws {
    try FileManager.default.copyItem(atPath: source, toPath: path(name))
  }

  /// Every file below a folder with its bytes, by path.
  func contents(of name: String) throws -> [String: [UInt8]] {
    var result: [String: [UInt8]] = [:]
    for file in try FileManager.default.subpathsOfDirectory(atPath: path(name)) {
      var isDirectory: ObjCBool = false
      _ = unsafe FileManager.default.fileExists(atPath: path(name + "/" + file), isDirectory: &isDirectory)
      if !isDirectory.boolValue { result[file] = try read(name + "/" + file) }
    }
    return result
  }
}
