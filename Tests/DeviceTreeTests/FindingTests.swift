// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Testing

@Suite struct FindingTests {
  private var tree = DeviceTree()
  private let uart: DeviceTree.NodeID

  init() {
    let soc = tree.addChild("soc", to: tree.root)
    uart = tree.addChild("serial@0", to: soc)
    tree[uart].labels = ["uart"]
    let aliases = tree.addChild("aliases", to: tree.root)
    tree.set("serial0", .string("/soc/serial@0"), on: aliases)
    tree.set("soc", .string("/soc"), on: aliases)
    tree.set("wrong", .string("/nowhere"), on: aliases)
    tree.set("number", .cell(1), on: aliases)
  }

  @Test(arguments: ["/soc/serial@0", "serial0", "serial0:115200n8", "soc/serial@0", "/soc/serial@0:115200"])
  func byPathOrAlias(_ name: String) {
    #expect(tree.node(atPathOrAlias: name) == uart)
  }

  @Test(arguments: ["", ":", "serial1", "wrong", "number", "soc/nothing", "/soc/serial", "serial@0"])
  func whatNamesNothing(_ name: String) {
    #expect(tree.node(atPathOrAlias: name) == nil)
  }

  @Test func theRoot() {
    #expect(tree.node(atPathOrAlias: "/") == tree.root)
  }

  @Test func byLabel() {
    #expect(tree.node(labelled: "uart") == uart)
    #expect(tree.node(labelled: "uart0") == nil)
    #expect(tree.labelIndex() == ["uart": uart])
    #expect(tree.node(for: .path("uart")) == uart)
    #expect(tree.node(for: .path("uart/x")) == nil)
  }

  @Test func symbolsBecomeLabels() {
    var tree = tree
    let symbols = tree.addChild("__symbols__", to: tree.root)
    tree.set("uart", .string("/soc/serial@0"), on: symbols)
    tree.set("console", .string("/soc/serial@0"), on: symbols)
    tree.set("gone", .string("/gone"), on: symbols)
    tree.adoptSymbols()
    #expect(tree[uart].labels == ["console", "uart"])
  }
}
