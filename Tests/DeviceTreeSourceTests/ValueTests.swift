// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Testing

@Suite struct ValueTests {
  @Test(arguments: [
    ("<1 0x10 017>", "00000001 00000010 0000000f"),
    ("<1>, <2>", "00000001 00000002"),
    ("/bits/ 8 <1 255>", "01ff"),
    ("/bits/ 16 <1 0xffff>", "0001 ffff"),
    ("/bits/ 64 <0x123456789abcdef0>", "123456789abcdef0"),
    ("[00 11 aB cdef]", "0011abcdef"),
    ("[0\n0]", ""),
    ("\"ab\", \"\"", "616200 00"),
    ("\"a\\tb\\x41\\102\\\"\\\\\\q\"", "6109624142225c7100"),
    ("\"two\nlines\"", "74776f0a6c696e657300"),
    ("\"größe\"", "6772c3b6c39f6500"),
    ("<'a' '\\n' '\\xff'>", "00000061 0000000a 000000ff"),
    ("<10U 10L 10UL 10LL 10ULL>", "0000000a 0000000a 0000000a 0000000a 0000000a"),
    ("<1>, \"x\", [ff]", "00000001 7800 ff"),
    ("<>", ""),
  ])
  func bytesOfAValue(_ text: String, _ hex: String) {
    let (value, diagnostics) = parseValue(text)
    let expected = hex.filter { $0 != " " }
    if text == "[0\n0]" {
      #expect(diagnostics.count == 2)
    } else {
      #expect(diagnostics.isEmpty)
    }
    #expect(value.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == expected)
  }

  @Test(arguments: [
    ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 - 4 - 3", 3), ("100 / 7 % 5", 4),
    ("1 << 4 | 1", 17), ("0xff & ~0x0f", 0xF0), ("6 ^ 3", 5), ("1 << 31 >> 31", 1),
    ("1 ? 2 : 3", 2), ("0 ? 2 : 3", 3), ("0 ? 1 : 0 ? 2 : 3", 3), ("1 ? 0 ? 4 : 5 : 6", 5),
    ("1 || 0 && 0", 1), ("1 == 1 != 0", 1), ("3 > 2 > 1", 0), ("2 <= 2", 1), ("3 >= 4", 0),
    ("!0", 1), ("!5", 0), ("- 1 + 2", 1), ("-(1) & 0xff", 0xFF), ("1 << 64", 0), ("((((4))))", 4),
    ("'a' + 1", 98), ("1 < 2 == 1", 1), ("2 - -2", 4), ("1 | 6 & 4", 5), ("+3", 3),
  ])
  func expressions(_ text: String, _ result: UInt32) {
    let (value, diagnostics) = parseValue("<(\(text))>")
    #expect(diagnostics.isEmpty)
    #expect(value.cell == result)
  }

  @Test func negativeNumbersFitTheirElements() {
    let (value, diagnostics) = parseValue("/bits/ 8 <(-1) (-128)>, <(-1)>")
    #expect(diagnostics.isEmpty)
    #expect(value.bytes == [0xFF, 0x80, 0xFF, 0xFF, 0xFF, 0xFF])
  }

  @Test func marksRememberFormsReferencesAndLabels() {
    let (value, diagnostics) = parseValue("a: <1 &x b: 2>, &{/y} c:, \"s\"")
    #expect(diagnostics.isEmpty)
    #expect(
      value.marks == [
        .init(offset: 0, .label("a")), .init(offset: 0, .form(.cells32)),
        .init(offset: 4, .phandle(.label("x"))),
        .init(offset: 8, .label("b")), .init(offset: 12, .path(.path("/y"))), .init(offset: 12, .label("c")),
        .init(offset: 12, .form(.string)),
      ])
    #expect(value.bytes == [0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 2, 0x73, 0])
  }

  @Test func aWrongValueIsReportedWhereItStands() {
    let place = SourceLocation(file: "system.yaml", line: 7, column: 12)
    let (_, diagnostics) = parseValue("<1 &x", at: place)
    #expect(diagnostics.map(\.place) == [Place(place)])
    #expect(diagnostics.map(\.message) == ["'>' is missing: these cells are not closed"])
  }

  @Test(arguments: ["", "  ", "/* nothing */"])
  func nothingIsAnEmptyValue(_ text: String) {
    #expect(parseValue(text).value == .empty)
    #expect(parseValue(text).diagnostics.isEmpty)
  }

  @Test func somethingBehindAValueIsAnError() {
    #expect(
      parseValue("<1>; x").diagnostics.map(\.message) == ["expected ',' or the end of the value, found ';'"])
  }
}
