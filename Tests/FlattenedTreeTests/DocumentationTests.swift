// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Foundation
import Testing

// The functions of the articles in FlattenedTree.docc, as they stand there.

func compatibleNodes(in blob: [UInt8], with model: String) throws(FlattenedTreeError) -> Int {
  let tree = try FlattenedTree(blob.span)
  var count = 0
  var events = tree.events()
  while let event = try events.next() {
    guard case .property(let property) = event else { continue }
    if property.name == "compatible", property.value.contains(model) { count += 1 }
  }
  return count
}

func bootArguments(in blob: [UInt8]) throws(FlattenedTreeError) -> String? {
  let index = try TreeIndex(FlattenedTree(blob.span))
  guard let chosen = index.node(at: "/chosen") else { return nil }
  guard let value = index.value("bootargs", of: chosen) else { return nil }
  return value.string
}

func faults(of blob: [UInt8]) -> [FlattenedTreeError] {
  var faults: [FlattenedTreeError] = []
  do throws(FlattenedTreeError) {
    try FlattenedTree(blob.span, tolerating: .all).validate { faults.append($0) }
  } catch {
    faults.append(error)
  }
  return faults
}

func smallTree() throws(FlattenedTreeError) -> [UInt8] {
  var writer = FlattenedTreeWriter()
  try writer.reserve(FlattenedTree.Reservation(address: 0x4000_0000, size: 0x1000))
  try writer.beginNode("")
  try writer.property("model", Array("a board\0".utf8))
  try writer.beginNode("chosen")
  try writer.property("linux,initrd-end", [0, 0, 0, 0])
  try writer.endNode()
  try writer.endNode()
  return try writer.finish()
}

func patched(_ blob: [UInt8]) throws(FlattenedTreeError) -> [UInt8] {
  var blob = blob
  try FlattenedTree.overwrite("linux,initrd-end", of: "/chosen", in: &blob, with: [0x48, 0, 0, 0])
  return blob
}

@Suite struct DocumentationTests {
  private static let tests = URL(fileURLWithPath: #filePath)

  private static var articles: [URL] {
    let folder = tests.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/FlattenedTree/FlattenedTree.docc")
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
    #expect(count == 5)
  }

  @Test func theSnippetsDoWhatTheirArticlesSay() throws {
    var writer = FlattenedTreeWriter()
    try writer.beginNode("")
    try writer.property("compatible", Array("vendor,board\0vendor,chip\0".utf8))
    try writer.beginNode("chosen")
    try writer.property("bootargs", Array("quiet\0".utf8))
    try writer.endNode()
    try writer.endNode()
    let blob = try writer.finish()
    #expect(try compatibleNodes(in: blob, with: "vendor,chip") == 1)
    #expect(try compatibleNodes(in: blob, with: "vendor") == 0)
    #expect(try bootArguments(in: blob) == "quiet")
    #expect(try bootArguments(in: smallTree()) == nil)
    #expect(faults(of: blob).isEmpty)
    #expect(faults(of: Array(blob.dropLast())).map(\.code) == [.truncated])
    let changed = try patched(smallTree())
    #expect(try zip(changed, smallTree()).count { $0 != $1 } == 1)
  }
}
