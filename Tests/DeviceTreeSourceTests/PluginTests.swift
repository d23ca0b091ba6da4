// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing

@testable import DeviceTreeSource

/// Overlays: what becomes of blocks for nodes of a tree that is not here.
@Suite struct PluginTests {
  private func outline(_ source: String) -> String {
    let tree = read("/plugin/; " + source)
    #expect(tree.isPlugin)
    return tree.sourceText().split(separator: "\n").dropFirst(2)
      .map { $0.replacing("\t", with: " ") }.joined(separator: "\n")
  }

  private func said(_ source: String) -> [String] {
    parse(name: "t.dts", bytes: Array("/dts-v1/;\n/plugin/;\n\(source)\n".utf8)).diagnostics
      .map { "\($0.place): \($0.message)" }
  }

  @Test func blocksBecomeFragmentsInTheirOrder() {
    #expect(
      outline("&foo { a; }; / { m; }; &{/x/y} { b; c { }; }; &foo { };") == """
        / {
         m;
         fragment@0 {
          target = <&foo>;
          __overlay__ {
           a;
          };
         };
         fragment@1 {
          target-path = "/x/y";
          __overlay__ {
           b;
           c {
           };
          };
         };
         fragment@2 {
          target = <&foo>;
          __overlay__ {
          };
         };
        };
        """)
  }

  @Test func aLabelOfTheOverlayNamesItsOwnNode() {
    #expect(
      outline("&foo { l: n { }; }; &l { x; }; / { k: m { }; }; two: &k { y; };")
        == """
        / {
         fragment@0 {
          target = <&foo>;
          __overlay__ {
           l: n {
            x;
           };
          };
         };
         two: k: m {
          y;
         };
        };
        """)
  }

  @Test func aPathAlwaysNamesTheOtherTree() {
    #expect(
      outline("/ { n { }; }; &{/n} { x; };").hasSuffix(
        "fragment@0 {\n  target-path = \"/n\";\n  __overlay__ {\n   x;\n  };\n };\n};"))
  }

  @Test func labelsOfTheOtherTreeStayOpen() {
    let source = "/dts-v1/; /plugin/; / { l: n { a = <&l &far 7>, &l, <&far>; }; };"
    var tree = parse(name: "t.dts", bytes: Array(source.utf8)).tree
    let open = tree.resolveReferences(keepingReferences: true)
    #expect(open.map(\.reference) == [.label("far"), .label("far")])
    #expect(open.map(\.isPath) == [false, false])
    let value = tree.node(at: "/n").flatMap { tree[$0, "a"] }
    #expect(value?.bytes[..<4] == [0, 0, 0, 1])
    #expect(value?.bytes[4..<8] == [0xFF, 0xFF, 0xFF, 0xFF])
    let marks = value?.marks.filter {
      if case .form = $0.kind { false } else { true }
    }
    #expect(
      marks == [
        PropertyValue.Mark(offset: 0, .phandleOf(.label("l"))), PropertyValue.Mark(offset: 4, .phandle(.label("far"))),
        PropertyValue.Mark(offset: 15, .phandle(.label("far"))),
      ])
    #expect(value?.sourceText() == "<&l &far 0x07>, \"/n\", <&far>")
  }

  @Test func pathsOfTheOtherTreeCannotStayOpen() {
    #expect(
      said("&foo {\na = <&{/x}>;\nb = &bar;\n};") == [
        "t.dts:4:6: there is no node at '/x'", "t.dts:5:5: no node has the label 'bar'",
      ])
  }

  @Test func aReferenceCannotStartAtALabel() {
    #expect(
      said("&{foo/bar} { };") == [
        "t.dts:3:1: in an overlay a reference cannot start at a label, as '&{foo/bar}' does"
      ])
  }

  @Test func aBlockWithLabelsNeedsItsNode() {
    #expect(said("/ { };\nlab: &foo { };") == ["t.dts:4:6: no node has the label 'foo' up to here"])
  }

  @Test func aFragmentOfThatNameIsThereAlready() {
    #expect(
      said("/ { fragment@0 { }; };\n&foo { };") == [
        "t.dts:4:1: the node for this block would be '/fragment@0', which is there already"
      ])
  }

  @Test func deletionsNameNodesOfTheOverlay() {
    #expect(said("/ { l: n { }; };\n/delete-node/ &l;\n/delete-node/ &foo;").count == 1)
  }

  @Test func theWordStandsAtTheBeginning() {
    #expect(
      messages("/dts-v1/;\n/ { };\n/plugin/;\n") == """
        t.dts:3:1: error: '/plugin/' stands right behind '/dts-v1/;' [dts-syntax]
            3 | /plugin/;
              | ^~~~~~~~

        """)
  }

  @Test func anOverlayIsNotReadIntoATree() {
    let parsed = parse([
      SourceText(name: "a.dts", bytes: Array("/dts-v1/; / { };".utf8)),
      SourceText(name: "b.dts", bytes: Array("/dts-v1/;\n/plugin/;\n&foo { };".utf8)),
    ])
    #expect(
      parsed.diagnostics.first?.message == "an overlay is a tree of its own and cannot be read into another one")
    #expect(!parsed.tree.isPlugin)
  }
}
