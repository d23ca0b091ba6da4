// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Testing

/// Shapes that would overflow a stack or take for ever in a reader that recurses or searches.
@Suite struct LimitTests {
  private func read(_ source: String, resolving: Bool = false) -> DeviceTree {
    let parsed = parse(
      name: "t.dts", bytes: Array("/dts-v1/; \(source)".utf8), resolvingReferences: resolving)
    #expect(parsed.diagnostics.isEmpty)
    return parsed.tree
  }

  @Test func aHundredThousandLevels() throws {
    let count = 100_000
    let tree = read(
      "/ {" + String(repeating: "n{", count: count) + String(repeating: "};", count: count) + "};")
    #expect(tree.walk().count { _ in true } == count + 1)
    #expect(tree.sourceText().utf8.count < 250 * count)
    #expect(try tree.blob().count > 8 * count)
  }

  @Test func aHundredThousandParentheses() {
    let count = 100_000
    let tree = read(
      "/ { p = <" + String(repeating: "(", count: count) + "7" + String(repeating: ")", count: count)
        + ">; };")
    #expect(tree[tree.root, "p"]?.cell == 7)
  }

  @Test func manyLabelsManyReferences() {
    let count = 20_000
    let nodes = (0..<count).map { "l\($0): n\($0) { r = <&l\((7919 * $0) % count)>; };" }.joined(
      separator: "\n")
    let tree = read("/ {\(nodes)};", resolving: true)
    #expect(tree.node(at: "/n19999").flatMap { tree[$0, "phandle"]?.cell } != nil)
  }

  @Test func oneNodeExtendedManyTimes() {
    let count = 20_000
    let blocks = (0..<count).map { "&l { p\($0); };" }.joined(separator: "\n")
    let tree = read("/ { l: n { }; }; \(blocks)")
    #expect(tree.node(at: "/n").map { tree[$0].properties.count } == count)
  }

  @Test func manyChildrenDeletedOneByOne() {
    let count = 20_000
    let nodes = (0..<count).map { "n\($0) { };" }.joined()
    let deletions = (0..<count).map { "/delete-node/ n\($0);" }.joined()
    #expect(read("/ { \(nodes) }; / { \(deletions) };").walk().count { _ in true } == 1)
  }

  @Test func aLongLineWithCharactersOfSeveralBytes() {
    let count = 20_000
    let before = "/ {" + String(repeating: "/*ü*/", count: count) + (1..<count).map { "p\($0);" }.joined()
    let tree = read(before + "last; };")
    let column = "/dts-v1/; ".count + before.count + 1
    #expect(tree[tree.root].properties.last?.location?.column == Int32(column))
  }

  /// Twice in itself, 64 deep, would be 2^64 files.
  @Test(arguments: [Preprocessing.off, .on(definitions: [])])
  func aFileThatIncludesItselfTwice(_ preprocessing: Preprocessing) {
    let bytes = Array("/include/ \"f\"\n/include/ \"f\"\n".utf8)
    let parsed = parse(name: "f", bytes: bytes, preprocessing: preprocessing) { _ in SourceText(name: "f", bytes: bytes)
    }
    #expect(parsed.diagnostics.hasErrors)
  }

  @Test func lineMarkersOfManyFiles() {
    let markers = (0..<20_000).map { "# 1 \"f\($0)\"\n" }.joined()
    let tree = read(markers + "/ { p; };")
    #expect(tree[tree.root].properties.first?.location?.file == "f19999")
  }

  @Test(arguments: [
    "/ { a = \"", "/ { a = <", "/ { a = [", "/ { a = <(", "/ { a = &{", "/ { a = '", "/ {", "/", "&", "/ { a",
    "/ { a =",
    "/ { l:", "/* ", "// ", "#line", "/bits/", "/ { a = /bits/", "/incbin/(\"", "/include/", "/include/ \"x",
    "\\", "\0", "/ { a = \"\\", "/ { a = '\\", "\u{FEFF}", "/memreserve/", "/ { /delete-node/", "l: /",
    "# 99999999999 \"x\"\n}",
  ])
  func aSourceThatEndsAnywhere(_ source: String) {
    let parsed = parse(name: "t.dts", bytes: Array("/dts-v1/;\n\(source)".utf8))
    #expect(parsed.diagnostics.isEmpty == (source == "// "))
  }
}
