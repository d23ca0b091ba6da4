// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing

@testable import DeviceTreeSource

/// What the built-in preprocessor makes of a source.
@Suite struct PreprocessorTests {
  /// The cells of the property `p` of the root, after the lines given.
  private func cells(_ lines: String, _ value: String) -> [UInt32]? {
    let source = "/dts-v1/;\n\(lines)\n/ { p = <\(value)>; };\n"
    let parsed = parse(name: "t.dts", bytes: Array(source.utf8), readFile: files([:]))
    #expect(DiagnosticPrinter(sources: parsed.sources).text(parsed.diagnostics) == "")
    return parsed.tree[parsed.tree.root, "p"]?.cells
  }

  private func outline(_ source: String) -> String {
    let parsed = parse(name: "t.dts", bytes: Array("/dts-v1/;\n\(source)\n".utf8), readFile: files([:]))
    #expect(DiagnosticPrinter(sources: parsed.sources).text(parsed.diagnostics) == "")
    return parsed.tree.outline
  }

  @Test(arguments: [
    ("#define A 1", "A A", [1, 1]),
    ("#define A B\n#define B 2", "A", [2]),
    ("#define A(x) (x + 1)", "A(2) A (3)", [3, 4]),
    ("#define A(x, y) x y", "A(1, 2)", [1, 2]),
    ("#define A(x, y) ((x) << (y))", "A(1,\n 2)", [4]),
    ("#define A() 7", "A()", [7]),
    ("#define A(x...) x 9", "A(1 2)", [1, 2, 9]),
    ("#define A(x, ...) x __VA_ARGS__", "A(1, 2)", [1, 2]),
    ("#define A(x, ...) x, ## __VA_ARGS__\n#define B(x) x\n#define C(...) 5", "C(A(1)) B(A(2))", [5, 2]),
    ("#define A(x) P_##x\n#define P_Q 8\n#define Q 9", "A(Q)", [8]),
    ("#define A(x) B(x)\n#define B(x) P_##x\n#define P_9 8\n#define Q 9", "A(Q)", [8]),
    ("#define A(x) 0x##x##f", "A(a)", [0xAF]),
    ("#define A(x, y) x##y", "A(1,) A(,2)", [1, 2]),
    ("#define F G\n#define G(x) (x * 2)", "F(4)", [8]),
    ("#define A \\\n  1 \\\n  2", "A", [1, 2]),
    ("#define A 1 /* one\n two */ 2 // three", "A", [1, 2]),
    ("#define A 1\n#undef A\n#define A 2", "A", [2]),
    ("#define A __LINE__", "A", [3]),
    ("#define A __COUNTER__", "A A", [0, 1]),
    ("#define A __DTS__", "A", [1]),
  ])
  func macros(_ lines: String, _ value: String, _ expected: [UInt32]) {
    #expect(cells(lines, value) == expected)
  }

  @Test(arguments: [
    ("1", true), ("0", false), ("NOTHING", false), ("defined A", true), ("defined(A) && !defined(B)", true),
    ("A == 3", true), ("A > 2 ? 0 : 1", false), ("-1 < 0", true), ("-1 < 0u", false), ("1 / 0 && 0", false),
    ("0 && 1 / 0", false), ("(1 + 2) * 3 == 9", true), ("1 + 2 * 3 == 7", true), ("0x10 == 16 && 010 == 8", true),
    ("'a' == 97", true), ("~0 == -1", true), ("-7 / 2 == -3 && -7 % 2 == -1", true), ("1 << 3 | 1", true),
    ("0xFFFFFFFFFFFFFFFF > 0", true), ("F(2) == 4", true), ("1 || (2", false),
  ])
  func conditions(_ condition: String, _ isTrue: Bool) {
    let source = "/dts-v1/;\n#define A 3\n#define F(x) (x * 2)\n#if \(condition)\n/ { yes; };\n#endif\n/ { };\n"
    let tree = parse(name: "t.dts", bytes: Array(source.utf8)).tree
    #expect((tree[tree.root, "yes"] != nil) == isTrue)
  }

  @Test func branches() {
    let source = """
      #define TWO
      / {
      #ifdef ONE
        one;
      # if 1
        nothing;
      # endif
      #elif defined(TWO)
        two;
      #elif 1
        nothing;
      #else
        nothing;
      #endif
      #ifndef ONE
        none;
      #else
        nothing /* it's */ "
      #endif
      };
      """
    #expect(outline(source) == "/ {\n two;\n none;\n};")
  }

  @Test func namesThatLookLikeDirectives() {
    #expect(
      outline("#define A 1\n/ {\n#address-cells = <A>;\n #size-cells = <A>;\n#if-x = <2>;\n#define-y;\n};")
        == "/ {\n #address-cells = <0x01>;\n #size-cells = <0x01>;\n #if-x = <0x02>;\n #define-y;\n};")
  }

  @Test func stringsAndCommentsHoldNoMacros() {
    #expect(
      outline("#define A 1\n/ { a = \"A\", \"two\nlines\"; /* A */ A0; // A\n b = <'A'>; };")
        .hasPrefix("/ {\n a = \"A\", \"two\\nlines\";\n A0;\n b = <0x41>;\n};"))
  }

  @Test func namesAreMadeOfMacros() {
    #expect(
      outline("#define BASE 40000000\n#define S(x) #x\n/ { mem@BASE { a = S(b  \"c\"); }; };")
        == "/ {\n mem@40000000 {\n  a = \"b \\\"c\\\"\";\n };\n};")
  }

  @Test func wholeStatementsAreMacros() {
    #expect(
      outline("#define NODE(n, v) n { v };\n#define P(x) x = <1>;\n/ { NODE(a, P(b)) NODE(c,) };\n")
        .hasPrefix("/ {\n a {\n  b = <0x01>;\n };"))
  }

  // MARK: Files

  private func files(_ files: [String: String]) -> FileReader {
    { (request: FileRequest) throws(FileRefusal) -> SourceText in
      guard let text = files[request.name] else { throw FileRefusal(message: "'\(request.name)' is not there") }
      return SourceText(name: request.name, bytes: Array(text.utf8))
    }
  }

  @Test func filesAreAskedForByTheirForm() {
    var asked: [String] = []
    let source =
      "/dts-v1/;\n#define H \"c.h\"\n#include \"a.h\"\n#include <b.h>\n#include H\n#include \"a.h\"\n/ { };\n"
    _ = parse(name: "dir/t.dts", bytes: Array(source.utf8)) { (request) throws(FileRefusal) in
      asked.append("\(request.name) \(request.kind == .header(isSystem: true)) \(request.from)")
      return SourceText(name: "x/" + request.name, bytes: [])
    }
    #expect(asked == ["a.h false dir/t.dts", "b.h true dir/t.dts", "c.h false dir/t.dts"])
  }

  @Test func messagesShowMacroAndWayThere() {
    let source = "/dts-v1/;\n#include \"soc.dtsi\"\n/ { };\n"
    let text = messages(
      source,
      readFile: files([
        "soc.dtsi": "#include \"irq.h\"\n/ {\n\tuart { irq = <IRQ 1>; x = <IRQX>; };\n};\n",
        "irq.h": "#ifndef I\n#define I\n#define IRQ \"no\"\n#endif\n",
      ]))
    #expect(
      text == """
        soc.dtsi:3:16: error: expected a number, a reference or '>', found the string "no" [dts-syntax]
            3 | 	uart { irq = <IRQ 1>; x = <IRQX>; };
              | 	              ^~~
        irq.h:3:9: note: from the macro 'IRQ', which is defined here
            3 | #define IRQ "no"
              |         ^~~
        t.dts:2:1: note: included from here
            2 | #include "soc.dtsi"
              | ^~~~~~~~~~~~~~~~~~~
        soc.dtsi:3:29: error: expected a number, a reference or '>', found 'IRQX' [dts-syntax]
            3 | 	uart { irq = <IRQ 1>; x = <IRQX>; };
              | 	                           ^~~~
        t.dts:2:1: note: included from here
            2 | #include "soc.dtsi"
              | ^~~~~~~~~~~~~~~~~~~
          hint: no macro of that name is defined: did you mean 'IRQ'?

        """)
  }

  @Test func placesBehindMacrosAreTrue() {
    let source = "/dts-v1/;\n#define LONG 0x1234567890\n/ {\n  a = <LONG LONG>, é;\n  b = <LONG> c;\n};\n"
    let places = parse(name: "t.dts", bytes: Array(source.utf8)).diagnostics.map { "\($0.place)" }
    #expect(places == ["t.dts:4:8", "t.dts:4:13", "t.dts:4:20", "t.dts:5:8", "t.dts:5:13"])
  }

  @Test func aNodeOfAMacroIsWhereItIsUsed() {
    let source = "/dts-v1/;\n#define NODE(n) n { }\n/ {\n  NODE(a); b { };\n};\n"
    let tree = parse(name: "t.dts", bytes: Array(source.utf8)).tree
    #expect(
      tree.node(at: "/a").flatMap { tree[$0].location }
        == SourceLocation(file: "t.dts", line: 4, column: 3, endColumn: 9))
    #expect(tree.node(at: "/b").flatMap { tree[$0].location?.column } == 12)
  }

  @Test(arguments: [
    ("#error stop here", "t.dts:2:1: error: #error: stop here"),
    ("#warning mind this", "t.dts:2:1: warning: #warning: mind this"),
    ("#if 1", "t.dts:2:1: error: this condition has no '#endif'"),
    ("#endif", "t.dts:2:1: error: this '#endif' belongs to no condition"),
    ("#if 0\n#else\n#else\n#endif", "t.dts:4:1: error: '#else' stands behind the '#else' of its condition"),
    ("#if\n#endif", "t.dts:2:1: error: the condition is empty"),
    ("#if 1 +\n#endif", "t.dts:2:1: error: expected a number at the end of the condition"),
    ("#if (1\n#endif", "t.dts:2:1: error: expected ')' at the end of the condition"),
    ("#if 1 / 0\n#endif", "t.dts:2:1: error: division by zero in the condition"),
    ("#if 1.5\n#endif", "t.dts:2:1: error: '1.5' is not an integer"),
    ("#ifdef 5\n#endif", "t.dts:2:1: error: expected the name of a macro after '#ifdef'"),
    ("#define 5", "t.dts:2:9: error: expected the name of a macro after '#define'"),
    ("#define A 1\n#define A 2", "t.dts:3:9: warning: macro 'A' is defined anew, as something else"),
    ("#define A(x) x\n/ { p = <A(1, 2)>; };", "t.dts:3:10: error: macro 'A' takes 1 argument, here are 2"),
    ("#define A(x) x\n/ { p = <A(1>; };", "t.dts:3:10: error: expected ')' after the arguments of macro 'A'"),
    (
      "#define A(1) x\n/ { p = <A(1)>; };", "t.dts:2:9: error: expected a parameter in the definition of 'A', found '1'"
    ),
    ("#define A ## x\n/ { A; };", "t.dts:2:9: error: '##' needs something on either side"),
    ("#include nothing", "t.dts:2:1: error: expected the name of a file, as \"file\" or <file>, after '#include'"),
    ("#include \"none.h\"", "t.dts:2:1: error: 'none.h' is not there"),
  ])
  func wrongLines(_ lines: String, _ message: String) {
    let parsed = parse(
      name: "t.dts", bytes: Array("/dts-v1/;\n\(lines)\n/ { };\n".utf8), readFile: files([:]))
    let first = parsed.diagnostics.first
    #expect(first.map { "\($0.place): \($0.level): \($0.message)" } == message)
  }

  @Test func aFileThatIncludesItselfEnds() {
    let parsed = parse(
      name: "t.dts", bytes: Array("/dts-v1/;\n#include \"a.h\"\n/ { };\n".utf8),
      readFile: files(["a.h": "#include \"b.h\"\n", "b.h": "#include \"a.h\"\n"]))
    #expect(parsed.diagnostics.map(\.message) == ["files are included at most 64 deep"])
    #expect(parsed.diagnostics.first?.hint == "'a.h' includes itself by way of 'b.h'")
  }

  @Test func macrosThatDoubleEachTimeEnd() {
    var lines = "#define A0 1 1\n"
    for index in 1...40 { lines += "#define A\(index) A\(index - 1) A\(index - 1)\n" }
    let parsed = parse(name: "t.dts", bytes: Array("/dts-v1/;\n\(lines)/ { p = <A40>; };\n".utf8))
    #expect(parsed.diagnostics.first?.message == "macros stand for more than 1000000 tokens")
  }

  @Test func namesThatGrowEachTimeEnd() {
    var lines = "#define C(x) x##x\n#define B(x) C(x)\n#define A0 aaaaaaaa\n"
    for index in 1...40 { lines += "#define A\(index) B(A\(index - 1))\n" }
    let parsed = parse(name: "t.dts", bytes: Array("/dts-v1/;\n\(lines)/ { p = <A40>; };\n".utf8))
    #expect(parsed.diagnostics.first?.rule == "dts-limit")
  }

  @Test func macrosThatNameThemselvesEnd() {
    let text = messages("/dts-v1/;\n#define A B\n#define B A\n#define F(x) F(x)\n/ { p = <A F(1)>; };\n")
    #expect(text.hasPrefix("t.dts:5:10: error: expected a number, a reference or '>', found 'A' [dts-syntax]\n"))
  }

  @Test func deepArgumentsEnd() {
    let value = String(repeating: "F(", count: 1000) + "1" + String(repeating: ")", count: 1000)
    let parsed = parse(
      name: "t.dts", bytes: Array("/dts-v1/;\n#define F(x) x\n/ { p = <\(value)>; };\n".utf8))
    #expect(parsed.diagnostics.first?.message == "macros nest at most 200 deep")
  }

  @Test func definitionsFromOutside() {
    let source = Array("/dts-v1/;\n/ { a = <A B>; };\n".utf8)
    let parsed = parse(name: "t.dts", bytes: source, preprocessing: .on(definitions: ["A", "B=5"]))
    #expect(parsed.diagnostics.isEmpty)
    #expect(parsed.tree[parsed.tree.root, "a"]?.cells == [1, 5])
  }

  @Test func markersAreFollowed() {
    let source = "/dts-v1/;\n#define A\n# 70 \"other.dts\"\n/ {\n  a = A;\n};\n"
    let places = parse(name: "t.dts", bytes: Array(source.utf8)).diagnostics.map { "\($0.place)" }
    #expect(places == ["other.dts:71:8"])
  }

  /// dtc takes them, and a blob may hold them.
  @Test(arguments: [Preprocessing.off, .automatic])
  func aPropertyNamedLikeADirective(_ preprocessing: Preprocessing) {
    let source = "/dts-v1/;\n/ {\n\t#endif;\n#if = <1>;\n\t#define =\n\"x\";\n#elif ;\n};"
    let parsed = parse(name: "t.dts", bytes: Array(source.utf8), preprocessing: preprocessing)
    #expect(parsed.diagnostics.isEmpty)
    #expect(parsed.tree[parsed.tree.root].properties.map(\.name) == ["#endif", "#if", "#define", "#elif"])
  }
}
