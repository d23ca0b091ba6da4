// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Foundation
import Glibc
import Testing
import XenSystem

@testable import SystemFiles

/// Device trees that are kept as directories.
@Suite struct TreeDirectoryTests {
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("grove-\(UUID().uuidString)").path
    var tree: String { path + "/device-tree" }

    init() throws {
      for (file, content) in [
        ("#address-cells", "\0\0\0\u{2}"), ("#size-cells", "\0\0\0\u{2}"), ("name", "\0"), ("model", "a board\0"),
        ("memory@40000000/device_type", "memory\0"), ("memory@40000000/name", "memory\0"),
        ("memory@40000000/reg", "\0\0\0\0\u{40}\0\0\0\0\0\0\0\u{40}\0\0\0"), ("chosen/stdout-path", "/serial@0\0"),
        ("cpus/cpu@1/reg", "\0\0\0\u{1}"), ("cpus/cpu@0/reg", "\0\0\0\0"),
      ] { try write(file, Array(content.utf8)) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ file: String, _ content: [UInt8]) throws {
      let url = URL(fileURLWithPath: tree + "/" + file)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(content).write(to: url)
    }

    func messages() -> [String] {
      do throws(LoadFailure) {
        return try loadTree(tree).diagnostics.map { "\($0.level): \($0.message)" }
      } catch {
        return error.failure.diagnostics.map { "\($0.level): \($0.message)" }
      }
    }
  }

  @Test func aDirectoryIsATree() throws {
    let folder = try Folder()
    let loaded = try loadTree(folder.tree)
    #expect(loaded.diagnostics.isEmpty)
    #expect(
      loaded.tree.walk().map { loaded.tree.path(of: $0) } == [
        "/", "/chosen", "/cpus", "/cpus/cpu@0", "/cpus/cpu@1", "/memory@40000000",
      ])
    #expect(loaded.tree[loaded.tree.root].properties.map(\.name) == ["#address-cells", "#size-cells", "model"])
    let memory = try #require(loaded.tree.node(at: "/memory@40000000"))
    #expect(loaded.tree[memory, "reg"]?.cells == [0, 0x4000_0000, 0, 0x4000_0000])
    #expect(loaded.tree[memory, "name"] == nil)
  }

  @Test func theDirectoryItselfMayBeNamedByALink() throws {
    let folder = try Folder()
    let link = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "device-tree")
    #expect(try loadTree(link).tree.blob() == loadTree(folder.tree).tree.blob())
  }

  @Test func aDescriptionMayNameADirectoryAsItsHost() throws {
    let folder = try Folder()
    var kernel = [UInt8](repeating: 0, count: 4096)
    kernel.replaceSubrange(0x38..<0x3C, with: [0x41, 0x52, 0x4D, 0x64])
    try Data(kernel).write(to: URL(fileURLWithPath: folder.path + "/Image"))
    let yaml =
      "grove: 1\nhost: {device-tree: device-tree}\ndomains:\n  - {name: a, kernel: Image, memory: 64 MiB}\n"
    try Data(yaml.utf8).write(to: URL(fileURLWithPath: folder.path + "/system.yaml"))
    let loaded = try loadSystem([folder.path + "/system.yaml"])
    #expect(loaded.system.host.tree.node(at: "/memory@40000000") != nil)
    #expect(loaded.system.host.file == folder.tree)
  }

  @Test func aDirectoryOutsideIsNotRead() throws {
    let folder = try Folder()
    let yaml = "grove: 1\nhost: {device-tree: ../}\ndomains:\n  - {name: a, kernel: Image, memory: 64 MiB}\n"
    try Data(yaml.utf8).write(to: URL(fileURLWithPath: folder.path + "/system.yaml"))
    let error = #expect(throws: LoadFailure.self) { try loadSystem([folder.path + "/system.yaml"]) }
    #expect(
      error?.failure.diagnostics.contains {
        $0.message == "the host's device tree ../ is outside the description's folder"
      } == true)
  }

  @Test func linksAndWhatIsNoFileAreLeftOut() throws {
    let folder = try Folder()
    let inside = folder.tree + "/chosen/"
    try FileManager.default.createSymbolicLink(atPath: inside + "around", withDestinationPath: "..")
    try FileManager.default.createSymbolicLink(atPath: inside + "password", withDestinationPath: "/etc/passwd")
    let isMade = unsafe mkfifo(inside + "pipe", 0o600) == 0
    try #require(isMade)
    let loaded = try loadTree(folder.tree)
    #expect(loaded.tree.node(at: "/chosen/around") == nil)
    let chosen = try #require(loaded.tree.node(at: "/chosen"))
    #expect(loaded.tree[chosen].properties.map(\.name) == ["stdout-path"])
    #expect(
      folder.messages().sorted() == [
        "warning: /chosen/around is a link and is left out", "warning: /chosen/password is a link and is left out",
        "warning: /chosen/pipe is no regular file and is left out",
      ])
  }

  @Test func aNameThatIsNotTextIsRefused() throws {
    let folder = try Folder()
    let descriptor = unsafe open(folder.tree + "/cpus/", O_RDONLY | O_DIRECTORY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let name: [CChar] = [0x61, -1, 0]
    let file = unsafe name.withUnsafeBufferPointer { name in
      guard let name = name.baseAddress else { return Int32(-1) }
      return unsafe openat(descriptor, name, O_CREAT | O_WRONLY, 0o600)
    }
    try #require(file >= 0)
    close(file)
    #expect(folder.messages() == ["error: /cpus holds a file whose name is not UTF-8 text"])
  }

  @Test func aDirectoryThatIsTooDeepIsRefused() throws {
    let folder = try Folder()
    let deep = String(repeating: "d/", count: 65)
    try FileManager.default.createDirectory(atPath: folder.tree + "/" + deep, withIntermediateDirectories: true)
    #expect(folder.messages() == ["error: \(folder.tree): /\(deep.dropLast()) is more than 64 directories deep"])
  }

  @Test func valuesThatAreTooLargeAreRefused() throws {
    let folder = try Folder()
    // A file with a hole takes no room on the disk.
    try folder.write("chosen/big", [])
    let isStretched = unsafe truncate(folder.tree + "/chosen/big", 100 << 20) == 0
    try #require(isStretched)
    #expect(folder.messages() == ["error: /chosen/big cannot be read, or makes the values larger than 64 MiB"])
  }
}
