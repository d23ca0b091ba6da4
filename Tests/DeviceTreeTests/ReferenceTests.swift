// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Testing

@Suite struct ReferenceTests {
  private var tree = DeviceTree()

  private mutating func add(_ name: String, _ labels: String..., to parent: DeviceTree.NodeID? = nil)
    -> DeviceTree.NodeID
  {
    let id = tree.addChild(name, to: parent ?? tree.root)
    tree[id].labels = labels
    return id
  }

  @Test mutating func phandlesAreNumberedInTheOrderOfReferences() {
    let a = add("a", "a")
    let b = add("b", "b")
    let c = add("c", "c")
    tree.set("phandle", .cell(2), on: a)
    tree.set("x", .phandle(.label("c")), on: a)
    tree.set("y", .phandle(.label("a")), on: b)
    tree.set("z", .phandle(.path("/b")), on: b)
    #expect(tree.resolveReferences().isEmpty)
    #expect(tree[a, "x"]?.cell == 1)
    #expect(tree[b, "y"]?.cell == 2)
    #expect(tree[b, "z"]?.cell == 3)
    #expect(tree[c].properties.map(\.name) == ["phandle"])
    #expect(tree[b].properties.map(\.name) == ["y", "z", "phandle"])
    #expect(tree[a, "x"]?.marks == [.init(offset: 0, .form(.cells32))])
  }

  @Test mutating func theOlderNameOfAPhandleCounts() {
    let a = add("a", "a")
    tree.set("linux,phandle", .cell(9), on: a)
    tree.set("r", .phandle(.label("a")), on: tree.root)
    #expect(tree.resolveReferences().isEmpty)
    #expect(tree[tree.root, "r"]?.cell == 9)
    #expect(tree[a].properties.map(\.name) == ["linux,phandle"])
  }

  @Test mutating func aNodeMayAskForAPhandle() {
    let a = add("a", "a")
    tree.set("phandle", .phandle(.label("a")), on: a)
    tree.set("after", .empty, on: a)
    #expect(tree.resolveReferences().isEmpty)
    #expect(tree[a].properties.map(\.name) == ["phandle", "after"])
    #expect(tree[a, "phandle"]?.cell == 1)
  }

  @Test mutating func pathsAreInsertedWhereTheyStand() {
    let a = add("a")
    let b = add("b", "b", to: a)
    let value = PropertyValue(
      bytes: [0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF],
      marks: [
        .init(offset: 0, .path(.label("b"))), .init(offset: 0, .form(.cells32)),
        .init(offset: 4, .path(.path("/"))),
        .init(offset: 4, .form(.cells32)), .init(offset: 4, .phandle(.label("b"))),
        .init(offset: 8, .label("end")),
      ])
    tree.set("r", value, on: b)
    #expect(tree.resolveReferences().isEmpty)
    #expect(tree[b, "r"]?.bytes == Array("/a/b\0\0\0\0\u{1}/\0\0\0\0\u{1}".utf8))
    #expect(
      tree[b, "r"]?.marks == [
        .init(offset: 0, .form(.string)), .init(offset: 5, .form(.cells32)), .init(offset: 9, .form(.string)),
        .init(offset: 11, .form(.cells32)), .init(offset: 15, .label("end")),
      ])
  }

  @Test mutating func whatNamesNoNodeStaysAndIsReturned() {
    let a = add("a", "a")
    tree.set("p", .phandle(.label("nope")), on: a)
    tree.set("q", .phandle(.path("/nope")), on: a)
    tree.set("r", .phandle(.label("a")), on: a)
    let expected = [
      UnresolvedReference(node: a, property: "p", offset: 0, reference: .label("nope")),
      UnresolvedReference(node: a, property: "q", offset: 0, reference: .path("/nope")),
    ]
    #expect(tree.unresolvedReferences() == expected)
    #expect(tree.resolveReferences() == expected)
    #expect(tree[a, "p"]?.hasReferences == true)
    #expect(tree[a, "r"]?.cell == 1)
    _ = add("b", "nope")
    #expect(tree.resolveReferences().map(\.reference) == [.path("/nope")])
    #expect(tree[a, "p"]?.cell == 2)
  }

  @Test mutating func unreferencedNodesGoWhenTheyAreMarked() {
    let a = add("a", "a")
    let b = add("b", "b")
    tree[a].isOmittedIfUnreferenced = true
    tree[b].isOmittedIfUnreferenced = true
    tree.set("r", PropertyValue(marks: [.init(offset: 0, .path(.label("b")))]), on: tree.root)
    tree.resolveReferences()
    #expect(tree.node(at: "/a") == nil)
    #expect(tree.node(at: "/b") == b)
  }

  @Test mutating func aMarkOutsideOfItsValueDoesNoHarm() {
    _ = add("a", "a")
    tree.set(
      "r",
      PropertyValue(
        bytes: [1, 2], marks: [.init(offset: 1, .phandle(.label("a"))), .init(offset: 9, .path(.label("a")))]),
      on: tree.root)
    #expect(tree.resolveReferences().isEmpty)
    #expect(tree[tree.root, "r"]?.bytes == [1, 0] + Array("/a\0".utf8))
  }
}
