// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Testing

/// Order and survival of nodes and properties: the same as dtc's, because the bytes of the blob depend on it.
@Suite struct MergeTests {
  @Test func laterBlocksMergeIntoEarlierOnes() {
    let tree = read("/ { a = <1>; b = <2>; n { x; }; m { }; }; / { b = <3>; c; n { y; }; o { }; };")
    #expect(
      tree.outline == """
        / {
         a = <0x01>;
         b = <0x03>;
         c;
         n {
          x;
          y;
         };
         m {
         };
         o {
         };
        };
        """)
  }

  @Test func aNodeIsExtendedByLabelAndByPath() {
    let tree = read("/ { n { l: m { }; }; }; &l { x; }; k: &{/n/m} { y; }; &{k/} { z; }; &{/} { r; };")
    #expect(tree.outline == "/ {\n r;\n n {\n  k: l: m {\n   x;\n   y;\n   z;\n  };\n };\n};")
  }

  @Test func whatIsDefinedAgainAfterDeletionKeepsItsPlace() {
    let tree = read(
      """
      / { p; q; a { x; c { }; }; b { }; };
      / { /delete-property/ p; /delete-node/ a; };
      / { p = <1>; a { y; }; };
      """)
    #expect(tree.outline == "/ {\n p = <0x01>;\n q;\n a {\n  y;\n };\n b {\n };\n};")
  }

  @Test func aDeletionInANewNodeHoldsThePlaceForLater() {
    let tree = read("/ { /delete-property/ p; q; /delete-node/ z; a { }; }; / { p; z { }; };")
    #expect(tree.outline == "/ {\n p;\n q;\n z {\n };\n a {\n };\n};")
  }

  @Test func aPropertyOfTheSameBlockSurvivesItsDeletion() {
    let tree = read("/ { p; /delete-property/ p; q; };")
    #expect(tree.outline == "/ {\n p;\n q;\n};")
  }

  @Test func deletionByReference() {
    let tree = read("/ { n { a: x { }; b: y { }; }; }; /delete-node/ &a; /delete-node/ &{/n/y};")
    #expect(tree.outline == "/ {\n n {\n };\n};")
  }

  @Test func aDeletedNodeTakesItsLabelsAlong() {
    #expect(
      messages("/dts-v1/;\n/ { n { a: x { }; }; };\n/delete-node/ &{/n};\n&a { };\n") == """
        t.dts:4:1: error: no node has the label 'a' up to here [dts-unknown-label]
            4 | &a { };
              | ^~

        """)
  }

  @Test func labelsOfBothBlocksStay() {
    let tree = read("/ { a: n { p: x; }; }; / { b: n { q: x; }; };")
    #expect(tree.outline == "/ {\n b: a: n {\n  q: p: x;\n };\n};")
  }

  @Test func manyPropertiesAreFoundAgain() {
    let many = (0..<100).map { "p\($0) = <\($0)>;" }.joined()
    let tree = read("/ { \(many) }; / { p99 = <1>; p0 = <2>; extra; /delete-property/ p50; }; / { p50; };")
    #expect(tree[tree.root].properties.count == 101)
    #expect(tree[tree.root].properties[99].value.cell == 1)
    #expect(tree[tree.root].properties[0].value.cell == 2)
    #expect(tree[tree.root].properties[50].value.isEmpty)
  }

  @Test func manyChildrenAreFoundAgain() {
    let many = (0..<100).map { "n\($0) { };" }.joined()
    let tree = read("/ { \(many) }; / { n7 { x; }; /delete-node/ n8; };")
    #expect(tree.children(of: tree.root).count { _ in true } == 99)
    #expect(tree.node(at: "/n7").flatMap { tree[$0]["x"] } != nil)
  }

  @Test func aNodeMarkedForOmissionGoesUnlessSomethingRefersToIt() {
    let tree = read(
      "/ { r = <&b>; /omit-if-no-ref/ a: a { in { }; }; /omit-if-no-ref/ b: b { }; c: c { }; }; /omit-if-no-ref/ &c;",
      resolving: true)
    #expect(tree.outline == "/ {\n r = <0x01>;\n /omit-if-no-ref/ b: b {\n  phandle = <0x01>;\n };\n};")
  }

  @Test func aNameThatRepeatsTheNodesNameIsLeftOut() {
    let tree = read("/ { memory@0 { name = \"memory\"; reg; }; n { name = \"other\"; }; };")
    #expect(tree.outline == "/ {\n memory@0 {\n  reg;\n };\n n {\n  name = \"other\";\n };\n};")
  }

  @Test func theBootCPUIsTheFirstOne() {
    #expect(read("/ { cpus { cpu@100 { reg = <0x100>; }; cpu@0 { reg = <0>; }; }; };").bootCPU == 0x100)
    #expect(read("/ { cpus { cpu@0 { reg = <0 1>; }; }; };").bootCPU == 0)
    #expect(read("/ { };").bootCPU == 0)
  }

  @Test func reservationsStandInFrontOfTheTree() {
    let tree = read("/memreserve/ 0x1000 0x2000; l: /memreserve/ (1 << 32) 4096; / { };")
    #expect(
      tree.reservations == [
        .init(address: 0x1000, size: 0x2000), .init(address: 0x1_0000_0000, size: 4096, labels: ["l"]),
      ])
  }
}
