// SPDX-License-Identifier: Apache-2.0
import BootLog
import Testing

@Suite struct LogSplitterTests {
  @Test func aDomainWithTheConsoleIsToldFromXenByItsLineEnds() {
    let lines = split(focusOnGuest + "(XEN) hello\r\r\n(XEN) what Xen says\r\n(XEN) world\r\r\n")
    #expect(lines.texts(of: .guest(id: 1)) == ["hello", "world"])
    #expect(lines.texts(of: .xen).last == "what Xen says")
  }

  @Test func aGuestWithBareLineEndsIsToldFromXenByItsWords() {
    let lines = split(
      focusOnGuest
        + "(XEN) Freed 368kB init memory.\r\n(XEN) hello\r\n(XEN) d1v0: vGICD: RAZ\r\n(XEN) world\r\n")
    #expect(lines.texts(of: .guest(id: 1)) == ["hello", "world"])
    #expect(lines.texts(of: .xen).suffix(2) == ["Freed 368kB init memory.", "d1v0: vGICD: RAZ"])
  }

  @Test func aLineThatAnotherDomainBreaksIsPutTogether() {
    let lines = split(focusOnGuest + "(XEN) PAY(XEN) DOM2: other\r\r\nLOAD\r\r\n")
    #expect(lines.texts(of: .guest(id: 1)) == ["PAYLOAD"])
    #expect(lines.texts(of: .guest(id: 2)) == ["other"])
  }

  @Test func aLineBrokenOnTheSameProcessorIsPutTogether() {
    let lines = split(focusOnGuest + "(XEN) PAYDOM2: other\r\r\n(XEN) DOM2: more\r\r\n(XEN) LOAD\r\r\n")
    #expect(lines.texts(of: .guest(id: 1)) == ["PAYLOAD"])
    #expect(lines.texts(of: .guest(id: 2)) == ["other", "more"])
  }

  @Test func xenMayBreakALineOfTheDomainWithTheConsole() {
    let lines = split(
      focusOnGuest
        + "(XEN) one\r\r\n(XEN) PAY(XEN) d2v0: vGICD: RAZ\r\nLOAd1v0 Unhandled SMC\r\n(XEN) D\r\r\n")
    #expect(lines.texts(of: .guest(id: 1)) == ["one", "PAYLOAD"])
    #expect(lines.texts(of: .xen).suffix(2) == ["d2v0: vGICD: RAZ", "d1v0 Unhandled SMC"])
  }

  @Test func aLineEndMayBeBrokenToo() {
    let lines = split(focusOnGuest + "(XEN) PAYLOAD\r(XEN) DOM2: other\r\r\n\r\n(XEN) next\r\r\n")
    #expect(lines.texts(of: .guest(id: 1)) == ["PAYLOAD", "next"])
  }

  @Test func aLineThatXenCutIsJoined() {
    let long = String(repeating: "x", count: 126)
    let lines = split("(XEN) DOM2: \(long)\r\n(XEN) DOM1: a\r\r\n(XEN) DOM2: yz\r\r\n")
    #expect(lines.texts(of: .guest(id: 2)) == [long + "yz"])
    let exact = String(repeating: "x", count: 125)
    #expect(
      split("(XEN) DOM2: \(exact)\r\r\n(XEN) DOM2: \r\n(XEN) DOM2: b\r\r\n").texts(of: .guest(id: 2)) == [
        exact, "b",
      ])
  }

  @Test func aGuestMayShowTheMark() {
    let lines = split("(XEN) DOM2: (XEN) DOM1: no\r\r\n")
    #expect(lines.texts(of: .guest(id: 2)) == ["(XEN) DOM1: no"])
  }

  @Test func dom0MayShowXensLog() {
    let lines = split(focusOnDom0 + "~ # xl dmesg\r\r\n(XEN) Xen version 4.20\r\r\n(XEN) real\r\n")
    #expect(lines.texts(of: .dom0) == ["~ # xl dmesg", "(XEN) Xen version 4.20"])
    #expect(lines.texts(of: .xen).last == "real")
  }

  @Test func newerXensPutTheNumberIntoBrackets() {
    let lines = split(focusOnGuest + "(d2) other\r\r\nmine\r\r\n(d9) also mine\r\r\n")
    #expect(lines.texts(of: .guest(id: 2)) == ["other"])
    #expect(lines.texts(of: .guest(id: 1)) == ["mine", "(d9) also mine"])
  }

  @Test func theConsoleMayBeSwitched() {
    let lines = split(
      focusOnGuest + "(XEN) *** Serial input to DOM2 (type 'CTRL-a' three times to switch input)\r\n"
        + "(XEN) two\r\r\n(XEN) DOM1: one\r\r\n(XEN) *** Serial input to Xen (type …)\r\n(XEN) help\r\n")
    #expect(lines.texts(of: .guest(id: 2)) == ["two"])
    #expect(lines.texts(of: .guest(id: 1)) == ["one"])
    #expect(lines.texts(of: .xen).last == "help")
  }

  @Test func afterARebootTheFirmwareSpeaksAgain() {
    let lines = split(
      "(XEN) Panic on CPU 0:\r\n(XEN) Reboot in five seconds...\r\n\r\nU-Boot 2023.01\r\n(XEN) again\r\n")
    #expect(lines.texts(of: .firmware) == ["", "U-Boot 2023.01"])
    #expect(lines.texts(of: .xen).last == "again")
  }

  @Test func namesAreThoseOfTheDescription() {
    let splitter = LogSplitter(domains: [1: "web", 2: "db"])
    #expect(
      [.firmware, .xen, .dom0, .guest(id: 1), .guest(id: 2), .guest(id: 3)].map { splitter.name(of: $0) }
        == ["firmware", "xen", "dom0", "web", "db", "dom3"])
  }

  @Test func aPromptIsSeenBeforeItsLineEnds() {
    var splitter = LogSplitter()
    _ = splitter.feed(Array((focusOnGuest + "(XEN) login: ").utf8))
    #expect(
      splitter.unfinished == [
        LogLine(speaker: .guest(id: 1), text: "login: ", raw: Array("login: ".utf8), isComplete: false)
      ])
    #expect(splitter.feed(Array("root\r\r\n".utf8)).map(\.text) == ["login: root"])
    #expect(splitter.unfinished.isEmpty && splitter.finish().isEmpty)
  }

  @Test func longLinesComeInParts() {
    let long = [UInt8](repeating: 0x78, count: 1000)
    for start in ["", focusOnGuest + "(XEN) ", focusOnDom0, "(XEN) "] {
      let lines = split(Array(start.utf8) + long + [0x0d, 0x0a], limit: 256).filter { $0.text.hasPrefix("x") }
      #expect(lines.map(\.text.count) == [256, 256, 256, 232])
      #expect(lines.map(\.isComplete) == [false, false, false, true])
    }
  }

  @Test func rawBytesKeepWhatTheTextLeavesOut() {
    let lines = split(focusOnGuest + "(XEN) \u{1b}[31mred\u{1b}[0m\r\r\n")
    #expect(lines.last?.text == "red")
    #expect(lines.last?.raw == Array("\u{1b}[31mred\u{1b}[0m".utf8))
  }

  /// Each changed console must be split without loss of memory or time; a trap ends the test run.
  @Test func noBytesTrap() throws {
    var state: UInt64 = 4242
    func next(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(truncatingIfNeeded: state >> 33) % bound
    }
    let words: [[UInt8]] = [
      "(XEN) ", "DOM1: ", "DOM2: ", "DOM99999999: ", "(d1) ", "\r\n", "\n", "\r", "[1.0] ", "\u{1b}[", "H",
      "*** Serial input to DOM1", "Reboot in five seconds", "d1v0: ",
    ].map { Array($0.utf8) }
    let seeds = try fixtures.map(fixture)
    for round in 0..<300 {
      var bytes = Array(seeds[round % seeds.count].prefix(3000))
      for _ in 0..<20 {
        let position = next(bytes.count)
        switch next(3) {
        case 0: bytes[position] = UInt8(next(256))
        case 1: bytes.insert(contentsOf: words[next(words.count)], at: position)
        default: bytes.removeSubrange(position..<min(bytes.count, position + next(40)))
        }
      }
      var watcher = LogWatcher()
      let lines = split(bytes, limit: 256)
      for line in lines { _ = watcher.note(line) }
      #expect(lines.allSatisfy { $0.raw.count <= 256 })
      #expect(lines.reduce(0) { $0 + $1.raw.count } <= bytes.count + 6 * lines.count)
    }
  }
}
