// SPDX-License-Identifier: Apache-2.0
import BootLog
import Testing

@Suite struct PrintableTextTests {
  /// The text of one line of domain 2.
  private func text(_ line: [UInt8]) -> String? {
    split(Array("(XEN) DOM2: ".utf8) + line + [0x0d, 0x0a]).first?.text
  }

  @Test(arguments: [
    ("plain\ttext", "plain\ttext"),
    ("grün — 木", "grün — 木"),
    ("\u{1b}[1;31mred\u{1b}[0m", "red"),
    ("\u{1b}]0;title\u{7}after", "after"),
    ("\u{1b}]0;title\u{1b}\\after", "after"),
    ("\u{1b}(Bafter", "after"),
    ("\u{1b}cafter", "after"),
    ("a\u{1b}[12", "a\u{fffd}[12"),
    ("a\u{1b}]never ends", "a\u{fffd}]never ends"),
    ("a\u{1b}", "a\u{fffd}"),
    ("2 \u{8}\u{8}1", "1"),
    ("\u{8}x", "x"),
    ("10%\r20%\r", "10% 20%"),
    ("bell\u{7} nul\u{0} del\u{7f}", "bell\u{fffd} nul\u{fffd} del\u{fffd}"),
    ("c1 \u{9b}31m", "c1 \u{fffd}31m"),
    ("turn \u{202e}round", "turn \u{fffd}round"),
  ])
  func controlsAreHarmless(line: String, expected: String) {
    #expect(text(Array(line.utf8)) == expected)
  }

  @Test func brokenUTF8IsRepaired() {
    #expect(text([0x61, 0xff, 0x62, 0xc3]) == "a\u{fffd}b\u{fffd}")
  }
}
