// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics

/// Reads a blob or a source, writes it as a source, and reads that: the same tree, when its names can be written at all.
func decompileAndCompile(_ bytes: [UInt8]) {
  guard var tree = tree(of: bytes), let blob = try? tree.blob() else { return }
  tree.removeNameProperties()
  check(tree, SourceStyle(), blob)
  check(tree, SourceStyle(isLikeDtc: true), blob)
  tree.adoptSymbols()
  tree.adoptFixups()
  _ = tree.sourceText()
  _ = tree.sourceText(SourceStyle(isLikeDtc: true))
}

private func tree(of bytes: [UInt8]) -> DeviceTree? {
  if bytes.starts(with: [0xD0, 0x0D]) { return try? DeviceTree(blob: bytes) }
  let parsed = parse(name: "f.dts", bytes: bytes, resolvingReferences: true)
  return parsed.diagnostics.hasErrors || parsed.tree.isPlugin ? nil : parsed.tree
}

private func check(_ tree: DeviceTree, _ style: SourceStyle, _ blob: [UInt8]) {
  let text = Array(tree.sourceText(style).utf8)
  let again = parse(name: "again.dts", bytes: text, resolvingReferences: true, preprocessing: .off)
  guard tree.hasOnlyWritableNames else { return }
  hold(
    !again.diagnostics.hasErrors,
    "the source that was written is refused:\n" + DiagnosticPrinter(sources: again.sources).text(again.diagnostics))
  hold(again.tree.isSame(as: tree), "the source that was written is another tree")
}

extension DeviceTree {
  /// Whether a source can hold all names, none twice in a node, and no node has what the reader of sources judges.
  fileprivate var hasOnlyWritableNames: Bool {
    var phandles: Set<UInt32> = []
    for id in walk() {
      let node = self[id]
      let children = children(of: id).map { self[$0].name }
      let properties = node.properties.map(\.name)
      guard Set(children).count == children.count, Set(properties).count == properties.count,
        children.allSatisfy({ isName($0, also: ",._+-@") }), properties.allSatisfy({ isName($0, also: ",._+*#?@-") })
      else { return false }
      for property in node.properties where property.name == "phandle" || property.name == "linux,phandle" {
        guard let phandle = property.value.cell, phandle != 0, phandle != .max, phandles.insert(phandle).inserted else {
          return false
        }
      }
    }
    return true
  }

  private func isName(_ name: String, also: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: also.utf8.contains(byte)
        }
      }
  }
}
