// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Testing
import TrialBoot

@Suite struct ExpectationTests {
  @Test func theFirstEqualsSignDivides() throws {
    let expectation = try Expectation("domA=name=[a-z]+")
    #expect(expectation.name == "domA")
    #expect(expectation.pattern == "name=[a-z]+")
    #expect(expectation.text == "domA=name=[a-z]+")
  }

  private func message(_ text: String) -> String {
    do throws(Failure) {
      _ = try Expectation(text)
      return "nothing was thrown"
    } catch {
      return DiagnosticPrinter().text(error.diagnostics)
    }
  }

  @Test(arguments: ["PROBE-DONE", "=PROBE-DONE", ""])
  func aNameIsNeeded(text: String) {
    #expect(
      message(text) == """
        error: '\(text)' is no expectation [bad-expectation]
          hint: write NAME=REGEX, such as domA=login:

        """)
  }

  @Test func anEmptyRegexWouldAlwaysBeMet() {
    #expect(message("domA=") == "error: the expectation for domA has an empty regex [bad-expectation]\n")
  }

  @Test func aBadRegexIsTold() {
    let message = message("domA=(a")
    #expect(message.hasPrefix("error: the regex '(a' for domA cannot be read: "))
    let hint = "  hint: put a backslash before a character that shall stand for itself\n"
    #expect(message.hasSuffix(" [bad-expectation]\n" + hint))
  }
}
