// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Foundation
import Testing

// The functions of the articles in DeviceTree.docc, as they stand there.

func withBootArguments(_ arguments: String, in blob: [UInt8]) throws -> [UInt8] {
  var tree = try DeviceTree(blob: blob)
  let chosen = tree.ensureChild("chosen", of: tree.root)
  tree.set("bootargs", .string(arguments), on: chosen)
  return try tree.blob()
}

func enabledNodes(of tree: DeviceTree) -> [String] {
  tree.walk().filter { tree[$0, "status"]?.string != "disabled" }.map { tree.path(of: $0) }
}

func treeWithReference() throws -> [UInt8] {
  var tree = DeviceTree()
  let serial = tree.addChild("serial@9000000", to: tree.root)
  tree.set("clocks", .phandle(.label("clock")), on: serial)
  let clock = tree.addChild("clock", to: tree.root)
  tree[clock].labels = ["clock"]
  let unresolved = tree.resolveReferences()
  assert(unresolved.isEmpty)
  return try tree.blob()
}

func combined(_ base: [UInt8], with overlays: [(name: String, blob: [UInt8])]) throws -> [UInt8] {
  var tree = try DeviceTree(blob: base)
  let parts = try overlays.map { Overlay(try DeviceTree(blob: $0.blob), file: $0.name) }
  try tree.apply(parts, file: "base.dtb")
  return try tree.blob()
}

@Suite struct DocumentationTests {
  private static let tests = URL(fileURLWithPath: #filePath)

  private static var articles: [URL] {
    let folder = tests.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/DeviceTree/DeviceTree.docc")
    return (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
  }

  /// What stands in an article is compiled here, and run below.
  @Test func everySnippetIsCompiled() throws {
    let compiled = try String(contentsOf: Self.tests, encoding: .utf8)
    var count = 0
    for article in Self.articles {
      for part in try String(contentsOf: article, encoding: .utf8).components(separatedBy: "```swift\n").dropFirst() {
        let snippet = try #require(part.components(separatedBy: "```").first)
        #expect(compiled.contains(snippet), "\(article.lastPathComponent): \(snippet)")
        count += 1
      }
    }
    #expect(count == 4)
  }

  @Test func aTreeIsChanged() throws {
    let blob = try withBootArguments("quiet", in: treeWithReference())
    let tree = try DeviceTree(blob: blob)
    #expect(tree.node(at: "/chosen").map { tree[$0, "bootargs"]?.string } == "quiet")
    #expect(tree.node(at: "/serial@9000000").flatMap { tree[$0, "clocks"]?.cell } == 1)
    #expect(enabledNodes(of: tree) == ["/", "/serial@9000000", "/clock", "/chosen"])
  }

  @Test func anOverlayIsApplied() throws {
    let overlay = DeviceTree([
      "/fragment@0": ["target": .open], "/fragment@0/__overlay__": ["status": .string("disabled")],
      "/__fixups__": ["uart": .string("/fragment@0:target:0")],
    ])
    let result = try DeviceTree(blob: combined(DeviceTree.board.blob(), with: [("o.dtbo", overlay.blob())]))
    #expect(!enabledNodes(of: result).contains("/soc/uart@1"))
    #expect(throws: Failure.self) { try combined(treeWithReference(), with: [("o.dtbo", overlay.blob())]) }
  }
}
