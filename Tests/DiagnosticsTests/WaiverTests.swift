// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Testing

@Suite struct WaiverTests {
  private func finding(_ rule: String, line: Int) -> Diagnostic {
    .error(rule, "-", at: Place(SourceLocation(file: "a.dts", line: line, column: 3), node: "/n"))
  }

  private func read(_ text: String, name: String = "a.dts") -> (waivers: [Waiver], faults: [Diagnostic]) {
    var faults: [Diagnostic] = []
    return (SourceText(name: name, bytes: Array(text.utf8)).waivers(&faults), faults)
  }

  @Test(arguments: [
    ("x; // grove: allow r: why\n", 1), ("x; /* grove: allow r: why */\n", 1), ("// grove: allow r: why\nx;\n", 2),
    ("/* grove: allow r: why */\n\n/* more */\n#address-cells = <2>;\n", 4),
    ("# grove: allow r: why\n# more\nx: 1\n", 3),
    ("x: 1  # grove: allow r: why\n", 1), ("/*\n * grove: allow r: why\n */\nx;\n", 4),
    ("/* grove: allow r: why */ x;\ny;\n", 1),
  ])
  func aCommentIsForItsLineOrTheNextOneOfCode(_ text: String, _ line: Int) {
    let (waivers, faults) = read(text)
    #expect(faults == [])
    #expect(waivers.map(\.scope) == [.line(file: "a.dts", Int32(line))])
    #expect(waivers.map(\.reason) == ["why"])
    #expect(waivers.first?.covers(finding("r", line: line)) == true)
    #expect(waivers.first?.covers(finding("other", line: line)) == false)
    #expect(waivers.first?.covers(finding("r", line: line + 1)) == false)
  }

  @Test func severalRulesShareAReason() {
    #expect(read("x; // grove: allow r, s: a reason: with a colon\n").waivers.map(\.rule) == ["r", "s"])
  }

  @Test(arguments: ["x; // grove: allow r\n", "x; // grove: allow r:  \n", "x; /* grove: allow : why */\n"])
  func aWaiverWithoutAReasonIsAnError(_ text: String) {
    let (waivers, faults) = read(text)
    #expect(waivers == [])
    #expect(faults.map(\.rule) == ["waiver-reason"])
    #expect(faults.first?.place.description.hasPrefix("a.dts:1:") == true)
  }

  @Test func whatIsNotInACommentIsNone() {
    #expect(read("x = \"grove: allow r: why\";\n").waivers == [])
  }

  @Test func whatIsAllowedIsKeptApartAndWhatAllowsNothingIsNoted() {
    let (waivers, _) = read("x; // grove: allow r: why\ny; // grove: allow r: not needed\n")
    let result = WaivedDiagnostics([finding("r", line: 1), finding("s", line: 1)], waivers: waivers)
    #expect(result.waived.map(\.diagnostic) == [finding("r", line: 1)])
    #expect(result.diagnostics.map(\.rule) == ["s", "unused-waiver"])
    #expect(result.diagnostics.last?.level == .note)
    #expect(result.diagnostics.last?.message == "nothing is left to allow here: r says nothing")
  }

  @Test func aSettingsFileAllowsByNodeOrEverywhere() {
    let node = Waiver("r", because: "-", for: .node("/n"), at: Place())
    let other = Waiver("r", because: "-", for: .node("/n/m"), at: Place())
    let all = Waiver("r", because: "-", for: .everywhere, at: Place())
    #expect([node, other, all].map { $0.covers(finding("r", line: 9)) } == [true, false, true])
  }
}
