// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TrialBoot

@Suite struct OutcomeTests {
  @Test func aSuccessTellsWhatWasMetWhen() throws {
    let outcome = Outcome(
      end: .succeeded, seconds: 0.754,
      met: [(try Expectation("domB=DONE"), 0.7), (try Expectation("domA=DONE"), 0.746)], missed: [], silent: ["dom0"])
    #expect(
      outcome.summary == """
        met after 0.70 s: domB=DONE
        met after 0.75 s: domA=DONE
        booted after 0.75 s

        """)
    #expect(outcome.succeeded)
  }

  @Test func aFailureTellsWhatIsMissing() throws {
    let outcome = Outcome(
      end: .timeout, seconds: 60.003, met: [], missed: [try Expectation("domA=DONE")], silent: ["domA", "domB"])
    #expect(
      outcome.summary == """
        not met: domA=DONE
        printed nothing: domA, domB
        ended after 60.00 s: the time was over

        """)
    #expect(!outcome.succeeded)
  }

  @Test(
    arguments: [
      (
        .panic(["Could not set up domain domU1", "(rc = -22)"]),
        ": Xen panicked: Could not set up domain domU1 (rc = -22)"
      ),
      (.panic([]), ": Xen panicked"),
      (.guestPanic(name: "domA", "Kernel panic"), ": domA panicked: Kernel panic"),
      (.firmwareGaveUp("## Error"), ": the firmware gave up: ## Error"),
      (.exited(status: 0, message: ""), ": QEMU ended"),
      (.exited(status: 1, message: "no such machine"), ": QEMU ended with status 1: no such machine"),
      (.exited(status: -11, message: ""), ": QEMU ended by signal 11"),
    ] as [(Outcome.End, String)])
  func theReasonIsTold(end: Outcome.End, reason: String) {
    let outcome = Outcome(end: end, seconds: 1, met: [], missed: [], silent: [])
    #expect(outcome.summary == "ended after 1.00 s\(reason)\n")
  }
}
