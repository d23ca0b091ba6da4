// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing

/// What applying an overlay gives. Each case was tried on dtc 1.8's fdtoverlay.
@Suite struct OverlayTests {
  private let board = DeviceTree.board

  @Test func addedPropertiesAndNodesStandFirstTheNewestBeforeTheOthers() throws {
    let tree = try board.with([
      "/fragment@0": ["target-path": .string("/soc")],
      "/fragment@0/__overlay__": ["a": .empty, "b": .empty],
      "/fragment@0/__overlay__/new1": ["p": .empty, "q": .empty],
      "/fragment@0/__overlay__/uart@1": ["status": .string("on"), "late": .empty, "reg": .cells([1, 2])],
      "/fragment@0/__overlay__/new2": [:],
    ]).tree
    #expect(
      tree.outline.prefix(6) == [
        "/ model=6200", "/soc b a", "/soc/new2", "/soc/new1 q p",
        "/soc/uart@1 late reg=0000000100000002 status=6f6e00 phandle=00000003", "/soc/i2c@2 phandle=00000007",
      ])
  }

  @Test func labelsOfTheBaseBecomePhandles() throws {
    let tree = try board.with([
      "/fragment@0": ["target": .open],
      "/fragment@0/__overlay__": ["list": .cells([5, .max, .max])],
      "/fragment@0/__overlay__/dev": ["link": .open],
      "/__fixups__": [
        "uart": .strings(["/fragment@0:target:0", "/fragment@0/__overlay__:list:8"]),
        "bus": .strings(["/fragment@0/__overlay__:list:4", "/fragment@0/__overlay__/dev:link:0"]),
      ],
    ]).tree
    #expect(tree.line("/soc/uart@1")?.contains(" list=000000050000000700000003 ") == true)
    #expect(tree.line("/soc/uart@1/dev") == "/soc/uart@1/dev link=00000007")
  }

  @Test func phandlesOfTheOverlayAreNumberedOnFromTheLargest() throws {
    let tree = try board.with([
      "/fragment@0": ["target-path": .string("/soc")],
      "/fragment@0/__overlay__": ["list": .cells([9, 1, 2])],
      "/fragment@0/__overlay__/x": ["phandle": .cell(1)],
      "/fragment@0/__overlay__/y": ["linux,phandle": .cell(2), "other": .cell(1)],
      "/__local_fixups__/fragment@0/__overlay__": ["list": .cells([4, 8])],
    ]).tree
    #expect(
      tree.outline[1...3] == [
        "/soc list=000000090000000800000009", "/soc/y other=00000001 linux,phandle=00000009",
        "/soc/x phandle=00000008",
      ])
  }

  @Test func aNodeOfTheBaseKeepsItsPhandle() throws {
    let tree = try board.with([
      "/fragment@0": ["target-path": .string("/")],
      "/fragment@0/__overlay__": ["list": .cells([1, 2])],
      "/fragment@0/__overlay__/soc/uart": ["phandle": .cell(1)],
      "/fragment@0/__overlay__/soc/new": ["phandle": .cell(2)],
      "/fragment@1": ["target": .cell(1)],
      "/fragment@1/__overlay__": ["here": .empty],
      "/__local_fixups__/fragment@0/__overlay__": ["list": .cells([0, 4])],
      "/__local_fixups__/fragment@1": ["target": .cell(0)],
    ]).tree
    #expect(tree.line("/") == "/ list=0000000300000009 model=6200")
    #expect(tree.line("/soc/uart@1") == "/soc/uart@1 here reg=00000001 status=6f666600 phandle=00000003")
    #expect(tree.line("/soc/new") == "/soc/new phandle=00000009")
  }

  @Test func aPhandleThatRefersToItselfIsRenumberedOnce() throws {
    let tree = try board.with([
      "/fragment@0": ["target-path": .string("/")],
      "/fragment@0/__overlay__/x": ["phandle": .cell(1)],
      "/__local_fixups__/fragment@0/__overlay__/x": ["phandle": .cell(0)],
    ]).tree
    #expect(tree.line("/x") == "/x phandle=00000008")
  }

  @Test func aTargetIsAPathOrAnAliasWithOrWithoutUnitAddresses() throws {
    for path in ["/soc/uart@1", "/soc/uart", "//soc//uart/", "serial0"] {
      let tree = try board.with([
        "/fragment@0": ["target-path": .string(path)], "/fragment@0/__overlay__": ["here": .empty],
      ]).tree
      #expect(tree.line("/soc/uart@1")?.hasPrefix("/soc/uart@1 here ") == true, "\(path)")
    }
  }

  @Test func aFragmentFindsWhatAnEarlierOneAdded() throws {
    let tree = try board.with([
      "/fragment@0": ["target-path": .string("/soc")],
      "/fragment@0/__overlay__/x": ["phandle": .cell(1)],
      "/fragment@1": ["target-path": .string("/soc/x")],
      "/fragment@1/__overlay__": ["one": .empty],
      "/fragment@2": ["target": .cell(1)],
      "/fragment@2/__overlay__": ["two": .empty],
      "/__local_fixups__/fragment@2": ["target": .cell(0)],
    ]).tree
    #expect(tree.line("/soc/x") == "/soc/x two one phandle=00000008")
  }

  @Test func aNodeWithoutUnitAddressMeansTheFirstOfThatName() throws {
    let tree = try board.with([
      "/fragment@0": ["target-path": .string("/soc")],
      "/fragment@0/__overlay__/dev@5": [:],
      "/fragment@0/__overlay__/dev": ["p": .empty],
      "/fragment@0/__overlay__/i2c": ["q": .empty],
      "/fragment@0/__overlay__/i2c@3": [:],
    ]).tree
    #expect(tree.outline[1...3] == ["/soc", "/soc/i2c@3", "/soc/dev@5 p"])
    #expect(tree.line("/soc/i2c@2") == "/soc/i2c@2 q phandle=00000007")
  }

  @Test func labelsOfTheOverlayAreEntered() throws {
    let tree = try board.with([
      "/fragment@0": ["target": .cell(7)],
      "/fragment@0/__overlay__/x": [:],
      "/fragment@1": ["target-path": .string("serial0")],
      "/fragment@1/__overlay__/y": [:],
      "/fragment@2": ["target-path": .string("/")],
      "/fragment@2/__overlay__/z": [:],
      "/__symbols__": [
        "x": .string("/fragment@0/__overlay__/x"), "here": .string("/fragment@0/__overlay__"),
        "y": .string("/fragment@1/__overlay__/y"), "z": .string("/fragment@2/__overlay__/z"),
        "uart": .string("/fragment@2/__overlay__/z"), "fragment": .string("/fragment@0"),
      ],
    ]).tree
    let symbols = try #require(tree.node(at: "/__symbols__"))
    #expect(tree[symbols].properties.map(\.name) == ["z", "y", "here", "x", "uart", "bus"])
    #expect(
      tree[symbols].properties.map(\.value.string) == [
        "/z", "serial0/y", "/soc/i2c@2/", "/soc/i2c@2/x", "/z", "/soc/i2c@2",
      ])
  }

  @Test func aBaseWithoutLabelsGetsThoseOfTheOverlay() throws {
    let tree = try DeviceTree(["/a": [:]]).with([
      "/fragment@0": ["target-path": .string("/a")], "/fragment@0/__overlay__": [:],
      "/__symbols__": ["l": .string("/fragment@0/__overlay__/")],
    ]).tree
    #expect(tree.outline == ["/", "/__symbols__ l=2f612f00", "/a"])
  }

  @Test func overlaysAreAppliedOneAfterTheOther() throws {
    let first: Nodes = [
      "/fragment@0": ["target-path": .string("/soc")],
      "/fragment@0/__overlay__/x": ["phandle": .cell(1)],
      "/__symbols__": ["x": .string("/fragment@0/__overlay__/x")],
    ]
    let second: Nodes = [
      "/fragment@0": ["target": .open],
      "/fragment@0/__overlay__": ["more": .cell(1)],
      "/fragment@0/__overlay__/y": ["phandle": .cell(1)],
      "/__local_fixups__/fragment@0/__overlay__": ["more": .cell(0)],
      "/__fixups__": ["x": .string("/fragment@0:target:0")],
    ]
    let tree = try board.with(first, second).tree
    #expect(tree.outline[2...3] == ["/soc/x more=00000009 phandle=00000008", "/soc/x/y phandle=00000009"])
    #expect(
      board.refusal(of: second) == """
        o.dtbo:/fragment@0:target: error: fragment@0 refers to the label 'x', which base.dtb does not define [overlay-label]

        """)
  }

  @Test func fragmentsThatAreSwitchedOffAndOtherNodesAreLeftOut() throws {
    let tree = try board.with([
      "/": ["compatible": .string("x")],
      "/fragment@0": ["target-path": .string("/nowhere")],
      "/fragment@0/__dormant__": ["p": .empty],
      "/__overrides__": ["p": .empty],
      "/any": ["target-path": .string("/soc")],
      "/any/__overlay__": ["here": .empty],
    ]).tree
    #expect(tree.line("/soc") == "/soc here")
    #expect(tree.outline.count == board.outline.count)
  }

  @Test func anEmptyOverlayChangesNothing() throws {
    #expect(try board.with([:]).tree.outline == board.outline)
    #expect(try board.with().tree.outline == board.outline)
  }

  @Test func manyPropertiesAndChildrenAreFoundAsFewAre() throws {
    var base = board
    let soc = try #require(base.node(at: "/soc"))
    for number in 0..<100 {
      base.set("p\(number)", .cell(0), on: soc)
      base.addChild("n@\(number)", to: soc)
    }
    let tree = try base.with([
      "/fragment@0": ["target-path": .string("/soc")],
      "/fragment@0/__overlay__": ["p42": .cell(42), "p100": .empty],
      "/fragment@0/__overlay__/n@77": ["here": .empty],
      "/fragment@0/__overlay__/n": ["first": .empty],
      "/fragment@1": ["target-path": .string("/soc")],
      "/fragment@1/__overlay__": ["p100": .cell(1)],
      "/fragment@1/__overlay__/n@100": [:],
      "/fragment@1/__overlay__/n": ["now": .empty],
    ]).tree
    #expect(tree[soc].properties.count == 101)
    #expect(tree[soc].properties[0] == DeviceTree.Property("p100", .cell(1)))
    #expect(tree[soc, "p42"] == .cell(42))
    #expect(tree.line("/soc/n@77") == "/soc/n@77 here")
    #expect(tree.line("/soc/n@0") == "/soc/n@0 first")
    #expect(tree.outline[2] == "/soc/n@100 now")
  }

  @Test func whatIsAddedCanBeFoundByName() throws {
    let names = (0..<40).map { "n\($0)" }
    var overlay = DeviceTree(["/fragment@0": ["target-path": .string("/soc")]])
    let content = overlay.addChild("__overlay__", to: try #require(overlay.node(at: "/fragment@0")))
    for name in names { overlay.addChild(name, to: content) }
    var tree = board
    try tree.apply(overlay: overlay, named: "o.dtbo")
    #expect(names.allSatisfy { tree.node(at: "/soc/" + $0) != nil })
    let soc = try #require(tree.node(at: "/soc"))
    #expect(tree.children(of: soc).map { tree[$0].name } == names.reversed() + ["uart@1", "i2c@2"])
    #expect(try DeviceTree(blob: tree.blob()).outline == tree.outline)
  }

  @Test func aNodeAddedTwiceWithLabelsIsWarnedAbout() throws {
    let result = try board.with([
      "/fragment@0": ["target-path": .string("/")],
      "/fragment@0/__overlay__/x": ["phandle": .cell(1)],
      "/fragment@1": ["target-path": .string("/")],
      "/fragment@1/__overlay__/x": ["phandle": .cell(2)],
    ])
    #expect(result.tree.line("/x") == "/x phandle=00000009")
    #expect(
      DiagnosticPrinter().text(result.warnings) == """
        o.dtbo:/fragment@1/__overlay__/x: warning: fragment@1 gives /x the phandle 0x9 in place of 0x8, which an earlier fragment \
        gave it: references to that find no node any more [overlay-phandle]

        """)
  }
}
