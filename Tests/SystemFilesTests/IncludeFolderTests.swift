// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Foundation
import Testing

@testable import SystemFiles

/// What a source may include, and from where.
@Suite struct IncludeFolderTests {
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("grove-\(UUID().uuidString)").path

    /// Every file with a property that says which one it is.
    init() throws {
      for (name, text) in [
        ("home/beside.dtsi", "/ { beside; };"), ("home/sub/deep.dtsi", "#include \"next.dtsi\"\n/ { deep; };"),
        ("home/sub/next.dtsi", "/ { next; };"), ("home/data", "0123456789"), ("outside.dtsi", "/ { outside; };"),
        ("headers/header.h", "/ { header; };"), ("headers/beside.dtsi", "/ { hidden; };"),
      ] { try write(name, text) }
      try FileManager.default.createSymbolicLink(
        atPath: path + "/home/link.dtsi", withDestinationPath: path + "/outside.dtsi")
      try FileManager.default.createSymbolicLink(
        atPath: path + "/home/elsewhere", withDestinationPath: path + "/headers")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws {
      let url = URL(fileURLWithPath: path + "/" + name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }

    /// The properties of the root, or what is wrong, with the folder's own name left out.
    func read(_ source: String, folders: [String] = []) throws -> [String] {
      try write("home/board.dts", "/dts-v1/;\n" + source)
      var options = LoadOptions()
      options.includeFolders = folders.map { path + "/" + $0 }
      do throws(LoadFailure) {
        let tree = try loadSource(path + "/home/board.dts", options: options).tree
        return tree[tree.root].properties.map {
          $0.value.bytes.isEmpty ? $0.name : "\($0.name)=\(String(decoding: $0.value.bytes, as: UTF8.self))"
        }
      } catch {
        return error.failure.diagnostics.map { $0.message.replacing(path + "/", with: "") }
      }
    }
  }

  @Test(arguments: [
    ("#include \"beside.dtsi\"", [], ["beside"]),
    ("/include/ \"beside.dtsi\"", ["headers"], ["beside"]),
    // Beside the source that asks, not beside the first one.
    ("#include \"sub/deep.dtsi\"", [], ["next", "deep"]),
    ("#include \"sub/../beside.dtsi\"", [], ["beside"]),
    ("#include <header.h>", ["headers"], ["header"]),
    ("#include \"header.h\"", ["headers"], ["header"]),
    ("#include <beside.dtsi>", ["headers"], ["hidden"]),
    ("/include/ \"../outside.dtsi\"", [""], ["outside"]),
    // Whoever put a link into the folder meant it.
    ("#include \"link.dtsi\"", [], ["outside"]),
    (
      "/ { all = /incbin/(\"data\"); part = /incbin/(\"data\", 8, 9); none = /incbin/(\"data\", 11, 1); };", [],
      ["all=0123456789", "part=89", "none"]
    ),
    ("#include <header.h>", [], ["the included file header.h does not exist"]),
    ("#include \"nothing.h\"", ["headers"], ["the included file nothing.h does not exist"]),
    ("#include \"../outside.dtsi\"", ["headers"], outside("../outside.dtsi")),
    ("/include/ \"../outside.dtsi\"", [], outside("../outside.dtsi")),
    ("/include/ \"sub/../../outside.dtsi\"", [], outside("sub/../../outside.dtsi")),
    ("/include/ \"/etc/passwd\"", [], outside("/etc/passwd")),
    ("/ { p = /incbin/(\"../outside.dtsi\"); };", [], outside("../outside.dtsi")),
    ("/ { p = /incbin/(\"/etc/passwd\"); };", [], outside("/etc/passwd")),
    // As it is written, and not where the system would come out behind the link.
    ("#include \"elsewhere/../outside.dtsi\"", [], ["the included file elsewhere/../outside.dtsi does not exist"]),
    ("#include \"sub\"", [], ["the included file home/sub is a directory"]),
  ])
  func namesStayInTheFoldersThatAreNamed(_ source: String, _ folders: [String], _ expected: [String]) throws {
    #expect(try Folder().read(source, folders: folders) == expected)
  }

  private static func outside(_ name: String) -> [String] {
    ["the included file \(name) is outside the source's folder and those of -I"]
  }

  /// Names without a folder, as in a shell that stands beside the source.
  @Test func theCurrentFolderHasItsOwnFiles() {
    let folders = IncludeFolders(home: "", folders: ["../up"], allowsOutside: false)
    for (name, isOutside) in [
      ("nothing-of-that-name", false), ("../nothing", true), ("../up/nothing", false), ("../up/../nothing", true),
      ("a/../../nothing", true), ("./nothing", false),
    ] {
      let reason = isOutside ? "is outside the source's folder and those of -I" : "does not exist"
      let message = "the included file \(name) \(reason)"
      #expect(throws: FileRefusal(message: message, hint: isOutside ? "name its folder with -I" : nil)) {
        try folders.read(FileRequest(name: name, from: "x.dts", kind: .source))
      }
    }
  }
}
