// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Testing
import TreeChecks

/// Trees that were read from blobs, which know neither lines nor references.
@Suite struct BlobTests {
  private func judge(_ body: String) throws -> CheckResult {
    var tree = parse(name: "blob", bytes: Array("/dts-v1/; / { \(body) };".utf8), resolvingReferences: true).tree
    tree = try DeviceTree(blob: tree.blob())
    return runChecks(&tree, options: CheckOptions(origin: .blob))
  }

  @Test func aMessageWithoutPlaceNamesTheOutput() throws {
    let result = try judge("model = <1>;")
    #expect(result.dtcText() == "<stdout>: Warning (model_is_string): /:model: property is not a string\n")
    #expect(
      result.dtcText(output: "out.dtb") == "out.dtb: Warning (model_is_string): /:model: property is not a string\n")
  }

  @Test func aNumberMayHaveBeenAReference() throws {
    #expect(try judge("a { phandle = <1>; #clock-cells = <0>; }; b { clocks = <1>; };").dtcText() == "")
  }

  @Test func anOverlayIsKnownByItsFixups() throws {
    let plain = "aliases { a = \"/nowhere\"; }; b { clocks = <0xffffffff 5>; };"
    #expect(try judge(plain).findings.map(\.check) == ["clocks_property", "alias_paths"])
    #expect(try judge(plain + "__fixups__ { };").findings.isEmpty)
    #expect(try judge(plain + "__local_fixups__ { };").findings.isEmpty)
  }
}
