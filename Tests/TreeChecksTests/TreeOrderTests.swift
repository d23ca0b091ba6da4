// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing
import TreeChecks

/// The tree that the checks leave behind.
@Suite struct TreeOrderTests {
  private func cell(_ sample: Sample, _ path: String, _ property: String) -> UInt32? {
    sample.tree.node(at: path).flatMap { sample.tree[$0, property]?.cell }
  }

  @Test func referencesBecomePhandlesAndPaths() throws {
    let sample = try Sample.root("x = <&b>, <&a 7>; y = \"in front\", &a; a: a { }; b: b { }; c { phandle = <1>; };")
    #expect(sample.text == "")
    #expect(sample.tree[sample.tree.root, "x"]?.cells == [2, 3, 7])
    #expect(sample.tree[sample.tree.root, "y"]?.strings == ["in front", "/a"])
    #expect(cell(sample, "/b", "phandle") == 2)
    #expect(sample.tree.unresolvedReferences() == [])
    #expect(throws: Never.self) { try sample.tree.blob() }
  }

  @Test(arguments: [
    (CheckOptions.PhandleFormat.epapr, ["phandle"]), (.legacy, ["linux,phandle"]),
    (.both, ["linux,phandle", "phandle"]),
  ])
  func newPhandlesStandWhereTheyAreWanted(_ format: CheckOptions.PhandleFormat, _ names: [String]) throws {
    let sample = try Sample.root("x = <&a>; a: a { };") { $0.phandleFormat = format }
    let node = try #require(sample.tree.node(at: "/a"))
    #expect(sample.tree[node].properties.map(\.name) == names)
    #expect(sample.tree[node].properties.allSatisfy { $0.value.cell == 1 })
  }

  @Test func aNodeMayAskForAPhandleByReferringToItself() throws {
    let sample = try Sample.root("x = <&a>; a: a { phandle = <&a>; };")
    #expect(cell(sample, "/a", "phandle") == 1)
    #expect(sample.tree[sample.tree.root, "x"]?.cells == [1])
  }

  @Test func referencesStayMarkedWhenAskedFor() throws {
    let sample = try Sample.root("x = <&a>, <5>; y = &a, \"z\"; a: a { };") { $0.keepsReferenceMarks = true }
    let x = try #require(sample.tree[sample.tree.root, "x"])
    #expect(x.cells == [1, 5])
    #expect(x.marks.contains(PropertyValue.Mark(offset: 0, .phandle(.label("a")))))
    let y = try #require(sample.tree[sample.tree.root, "y"])
    #expect(y.strings == ["/a", "z"])
    #expect(y.marks.contains(PropertyValue.Mark(offset: 0, .path(.label("a")))))
  }

  @Test func namesThatSayNothingNewGo() throws {
    let sample = try Sample.root("a@1 { x; name = \"a\"; y; reg = <1 1 1>; };") {
      try $0.levels.warn("no-avoid_default_addr_size")
    }
    let node = try #require(sample.tree.node(at: "/a@1"))
    #expect(sample.tree[node].properties.map(\.name) == ["x", "y", "reg"])
    #expect(sample.text == "")
  }

  @Test func unusedNodesGoWithWhatIsInThem() throws {
    let sample = try Sample.fixture("omit_unused_nodes")
    #expect(sample.tree.node(at: "/kept@1") != nil)
    #expect(sample.tree.node(at: "/named@4") != nil)
    #expect(sample.tree.node(at: "/unused@2") == nil)
  }

  @Test func aNodeThatHasGoneKeepsItsPathInMessages() throws {
    let sample = try Sample.root("/omit-if-no-ref/ a@@1 { };") {
      try $0.levels.fail("no-node_name_format")
      try $0.levels.warn("node_name_format")
    }
    #expect(sample.findings.first == "node_name_format: /a@@1: multiple '@' characters in node name")
    #expect(sample.tree.node(at: "/a@@1") == nil)
  }

  @Test func atAnErrorTheRunEnds() throws {
    let sample = try Sample.fixture("error_stops")
    #expect(sample.result.hasErrors)
    #expect(sample.result.findings.map(\.check) == ["phandle_references"])
  }

  @Test func theVerdictIsDtcs() throws {
    let failed = CheckResult(findings: [], hasErrors: true)
    #expect(!failed.dtcVerdict(force: false).goesOn)
    #expect(
      failed.dtcVerdict(force: false, quiet: 3).text
        == "ERROR: Input tree has errors, aborting (use -f to force output)\n")
    #expect(failed.dtcVerdict(force: true).goesOn)
    #expect(failed.dtcVerdict(force: true, quiet: 2).text == "Warning: Input tree has errors, output forced\n")
    #expect(failed.dtcVerdict(force: true, quiet: 3).text == "")
    #expect(CheckResult(findings: [], hasErrors: false).dtcVerdict(force: false) == (true, ""))
  }

  @Test func quietLeavesOutWarningsThenErrors() throws {
    let warning = try Sample.root("model = <1>;").result
    #expect(warning.dtcText() == "test.dts:1.15-27: Warning (model_is_string): /:model: property is not a string\n")
    #expect(warning.dtcText(quiet: 1) == "")
    let error = try Sample.root("a = <&b>;").result
    #expect(error.dtcText(quiet: 1) != "")
    #expect(error.dtcText(quiet: 2) == "")
  }
}
