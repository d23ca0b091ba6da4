// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Testing

@Suite struct DiagnosticPrinterTests {
  private func text(_ source: String, line: Int, column: Int, to end: Int? = nil, _ message: String = "wrong") -> String
  {
    let location = SourceLocation(file: "a.yaml", line: line, column: column, endColumn: end)
    let printer = DiagnosticPrinter(sources: [SourceText(name: "a.yaml", bytes: Array(source.utf8))])
    return printer.text(.error("some-rule", message, at: Place(location)))
  }

  @Test func theLineIsShownWithACaretAndItsLength() {
    #expect(
      text("one\nkey: value\n", line: 2, column: 6, to: 10) == """
        a.yaml:2:6: error: wrong [some-rule]
            2 | key: value
              |      ^~~~~

        """)
  }

  @Test func tabsBeforeTheCaretStayTabs() {
    #expect(text("\t\tx", line: 1, column: 3).hasSuffix("    1 | \t\tx\n      | \t\t^\n"))
  }

  @Test func aMarkIsNoLongerThanTheLine() {
    #expect(text("abc", line: 1, column: 2, to: 100).hasSuffix("      |  ^~\n"))
  }

  @Test func aLineWithCarriageReturnIsShownWithout() {
    #expect(text("abc\r\ndef", line: 1, column: 1).contains("| abc\n"))
  }

  @Test func aPlaceBehindTheEndShowsNoLine() {
    #expect(text("abc", line: 9, column: 1) == "a.yaml:9:1: error: wrong [some-rule]\n")
  }

  @Test func aLongLineIsShownAroundThePlace() {
    let long = String(repeating: "x", count: 1000) + "!" + String(repeating: "y", count: 1000)
    let lines = text(long, line: 1, column: 1001).split(separator: "\n")
    #expect(lines[1].count == 168)
    let caret = lines[2].count - 1
    #expect(Array(lines[1])[caret] == "!")
  }

  @Test func escapeSequencesOfTheInputDoNotReachTheTerminal() {
    #expect(!text("a\u{1B}[31mb", line: 1, column: 1, "bad \u{1B}]0;title\u{07}").contains("\u{1B}"))
  }

  @Test func aFinishedTreeIsNamedByPathAndProperty() {
    let place = Place(file: "boot.dtb", node: "/chosen/domU1", property: "memory")
    let text = DiagnosticPrinter().text(.warning("some-rule", "odd", at: place, hint: "make it even"))
    #expect(text == "boot.dtb:/chosen/domU1:memory: warning: odd [some-rule]\n  hint: make it even\n")
  }

  @Test func notesFollowWithTheirOwnPlaces() {
    let diagnostic = Diagnostic.error(
      "some-rule", "twice", at: Place(file: "b"), notes: [.init("first here", at: Place(file: "a"))])
    #expect(DiagnosticPrinter().text(diagnostic) == "b: error: twice [some-rule]\na: note: first here\n")
  }
}

@Suite struct NearNameTests {
  @Test(arguments: [
    ("memroy", "memory"), ("kernal", "kernel"), ("cpu", "cpus"), ("ram-disk", "ramdisk"), ("xen,domian", "xen,domain"),
  ])
  func aSlipIsFound(_ slip: String, _ name: String) {
    #expect(nearestName(to: slip, among: ["memory", "kernel", "cpus", "ramdisk", "xen,domain"]) == name)
  }

  @Test(arguments: ["", "zzz", "bootargs-and-more", String(repeating: "x", count: 100_000)])
  func whatIsFarIsNot(_ name: String) {
    #expect(nearestName(to: name, among: ["memory", "kernel", "cpus"]) == nil)
  }
}

@Suite struct QuantityTests {
  @Test(
    arguments: [
      (0, "0 bytes"), (1, "1 byte"), (983_048, "983048 bytes"), (1 << 10, "1 KiB"), (3 << 20, "3 MiB"),
      (1 << 40, "1024 GiB"),
    ] as [(UInt64, String)])
  func sizesAreSaidInTheLargestWholeUnit(_ size: UInt64, _ text: String) {
    #expect(describeSize(size) == text)
  }

  @Test func rangesSayStartEndAndSize() {
    #expect(describe(0x4000_0000..<0x4020_0000) == "[0x40000000, 0x40200000), 2 MiB")
  }
}
