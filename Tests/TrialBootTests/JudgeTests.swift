// SPDX-License-Identifier: Apache-2.0
import BootLog
import Diagnostics
import Testing

@testable import TrialBoot

@Suite struct JudgeTests {
  private func judge(_ talkers: [String] = ["domA", "domB"], _ expectations: [String] = []) throws -> Judge {
    try Judge(talkers: talkers, expectations: expectations.map { try Expectation($0) })
  }

  private func name(_ speaker: Speaker) -> String {
    switch speaker {
    case .guest(let id): id == 1 ? "domA" : "domB"
    case .dom0: "dom0"
    case .xen: "xen"
    case .firmware: "firmware"
    }
  }

  // MARK: Nothing in particular is expected

  @Test func everyDomainHasToSaySomething() throws {
    var judge = try judge()
    judge.note("Xen version 4.20", from: "xen", at: 1)
    judge.note("hello", from: "domA", at: 2)
    judge.note("  ", from: "domB", at: 3)
    #expect(judge.silent == ["domB"])
    #expect(judge.end(at: 1000) == nil)
    judge.note("hello", from: "domB", at: 4)
    #expect(judge.silent.isEmpty)
    #expect(judge.end(at: 4) == nil, "a panic may follow")
    #expect(judge.deadline == 4.5)
    #expect(judge.end(at: 4.5) == .succeeded)
  }

  @Test func aPanicRightAfterTheLastWordCounts() throws {
    var judge = try judge(["domA"])
    judge.note("hello", from: "domA", at: 1)
    judge.note(.xenPanicked(reason: ["no memory"], before: []), name: name, at: 1.2)
    #expect(judge.end(at: 2) == .panic(["no memory"]))
  }

  @Test func aGuestsPanicCounts() throws {
    var judge = try judge()
    judge.note(.guestPanicked(.guest(id: 2), "Kernel panic - not syncing: VFS"), name: name, at: 1)
    #expect(judge.end(at: 2) == .guestPanic(name: "domB", "Kernel panic - not syncing: VFS"))
  }

  @Test func aCrashIsTheDomainsOwn() throws {
    var judge = try judge()
    judge.note(.domainCrashed("Domain 1 (vcpu#0) crashed on cpu#2:"), name: name, at: 1)
    #expect(judge.end(at: 2) == .guestPanic(name: "domA", "Domain 1 (vcpu#0) crashed on cpu#2:"))
  }

  @Test func aMachineThatStopsTooEarlyHasNotBooted() throws {
    var judge = try judge()
    judge.note("hello", from: "domA", at: 1)
    judge.note(.machineStopped("Hardware Dom0 halted: halting machine"), name: name, at: 2)
    #expect(
      judge.end(status: 0, message: "") == .exited(status: 0, message: "Hardware Dom0 halted: halting machine"))
  }

  @Test func aMachineThatStopsAfterEverybodySpokeHasBooted() throws {
    var judge = try judge(["dom0"])
    judge.note("hello", from: "dom0", at: 1)
    judge.note(.machineStopped("Hardware Dom0 halted: halting machine"), name: name, at: 1.1)
    #expect(judge.end(status: 0, message: "") == .succeeded)
  }

  @Test func theFirmwareMayGiveUp() throws {
    var judge = try judge()
    judge.note(.firmwareGaveUp("it waits at its prompt"), name: name, at: 3)
    #expect(judge.end(at: 3.4) == nil)
    #expect(judge.end(at: 3.5) == .firmwareGaveUp("it waits at its prompt"))
  }

  // MARK: Something is expected

  @Test func eachExpectationIsForItsDomain() throws {
    var judge = try judge(["domA", "domB"], ["domA=done", "domB=done", "xen=4\\.2[01]"])
    judge.note("done", from: "domA", at: 1)
    judge.note("Xen version 4.20.3", from: "xen", at: 2)
    judge.note("done", from: "domA", at: 3)
    #expect(judge.end(at: 1000) == nil)
    #expect(judge.missed.map(\.text) == ["domB=done"])
    judge.note("not yet done", from: "domB", at: 4)
    #expect(judge.end(at: 4) == .succeeded)
    #expect(
      judge.met.map { "\($0.expectation.text) \($0.seconds)" } == [
        "domA=done 1.0", "xen=4\\.2[01] 2.0", "domB=done 4.0",
      ])
  }

  @Test func aLineThatIsNotEndedIsWaitedForAMoment() throws {
    var judge = try judge(["domA"], ["domA=login:"])
    judge.note("login: ", from: "domA", at: 1, isEnded: false)
    #expect(judge.end(at: 1) == nil)
    #expect(judge.end(at: 1.1) == .succeeded)
  }

  @Test func whatEverybodySaysIsNotEnoughThen() throws {
    var judge = try judge(["domA"], ["domA=done"])
    judge.note("hello", from: "domA", at: 1)
    #expect(judge.end(at: 1000) == nil)
    #expect(judge.silent.isEmpty)
  }

  @Test func aPanicMayBeWhatIsExpected() throws {
    var judge = try judge(["domA"], ["xen=Panic on CPU 0", "xen=domU1"])
    judge.note("Panic on CPU 0:", from: "xen", at: 1)
    judge.note("Could not set up domain domU1", from: "xen", at: 1)
    judge.note(.xenPanicked(reason: ["Could not set up domain domU1"], before: []), name: name, at: 1)
    #expect(judge.end(at: 1) == .succeeded)
  }

  @Test func theLastExpectationMayBeMetWhileAPanicSettles() throws {
    var judge = try judge(["domA"], ["domA=end Kernel panic"])
    judge.note(.guestPanicked(.guest(id: 1), "Kernel panic - not syncing"), name: name, at: 1)
    judge.note("---[ end Kernel panic", from: "domA", at: 1.1)
    #expect(judge.end(at: 1.1) == .succeeded)
  }

  @Test func aPanicOfADomainThatNobodyWaitsForIsNoEnd() throws {
    var judge = try judge(["domA", "domB"], ["domA=done"])
    judge.note(.guestPanicked(.guest(id: 2), "Kernel panic - not syncing"), name: name, at: 1)
    #expect(judge.end(at: 1000) == nil)
    judge.note(.guestPanicked(.guest(id: 1), "Kernel panic - not syncing"), name: name, at: 2)
    #expect(judge.end(at: 1000) == .guestPanic(name: "domA", "Kernel panic - not syncing"))
  }

  @Test func anEndOfItsOwnIsAnEnd() throws {
    let judge = try judge(["domA"], ["domA=done"])
    #expect(judge.end(status: 1, message: "no such machine") == .exited(status: 1, message: "no such machine"))
  }
}
