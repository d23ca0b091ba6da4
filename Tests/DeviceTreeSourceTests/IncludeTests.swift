// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Testing

@Suite struct IncludeTests {
  /// A reader of files that are only here.
  private func files(_ files: [String: String]) -> FileReader {
    { (request: FileRequest) throws(FileRefusal) -> SourceText in
      guard let text = files[request.name] else {
        throw FileRefusal(message: "'\(request.name)' is not there", hint: "asked for by \(request.from)")
      }
      var bytes = Array(text.utf8)
      if case .binary(let offset, let length) = request.kind {
        bytes = Array(bytes.dropFirst(Int(offset)).prefix(length.map { Int($0) } ?? .max))
      }
      return SourceText(name: "dir/" + request.name, bytes: bytes)
    }
  }

  @Test func filesAreIncludedBetweenAnyTokens() {
    let source = "/dts-v1/;\n/include/ \"first\"\n/ { /include/ \"body\" q = </include/ \"cells\" 9>; };\n"
    let parsed = parse(
      name: "t.dts", bytes: Array(source.utf8),
      readFile: files([
        "first": "/ { f; };\n", "body": "p = <1>;", "cells": "7 /include/ \"more\"", "more": "8",
      ]))
    #expect(parsed.diagnostics.isEmpty)
    #expect(parsed.tree.outline == "/ {\n f;\n p = <0x01>;\n q = <0x07 0x08 0x09>;\n};")
    #expect(parsed.tree[parsed.tree.root].properties[1].location?.file == "dir/body")
  }

  @Test func bytesOfAFile() {
    let source =
      "/dts-v1/; / { a = /incbin/(\"f\"); b = [00], /incbin/(\"f\", 2, 3), <1>; c = /incbin/(\"f\", (1 + 2), 1); };"
    let parsed = parse(name: "t.dts", bytes: Array(source.utf8), readFile: files(["f": "012345"]))
    #expect(parsed.diagnostics.isEmpty)
    #expect(parsed.tree.value("a") == Array("012345".utf8))
    #expect(parsed.tree.value("b") == [0] + Array("234".utf8) + [0, 0, 0, 1])
    #expect(parsed.tree.value("c") == Array("3".utf8))
  }

  @Test func messagesInAnIncludedFileShowTheWayThere() {
    let text = messages(
      "/dts-v1/;\n/ {\n/include/ \"a\"\n};\n",
      readFile: files(["a": "x;\n/include/ \"b\"\n", "b": "p = <oops>;\n"]))
    #expect(
      text == """
        dir/b:1:6: error: expected a number, a reference or '>', found 'oops' [dts-syntax]
            1 | p = <oops>;
              |      ^~~~
        dir/a:2:1: note: included from here
            2 | /include/ "b"
              | ^~~~~~~~~~~~~
        t.dts:3:1: note: included from here
            3 | /include/ "a"
              | ^~~~~~~~~~~~~
          hint: macros are replaced by the C preprocessor, which has not been run on the source

        """)
  }

  @Test func aFileThatIsNotThere() {
    #expect(
      messages("/dts-v1/;\n/include/ \"nope\"\n/ { };\n", readFile: files([:])) == """
        t.dts:2:1: error: 'nope' is not there [dts-file]
            2 | /include/ "nope"
              | ^~~~~~~~~~~~~~~~
          hint: asked for by t.dts

        """)
  }

  @Test func byDefaultNoFileIsRead() {
    #expect(
      messages("/dts-v1/;\n/ { a = /incbin/(\"/etc/passwd\"); };\n") == """
        t.dts:2:9: error: '/etc/passwd' cannot be read: files are not read here [dts-file]
            2 | / { a = /incbin/("/etc/passwd"); };
              |         ^~~~~~~~~~~~~~~~~~~~~~~

        """)
  }

  @Test func aFileThatIncludesItselfEnds() {
    let text = messages(
      "/dts-v1/;\n/include/ \"loop\"\n/ { };\n", readFile: files(["loop": "/include/ \"loop\"\n"]))
    #expect(
      text.hasPrefix(
        """
        dir/loop:1:1: error: files are included at most 64 deep [dts-limit]
            1 | /include/ "loop"
              | ^~~~~~~~~~~~~~~~
        dir/loop:1:1: note: included from here
        """))
    #expect(text.hasSuffix("  hint: does a file include itself?\n"))
  }

  @Test func filesThatDoubleEachTimeEnd() {
    let twice = "/include/ \"f\" /include/ \"f\" "
    let parsed = parse(
      name: "t.dts", bytes: Array("/dts-v1/; /include/ \"f\" / { };".utf8), readFile: files(["f": twice]))
    #expect(parsed.diagnostics.last?.message == "more than 100 errors: reading stops here")
  }

  @Test func whereAFileMayBe() {
    func candidates(_ name: String, _ from: String, _ kind: FileRequest.Kind) -> [String] {
      FileRequest(name: name, from: from, kind: kind).candidates(in: ["a", "b"])
    }
    #expect(candidates("f", "dir/t.dts", .source) == ["dir/f", "a/f", "b/f"])
    #expect(candidates("f", "t.dts", .header(isSystem: false)) == ["f", "a/f", "b/f"])
    #expect(candidates("f", "dir/t.dts", .header(isSystem: true)) == ["a/f", "b/f"])
    #expect(candidates("/f", "dir/t.dts", .source) == ["/f"])
  }

  @Test func lineMarkersSayWhereTextComesFrom() {
    let source = """
      # 1 "board.dts"
      /dts-v1/;
      # 1 "soc.dtsi" 1
      / {
      	soc { a = <1>; };
      };
      # 3 "board.dts" 2
      / {
      #line 40
      	wrong wrong;
      };

      """
    #expect(
      messages(source) == """
        board.dts:40:8: error: expected '=', ';' or '{' after 'wrong', found 'wrong' [dts-syntax]
           40 | 	wrong wrong;
              | 	      ^~~~~

        """)
    let tree = parse(name: "t.dts", bytes: Array(source.utf8)).tree
    let soc = tree.node(at: "/soc")
    #expect(
      soc.flatMap { tree[$0].location } == SourceLocation(file: "soc.dtsi", line: 2, column: 2, endColumn: 4))
  }

  @Test func aMarkerMayClaimAnyLine() {
    #expect(
      messages("/dts-v1/;\n# 2000000000 \"far.dts\"\nx;\n") == """
        far.dts:2000000000:1: error: expected '/' or '&label' with a block, found 'x' [dts-syntax]
          hint: nodes and properties stand inside of '/ { … };'

        """)
  }

  @Test func aNameThatBeginsLikeAMarkerIsAName() {
    let tree = read("/ {\n#address-cells = <1>;\n#1 = <2>;\n};")
    #expect(tree[tree.root].properties.map(\.name) == ["#address-cells", "#1"])
  }
}
