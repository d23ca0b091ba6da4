// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Testing

/// Sources put on top of a tree, as a system description is put on top of its host's tree.
@Suite struct BaseTreeTests {
  /// A host tree as a blob gives it: no labels but those in `__symbols__`, phandles as numbers.
  private var host: DeviceTree {
    get throws {
      var tree = try DeviceTree(
        blob: read(
          """
          / {
            aliases { serial0 = "/soc/serial@0"; };
            cpus { cpu@1 { reg = <1>; }; };
            soc { serial@0 { phandle = <3>; status = "okay"; }; };
            __symbols__ { uart = "/soc/serial@0"; };
          };
          """
        ).blob())
      tree.adoptSymbols()
      return tree
    }
  }

  @Test func rootBlocksMergeIntoTheHost() throws {
    let tree = read(
      "/ { chosen { domU1 { }; }; soc { serial@0 { status = \"disabled\"; }; }; };", into: try host)
    #expect(tree.node(at: "/chosen/domU1") != nil)
    #expect(tree.node(at: "/soc/serial@0").flatMap { tree[$0, "status"]?.string } == "disabled")
    #expect(tree.node(at: "/soc/serial@0").flatMap { tree[$0, "phandle"]?.cell } == 3)
    #expect(tree.bootCPU == 1)
  }

  @Test func symbolsOfTheHostAreLabels() throws {
    let tree = read(
      "&uart { xen,passthrough; }; / { chosen { dev = <&uart &new>; path = &uart; }; new: n { }; };",
      into: try host,
      resolving: true)
    let chosen = try #require(tree.node(at: "/chosen"))
    #expect(tree[chosen, "dev"]?.cells == [3, 1])
    #expect(tree[chosen, "path"]?.string == "/soc/serial@0")
    #expect(tree.node(at: "/soc/serial@0").flatMap { tree[$0, "xen,passthrough"] } == .empty)
  }

  @Test func deletingAtTheFirstLevelOfTheHostIsNoError() throws {
    let tree = read("/ { /delete-node/ soc; };", into: try host)
    #expect(tree.node(at: "/soc") == nil)
  }

  @Test func sourcesFollowOneAnother() {
    let tree = read(
      "/ { a: n { x = <1>; r = <&b>; }; };", "&a { x = <2>; }; / { b: m { }; };", resolving: true)
    #expect(
      tree.outline == "/ {\n a: n {\n  x = <0x02>;\n  r = <0x01>;\n };\n b: m {\n  phandle = <0x01>;\n };\n};"
    )
  }

  @Test func messagesNameTheSourceTheyAreAbout() {
    let first = SourceText(name: "host.dts", bytes: Array("/dts-v1/;\n/ { l: a { }; };\n".utf8))
    let second = SourceText(
      name: "system.dts", bytes: Array("/dts-v1/;\n/ { l: b { }; c { r = <&m>; }; };\n".utf8))
    let parsed = parse([first, second])
    #expect(
      DiagnosticPrinter(sources: parsed.sources).text(parsed.diagnostics) == """
        system.dts:2:5: error: label 'l' is there twice [dts-duplicate-label]
            2 | / { l: b { }; c { r = <&m>; }; };
              |     ^~
        host.dts:2:5: note: the first one, of '/a'
            2 | / { l: a { }; };
              |     ^~
        system.dts:2:24: error: no node has the label 'm' [dts-unknown-label]
            2 | / { l: b { }; c { r = <&m>; }; };
              |                        ^~
          hint: did you mean '&l'?

        """)
  }

  @Test func aPhandleOfTheHostCannotBeTakenAgain() throws {
    let parsed = parse(
      name: "system.dts", bytes: Array("/dts-v1/;\n/ { n { phandle = <3>; }; };\n".utf8), into: try host)
    #expect(
      DiagnosticPrinter(sources: parsed.sources).text(parsed.diagnostics) == """
        system.dts:2:9: error: phandle 0x3 belongs to '/soc/serial@0' already [dts-phandle]
            2 | / { n { phandle = <3>; }; };
              |         ^~~~~~~~~~~~~~
        /soc/serial@0:phandle: note: the first one

        """)
  }

  @Test func locationsOfNewThingsAreKnown() throws {
    let tree = read("/ {\n  chosen {\n    x =\n      <1>;\n  };\n};", into: try host)
    let chosen = try #require(tree.node(at: "/chosen"))
    #expect(tree[chosen].location == SourceLocation(file: "t0.dts", line: 3, column: 3, endColumn: 8))
    #expect(
      tree[chosen].properties.first?.location
        == SourceLocation(file: "t0.dts", line: 4, column: 5, endLine: 5, endColumn: 10))
    #expect(tree.place(of: chosen, property: "x").description == "t0.dts:4:5")
    #expect(tree.node(at: "/soc").flatMap { tree[$0].location } == nil)
  }
}
