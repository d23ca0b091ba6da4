// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `grove overlay` as a person or a build script uses it.
@Suite(.enabled(if: Real.isPrepared)) struct OverlayTests {
  private static let samples =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path + "/Overlays"

  private func chain() throws -> Workspace {
    let work = try Workspace()
    for name in ["base.dtb", "1.dtbo", "2.dtbo", "3.dtbo"] { try work.copy(Self.samples + "/chain/" + name, as: name) }
    return work
  }

  @Test func overlaysAreAppliedInOrder() throws {
    let work = try chain()
    let result = try grove("overlay", "base.dtb", "1.dtbo", "2.dtbo", "3.dtbo", "-o", "out.dtb", in: work.folder)
    #expect(result.status == 0)
    #expect(result.output == "" && result.error == "")
    let read = try run("/usr/bin/env", ["fdtget", work.path("out.dtb"), "/hub/port@1/camera", "size"])
    #expect(read.output == "an end of two names\n")
  }

  @Test func standardInputAndOutputAreFiles() throws {
    let work = try chain()
    let base = try work.read("base.dtb")
    let piped = try run(
      "/bin/sh", ["-c", "\"$0\" overlay - 1.dtbo > piped.dtb", Real.grove], in: work.folder, input: base)
    let named = try grove("overlay", "base.dtb", "1.dtbo", "--output", "named.dtb", in: work.folder)
    #expect(piped.status == 0 && named.status == 0)
    #expect(try work.read("piped.dtb") == work.read("named.dtb"))
  }

  @Test func whatCannotBeAppliedIsToldAndNothingIsWritten() throws {
    let work = try chain()
    try work.write("out.dtb", "old")
    let result = try grove("overlay", "base.dtb", "2.dtbo", "3.dtbo", "-o", "out.dtb", in: work.folder)
    #expect(result.status == 1)
    #expect(result.output == "")
    #expect(
      result.error == """
        2.dtbo:/fragment@0:target: error: fragment@0 refers to the label 'port', which base.dtb does not define [overlay-label]
        2.dtbo:/fragment@0/__overlay__:back: note: fragment@0 refers to it as well

        """)
    #expect(try work.read("out.dtb") == Array("old".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: work.folder).count == 5)
  }

  @Test(arguments: ["order", "phandles", "targets", "chain"])
  func sourcesGiveTheSameBytes(_ sample: String) throws {
    let work = try Workspace()
    let folder = Self.samples + "/" + sample
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    for (form, base, ending) in [("blobs", "base.dtb", ".dtbo"), ("sources", "base.dts", ".dts")] {
      let overlays = files.filter { $0.hasSuffix(ending) && !$0.hasPrefix("base") }.sorted()
      let result = try run(Real.grove, ["overlay", "-o", work.path(form), base] + overlays, in: folder)
      #expect(result.status == 0, "\(result.error)")
    }
    #expect(try work.read("blobs") == work.read("sources"))
  }

  @Test func aMessageAboutASourceShowsTheLine() throws {
    let work = try chain()
    try work.write("o.dts", "/dts-v1/;\n/plugin/;\n&hub {\n\tok;\n};\n&hob {\n\tlink = <&port>;\n};\n")
    let result = try grove("overlay", "base.dtb", "1.dtbo", "o.dts", in: work.folder)
    #expect(result.status == 1)
    #expect(
      result.error == """
        o.dts:6:1: error: fragment@1 refers to the label 'hob', which neither base.dtb nor an earlier overlay defines [overlay-label]
            6 | &hob {
              | ^~~~
          hint: did you mean 'hub'?

        """)
  }

  @Test func everyFileThatCannotBeReadIsNamed() throws {
    let work = try chain()
    try work.write("empty.dtbo", "")
    let result = try grove("overlay", "no.dtb", "empty.dtbo", "1.dtbo", in: work.folder)
    #expect(result.status == 1)
    #expect(
      result.error == """
        no.dtb: error: the device tree no.dtb does not exist [file-missing]
        empty.dtbo: error: the file is empty [tree-format]

        """)
  }

  @Test(arguments: [
    ["overlay"], ["overlay", "base.dtb"], ["overlay", "-", "-"], ["overlay", "a", "b", "--out", "c"],
  ])
  func wrongUsageLeavesWithTwo(_ arguments: [String]) throws {
    let result = try run(Real.grove, arguments)
    #expect(result.status == 2)
    #expect(result.output == "")
  }

  @Test func anOutputThatCannotBeWrittenIsToldWithTheReason() throws {
    let work = try chain()
    for (output, reason) in [
      ("no/out.dtb", "No such file or directory"), (".", "it is a directory"),
      ("/dev/full", "No space left on device"), ("", "that is no file name"),
    ] {
      let result = try grove("overlay", "base.dtb", "1.dtbo", "-o", output, in: work.folder)
      #expect(result.status == 1, "\(output)")
      #expect(
        result.error.hasSuffix("error: \(output) cannot be written: \(reason) [file-output]\n"), "\(result.error)")
    }
    #expect(try grove("overlay", "base.dtb", "1.dtbo", "-o", "/dev/null", in: work.folder).status == 0)
  }

  @Test func anOutputThatIsReplacedKeepsItsLinkAndPermissions() throws {
    let work = try chain()
    try work.write("target.dtb", "old")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: work.path("target.dtb"))
    try FileManager.default.createSymbolicLink(atPath: work.path("link.dtb"), withDestinationPath: "target.dtb")
    #expect(try grove("overlay", "base.dtb", "1.dtbo", "-o", "link.dtb", in: work.folder).status == 0)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: work.path("link.dtb")) == "target.dtb")
    #expect(try work.read("target.dtb").starts(with: [0xD0, 0x0D, 0xFE, 0xED]))
    let attributes = try FileManager.default.attributesOfItem(atPath: work.path("target.dtb"))
    #expect(attributes[.posixPermissions] as? Int == 0o640)
  }
}
