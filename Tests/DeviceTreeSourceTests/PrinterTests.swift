// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Testing

@Suite struct PrinterTests {
  @Test func aWholeTree() {
    let source = """
      /dts-v1/;

      m: /memreserve/	0x0000000000001000 0x0000000000002000;
      / {
      	#address-cells = <0x01>;
      	l: mixed = <0x01 &cpu 0x07>, "a\\tb", [00 11 22], &cpu, &{/cpus}, k: <0x05 j: 0x06>, <0x07> i:;
      	sizes = /bits/ 8 <0x01 0xff>, /bits/ 16 <0x102>, /bits/ 64 <0x123456789abcdef0>;
      	empty;

      	cpus {

      		cpu: a: cpu@0 {
      			reg = <0x00>;
      		};

      		/omit-if-no-ref/ cpu@1 {
      		};
      	};
      };

      """
    #expect(parse(name: "t.dts", bytes: Array(source.utf8)).tree.sourceText() == source)
  }

  @Test func bytesWithoutMarksAreGuessed() {
    #expect(PropertyValue(bytes: Array("okay\0".utf8)).sourceText() == "\"okay\"")
    #expect(PropertyValue(bytes: Array("a,b\0c\0".utf8)).sourceText() == "\"a,b\", \"c\"")
    #expect(PropertyValue(bytes: [0, 0, 0, 1, 0x80, 0, 0, 0]).sourceText() == "<0x01 0x80000000>")
    #expect(PropertyValue(bytes: [0, 0, 0]).sourceText() == "[00 00 00]")
    #expect(PropertyValue(bytes: [0x61, 0, 0, 0]).sourceText() == "<0x61000000>")
    #expect(PropertyValue(bytes: [0]).sourceText() == "[00]")
    #expect(PropertyValue(bytes: [0x61]).sourceText() == "[61]")
    #expect(PropertyValue.empty.sourceText() == "")
  }

  @Test func valuesMadeInCode() {
    #expect(PropertyValue.u64(0x1_0000_0002).sourceText() == "<0x01 0x02>")
    #expect(PropertyValue.strings(["a", "b\"\\\n\u{1B}"]).sourceText() == "\"a\", \"b\\\"\\\\\\n\\x1b\"")
    #expect(PropertyValue.phandle(.label("gic")).sourceText() == "<&gic>")
    #expect(PropertyValue.phandle(.path("/a/b")).sourceText() == "<&{/a/b}>")
    #expect(PropertyValue(marks: [.init(offset: 0, .label("l"))]).sourceText() == "[] l:")
  }

  @Test func stringsKeepTheirBytes() {
    let value = PropertyValue(
      bytes: [0xC3, 0xBC, 0, 0xFF, 0x41, 0, 0xC2, 0x9B, 0], marks: [.init(offset: 0, .form(.string))])
    #expect(value.sourceText() == "\"ü\", \"\\xffA\", \"\\xc2\\x9b\"")
    #expect(parseValue(value.sourceText()).value.bytes == value.bytes)
  }

  @Test func formsThatDoNotFitBecomeBytes() {
    func value(_ count: Int, _ form: PropertyValue.Form) -> String {
      PropertyValue(bytes: Array(repeating: 1, count: count), marks: [.init(offset: 0, .form(form))])
        .sourceText()
    }
    #expect(value(3, .cells32) == "[01 01 01]")
    #expect(value(3, .cells16) == "[01 01 01]")
    #expect(value(4, .cells64) == "[01 01 01 01]")
    #expect(value(2, .string) == "[01 01]")
  }

  @Test func marksOutsideOfTheValueDoNoHarm() {
    let value = PropertyValue(
      bytes: [1, 2], marks: [.init(offset: 7, .form(.cells32)), .init(offset: 9, .phandle(.label("x")))])
    #expect(value.sourceText() == "[01 02]")
  }

  @Test func aLabelOfTheRootStandsBehindTheTree() {
    let text = read("/ { }; l: &{/} { };").sourceText()
    #expect(text == "/dts-v1/;\n\n/ {\n};\n\nl: &{/} {\n};\n")
    #expect(read(String(text.dropFirst(9))).sourceText() == text)
  }

  @Test func namesThatATerminalWouldObeyAreMadeHarmless() {
    var tree = DeviceTree()
    tree.addChild("a\u{1B}[2J", to: tree.root)
    #expect(tree.sourceText().contains("a?[2J {"))
  }

  /// A degree sign begins with the byte that some control characters begin with.
  @Test(arguments: ["25 °C", "\u{85}°\u{9F}", "ü\u{7F}\u{1}", "\u{A0}"])
  func textOfSeveralBytesComesBack(_ text: String) {
    let source = "/ { p = \"\(text)\"; };"
    let tree = read(source)
    #expect(
      read(String(tree.sourceText().split(separator: "\n").dropFirst().joined(separator: "\n"))).value("p")
        == Array((text + "\0").utf8))
  }
}
