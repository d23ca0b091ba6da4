// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// `grove dts` as a person or a build script uses it.
@Suite(.enabled(if: Real.isPrepared)) struct DTSCommandTests {
  private static let source = """
    /dts-v1/;
    #include <numbers.h>
    #include "part.dtsi"
    / { l: n { p = <ONE &l>; }; };

    """

  private func workspace() throws -> Workspace {
    let work = try Workspace()
    for folder in ["board", "include"] {
      try FileManager.default.createDirectory(atPath: work.path(folder), withIntermediateDirectories: true)
    }
    try work.write("board/board.dts", Self.source)
    try work.write("board/part.dtsi", "/ { part; };\n")
    try work.write("include/numbers.h", "#define ONE 1\n")
    return work
  }

  @Test func headersAreFoundInTheFoldersOfI() throws {
    let work = try workspace()
    for arguments in [["-I", "include"], ["-Iinclude"], ["-I", work.path("include")]] {
      let result = try run(
        Real.grove, ["dts", "compile", "board/board.dts", "-o", "out.dtb"] + arguments, in: work.folder)
      #expect(result.status == 0 && result.error == "")
      let read = try run("/usr/bin/env", ["fdtget", work.path("out.dtb"), "/n", "p"])
      #expect(read.output == "1 1\n")
    }
  }

  @Test func aHeaderThatIsNowhereIsAnErrorWithItsLine() throws {
    let work = try workspace()
    let result = try grove("dts", "compile", "board/board.dts", in: work.folder)
    #expect(result.status == 1 && result.output == "")
    #expect(
      result.error.hasPrefix(
        """
        board/board.dts:2:1: error: the included file numbers.h does not exist [dts-file]
            2 | #include <numbers.h>
              | ^~~~~~~~~~~~~~~~~~~~
          hint: a name in <> is looked for in the folders of -I only, and there are none

        """), "\(result.error)")
  }

  @Test func jsonComesFromSourcesAndFromBlobs() throws {
    let work = try workspace()
    let compiled = try grove(
      "dts", "compile", "board/board.dts", "-Iinclude", "--format", "json", in: work.folder)
    #expect(compiled.status == 0)
    let node = """
      {"name": "n", "labels": ["l"], "properties": [
           {"name": "p", "value": [{"cells": [1, 1]}], "marks": [{"offset": 4, "phandle": "&l"}]},
           {"name": "phandle", "value": [{"cells": [1]}]}
          ], "nodes": []}
      """
    #expect(compiled.output.contains(node), "\(compiled.output)")
    _ = try grove("dts", "compile", "board/board.dts", "-Iinclude", "-@", "-o", "out.dtb", in: work.folder)
    let decompiled = try grove("dts", "decompile", "out.dtb", "--format", "json", in: work.folder)
    #expect(decompiled.status == 0)
    #expect(decompiled.output.contains("\"version\": 17,"))
    #expect(decompiled.output.contains("{\"name\": \"n\", \"labels\": [\"l\"], "))
    #expect(try JSONSerialization.jsonObject(with: Data(decompiled.output.utf8)) is [String: Any])
  }

  @Test func aSystemMayIncludeHeaders() throws {
    let work = try TwoGuests.workspace()
    try FileManager.default.createDirectory(atPath: work.path("include"), withIntermediateDirectories: true)
    try work.write("include/names.h", "#define MODEL \"included\"\n")
    try work.write("host.dts", "/dts-v1/;\n#include <names.h>\n/ { model = MODEL; };\n")
    let result = try grove("check", "host.dts", "-I", "include", in: work.folder)
    #expect(result.status == 0, "\(result.output)\(result.error)")
  }
}
