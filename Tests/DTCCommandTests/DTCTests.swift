// SPDX-License-Identifier: Apache-2.0
import DeviceTreeSource
import Glibc
import Testing

@testable import DTCCommand

/// A folder of its own for each test, removed at the end.
final class Workplace {
  let folder: String

  init() {
    var template = Array("/tmp/grove-dtc-XXXXXX".utf8CString)
    folder = unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress, let made = unsafe mkdtemp(start) else { return "" }
      return unsafe String(cString: made)
    }
  }

  deinit {
    for name in ["in.dts", "in.dtsi", "in.bin", "in.dtb", "out.dtb", "out.dts", "out.d"] {
      _ = unsafe unlink("\(folder)/\(name)")
    }
    _ = unsafe rmdir(folder)
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func write(_ name: String, _ text: String) throws {
    try Files.write(Array(text.utf8), to: path(name))
  }

  func read(_ name: String) throws -> String {
    String(decoding: try Files.read(path(name)), as: UTF8.self)
  }

  /// What a source becomes as a source.
  func recompile(_ source: String, _ options: String...) throws -> String {
    try write("in.dts", source)
    #expect(DTC.run(options + ["-q", "-O", "dts", "-o", path("out.dts"), path("in.dts")]) == 0)
    return try read("out.dts")
  }
}

@Suite struct OptionTests {
  @Test func `Short options share a dash and take their argument with or without a blank`() throws {
    let options = try Options(["-qqfi", "a", "-ib", "-Odtb", "-I", "fs", "x"])
    #expect(options.quiet == 2)
    #expect(options.force)
    #expect(options.includeFolders == ["a", "b"])
    #expect(options.outputFormat == .dtb)
    #expect(options.inputFormat == .fs)
    #expect(options.input == "x")
  }

  @Test func `Long options may be cut and stand behind the input`() throws {
    let options = try Options(["x", "--sym", "--out=o", "--out-format", "dts", "--pad", "0x10"])
    #expect(options.symbols)
    #expect(options.output == "o")
    #expect(options.outputFormat == .dts)
    #expect(options.padding == 16)
    #expect(options.input == "x")
  }

  @Test(arguments: [
    (["--out-"], "--out- may be --out-format or --out-version or --out-dependency"), (["-o"], "-o needs an argument"),
    (["--nothing"], "there is no option --nothing"), (["a", "b"], "more than one input file"),
    (["--force=1"], "--force takes no argument"),
  ]) func `A wrong command line is refused with the reason`(_ arguments: [String], _ reason: String) {
    #expect {
      try Options(arguments)
    } throws: {
      if case Refusal.usage(reason) = $0 { true } else { false }
    }
  }

  @Test(arguments: [
    (["-I", "foo"], "Unknown input format \"foo\""), (["-W", "foo"], "Unrecognized check name \"foo\""),
    (["-p", "1", "-S", "1"], "-p and -S exclude each other"),
    (["-a", "3"], "Invalid argument \"3\" to -a option: a power of two is needed"),
    (["-R", "x"], "Invalid argument \"x\" to -R option: a number is needed"),
  ]) func `A wrong argument is refused by name`(_ arguments: [String], _ reason: String) {
    #expect {
      try Options(arguments)
    } throws: {
      if case Refusal.fatal(reason) = $0 { true } else { false }
    }
  }
}

@Suite struct TableTests {
  @Test func `Labels are told in tree order, later ones of a node first`() throws {
    let text = try Workplace().recompile(
      "/dts-v1/; / { a: b: n { c: m { }; }; }; d: &a { };", "-@")
    #expect(text.contains("__symbols__ {\n\t\td = \"/n\";\n\t\ta = \"/n\";\n\t\tb = \"/n\";\n\t\tc = \"/n/m\";\n\t};"))
    #expect(text.contains("d: a: b: n {\n\t\tphandle = <0x01>;"))
  }

  @Test func `A labelled node stays with symbols although nothing refers to it`() throws {
    let source = "/dts-v1/; / { /omit-if-no-ref/ a: n { }; };"
    #expect(try Workplace().recompile(source) == "/dts-v1/;\n\n/ {\n};\n")
    #expect(try Workplace().recompile(source, "-@").contains("a: n {"))
  }

  @Test func `An overlay tells where its phandles stand`() throws {
    let text = try Workplace().recompile("/dts-v1/; /plugin/; &x { p = <1 &y &l>; l: n { }; };")
    #expect(text.contains("x = \"/fragment@0:target:0\";\n\t\ty = \"/fragment@0/__overlay__:p:4\";"))
    #expect(text.contains("__local_fixups__ {\n\n\t\tfragment@0 {\n\n\t\t\t__overlay__ {\n\t\t\t\tp = <0x08>;"))
  }

  @Test func `Fixups are added to those that are there, each once`() throws {
    let text = try Workplace().recompile(
      """
      /dts-v1/; /plugin/;
      / {
        f { r = <&a &x>; a: n { }; };
        __fixups__ { x = "/f:r:4", "/g:q:0"; };
        __local_fixups__ { f { r = <8>; }; };
      };
      """)
    #expect(text.contains("x = \"/f:r:4\", \"/g:q:0\";"))
    #expect(text.contains("__local_fixups__ {\n\n\t\tf {\n\t\t\tr = <0x08>, <0x00>;\n\t\t};"))
  }

  @Test func `Aliases are added to those that are there`() throws {
    let text = try Workplace().recompile("/dts-v1/; / { aliases { s = \"/n\"; }; a: n { }; };", "-A")
    #expect(text.contains("aliases {\n\t\ts = \"/n\";\n\t\ta = \"/n\";\n\t};"))
  }

  @Test func `Sorting puts nodes and properties in order by name`() throws {
    let text = try Workplace().recompile("/dts-v1/; / { b; a; z { }; m { }; };", "-s")
    #expect(text == "/dts-v1/;\n\n/ {\n\ta;\n\tb;\n\n\tm {\n\t};\n\n\tz {\n\t};\n};\n")
  }

  @Test func `A source says where its lines are from`() throws {
    let place = Workplace()
    let text = try place.recompile("/dts-v1/;\n/ { a; };\n", "-TT")
    #expect(
      text
        == "/dts-v1/;\n\n/ { /* \(place.path("in.dts")):2:3-2:10 */\n\ta; /* \(place.path("in.dts")):2:5-2:7 */\n}; /* \(place.path("in.dts")):2:3-2:10 */\n"
    )
  }

  @Test func `References and labels come back from a blob`() throws {
    let place = Workplace()
    try place.write("in.dts", "/dts-v1/; /plugin/; &x { p = <1 &y &l>; l: n { }; };")
    #expect(DTC.run(["-@", "-o", place.path("out.dtb"), place.path("in.dts")]) == 0)
    #expect(DTC.run(["-q", "-o", place.path("out.dts"), place.path("out.dtb")]) == 0)
    let text = try place.read("out.dts")
    #expect(text.hasPrefix("/dts-v1/;\n/plugin/;\n"))
    #expect(text.contains("target = <&x>;"))
    #expect(text.contains("p = <0x01>, <&y>, <&l>;"))
    #expect(text.contains("l: n {"))
  }
}

@Suite struct RunTests {
  @Test func `The exit status tells input that cannot be read from a tree with errors`() throws {
    let place = Workplace()
    #expect(DTC.run([place.path("in.dts")]) == 1)
    try place.write("in.dts", "/dts-v1/; / { a = <1> };")
    #expect(DTC.run(["-o", place.path("out.dtb"), place.path("in.dts")]) == 1)
    try place.write("in.dts", "/dts-v1/; / { a = <&b>; };")
    #expect(DTC.run(["-qqq", "-o", place.path("out.dtb"), place.path("in.dts")]) == 2)
    #expect(Files.kind(place.path("out.dtb")) == nil)
    #expect(DTC.run(["-qqq", "-f", "-o", place.path("out.dtb"), place.path("in.dts")]) == 0)
    // The reference to nothing is the phandle that no node can have.
    #expect(
      try Files.read(place.path("out.dtb")).suffix(14) == [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 2, 0, 0, 0, 9, 0x61, 0])
  }

  @Test func `Everything that was read is named for make`() throws {
    let place = Workplace()
    try place.write("in.bin", "x")
    try place.write("in.dtsi", "a = /incbin/(\"in.bin\");")
    try place.write("in.dts", "/dts-v1/; / { /include/ \"in.dtsi\"\n};")
    #expect(DTC.run(["-d", place.path("out.d"), "-o", place.path("out.dtb"), place.path("in.dts")]) == 0)
    #expect(
      try place.read("out.d")
        == "\(place.path("out.dtb")): \(place.path("in.dts")) \(place.path("in.dtsi")) \(place.path("in.bin"))\n")
    #expect(DependencyFile.text(output: "a b", inputs: ["c d"]) == "a\\ b: c\\ d\n")
  }

  /// As dtc does: whoever runs it on a stranger's source gives it a place of its own.
  @Test func `Any file that a source names is read, as dtc reads it`() throws {
    let place = Workplace()
    try place.write("in.bin", "xyz")
    for name in [place.path("in.bin"), "../\(place.folder.split(separator: "/").last ?? "")/in.bin"] {
      let text = try place.recompile("/dts-v1/; / { a = /incbin/(\"\(name)\", 1, 1); };")
      #expect(text.contains("a = [79];"))
    }
  }

  /// As dtc 1.8 names them: from the folder of the first marker's file, else from that of the source.
  @Test(arguments: [
    ("/dts-v1/;\n/ { a; };", ["in.dts:2", "in.dts:2", "in.dts:2"]),
    ("# 1 \"x/y.dts\"\n/dts-v1/;\n/ { a; };", ["y.dts:2", "y.dts:2", "y.dts:2"]),
    ("# 1 \"<built-in>\"\n# 1 \"x/y.dts\"\n/dts-v1/;\n/ { a; };", ["x/y.dts:2", "x/y.dts:2", "x/y.dts:2"]),
    ("/dts-v1/;\n# 1 \"/x/z.dts\"\n/ { a; };", ["z.dts:1", "z.dts:1", "z.dts:1"]),
  ])
  func `Lines of a source are named from one folder`(_ source: String, _ expected: [String]) throws {
    let text = try Workplace().recompile(source, "-T")
    let notes = text.split(separator: "/* ").dropFirst().map { String($0.prefix { $0 != " " }) }
    #expect(notes == expected)
  }

  /// Only the bytes that are asked for are read of a file, however large it is.
  @Test func `A part of a huge file is read, and a whole one only if a tree can hold it`() throws {
    let place = Workplace()
    try place.write("in.bin", "")
    #expect(unsafe truncate(place.path("in.bin"), 1 << 40) == 0)
    let text = try place.recompile(
      "/dts-v1/; / { a = /incbin/(\"in.bin\", 0xff00000000, 2), /incbin/(\"in.bin\", 0xfffffffffe, 9); };")
    #expect(text.contains("a = [00 00], [00 00];") || text.contains("a = [00 00 00 00];"))
    #expect(throws: FileFailure.self) { try Files.read(place.path("in.bin"), from: 1, length: nil) }
    #expect(throws: FileFailure.self) { try Files.read(place.path("in.bin")) }
    try place.write("in.dts", "/dts-v1/; / { a = /incbin/(\"in.bin\"); };")
    #expect(DTC.run(["-qqq", "-o", place.path("out.dtb"), place.path("in.dts")]) == 1)
  }

  @Test func `A large file becomes a value`() throws {
    let place = Workplace()
    try place.write("in.bin", "")
    #expect(unsafe truncate(place.path("in.bin"), 1 << 20) == 0)
    try place.write("in.dts", "/dts-v1/; / { a = /incbin/(\"in.bin\"); };")
    #expect(DTC.run(["-q", "-o", place.path("out.dtb"), place.path("in.dts")]) == 0)
    #expect(try Files.read(place.path("out.dtb")).count == (1 << 20) + 86)
  }

  @Test func `A blob is as long as asked for`() throws {
    let place = Workplace()
    try place.write("in.dts", "/dts-v1/; / { };")
    func size(_ options: String...) throws -> Int {
      #expect(DTC.run(options + ["-o", place.path("out.dtb"), place.path("in.dts")]) == 0)
      return try Files.read(place.path("out.dtb")).count
    }
    #expect(try size() == 72)
    #expect(try size("-p", "7") == 79)
    #expect(try size("-S", "200") == 200)
    #expect(try size("-p", "7", "-a", "64") == 128)
  }

  @Test func `Messages keep the form that tools look for, with the line below`() throws {
    let source = "/dts-v1/;\n/ { a = <1> };\n"
    let parsed = parse(name: "t.dts", bytes: Array(source.utf8))
    #expect(
      Messages(parsed.sources).text(parsed.diagnostics)
        == """
        Error: t.dts:2.12-13 expected ';' after the value of 'a', found '}'
            2 | / { a = <1> };
              |            ^

        """)
  }
}
