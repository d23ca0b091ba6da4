// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Testing
import XenSystem

@Suite struct AssertionTests {
  /// What is wrong with sentences about the sample: rule, message and hint.
  private func judge(_ sentences: String..., change: (inout OwnedSample) -> Void = { _ in }) throws -> [String] {
    try OwnedSample.ownership(change).judge(sentences.map { ($0, Place(file: "system.yaml")) }).map {
      "\($0.rule): \($0.message)" + ($0.hint.map { "; \($0)" } ?? "")
    }
  }

  @Test(arguments: [
    "domA and domB share nothing", "domB and domA share nothing but event channels, shared memory and clocks",
    "domA and domB share nothing but memory, clocks, and event channels",
    "domA and domB share nothing at all but cpu pools, cache colours or console",
    "domA shares nothing with domB", "domA shares nothing with anybody but xenstore, grants and control",
    "domA and domB share no event channels, clock or power domains", "nobody shares shared memory or event channels",
    "domA and domB share nothing at all but a cpu pool, cache and console", "domA owns /rtc@9010000",
    "dom0 owns /gpio@9030000, /mmc@9080000 and /fixed", "Xen owns /uart@9000000 and /timer",
    "nobody owns /spare@90a0000",
  ])
  func whatIsSoIsNotMentioned(_ sentence: String) throws {
    #expect(try judge(sentence) == [])
  }

  @Test func whatTwoShareIsNamedWithTheLines() throws {
    let found = try OwnedSample.ownership().judge([
      ("dom0 and domA share nothing but control", Place(file: "system.yaml"))
    ])
    #expect(
      found.map(\.message) == [
        "`dom0 and domA share nothing but control` is not so: dom0 and domA share xenstore (the store of dom0), "
          + "grants (by way of xenstore's page and its devices)"
      ])
    #expect(
      found.flatMap(\.notes).map { "\($0.place.node ?? ""): \($0.message)" } == [
        "/chosen/module@50000000: dom0 shares xenstore by this", "/chosen/domA: domA shares xenstore by this",
        "/chosen/module@50000000: dom0 shares grants by this", "/chosen/domA: domA shares grants by this",
      ])
  }

  @Test func oneDomainWithAll() throws {
    #expect(
      try judge("domB shares nothing with anybody but control") == [
        "assertion-failed: `domB shares nothing with anybody but control` is not so: domB shares clocks (/clocks@9060000, different outputs)"
      ])
  }

  @Test func whatXenDividesIsSharedByName() throws {
    #expect(
      try judge("nobody shares cpu pools") == [
        "assertion-failed: `nobody shares cpu pools` is not so: some domains share cpu pools (Pool-0)"
      ])
    #expect(
      try judge("domA and domB share nothing at all") == [
        "assertion-failed: `domA and domB share nothing at all` is not so: domA and domB share cpu pools (Pool-0), "
          + "cache (the last-level cache, which has no colours), console (Xen's console)"
      ])
  }

  @Test func aDeviceOfSomebodyElse() throws {
    #expect(
      try judge(
        "domB owns /rtc@9010000 and /spare@90a0000", "domA owns /rtc@901000", "domA owns /cpus",
        "nobody owns /rtc@9010000") == [
          "assertion-failed: `domB owns /rtc@9010000 and /spare@90a0000` is not so: domA owns /rtc@9010000",
          "assertion-failed: `domB owns /rtc@9010000 and /spare@90a0000` is not so: nobody owns /spare@90a0000: "
            + "it is marked xen,passthrough and given to no domain",
          "assertion-failed: `domA owns /rtc@901000` is not so: the host has no node /rtc@901000; did you mean /rtc@9010000?",
          "assertion-failed: `domA owns /cpus` is not so: /cpus is no device, so it has no owner",
          "assertion-failed: `nobody owns /rtc@9010000` is not so: domA owns /rtc@9010000",
        ])
  }

  @Test func whatCannotBeReadNamesTheNearestWord() throws {
    let forms = "write such as `domA and domB share nothing but event channels` or `domA owns /path`"
    #expect(
      try judge(
        "domA and domB share nothing but event chanels", "domA and domB share nothing but clock and consle",
        "domA and domC share nothing", "domA and domB shares nothing", "domA own /rtc@9010000", "domA", "", "domA owns",
        "domA and domB share nothing but", "domA shares nothing", "nobody shares", "domA and domA share nothing",
        "domA and domB share clocks", "domA and domB share no clocks resets", "domA and domB share no clocks with dom0",
        "nobody shares clocks with dom0", "nobody shares clocks and",
        "nobody shares clocks,"
      ) == [
        "assertion-sentence: `domA and domB share nothing but event chanels` cannot be read: `event chanels` is no kind of thing to share; did you mean `event channels`?",
        "assertion-sentence: `domA and domB share nothing but clock and consle` cannot be read: `consle` is no kind of thing to share; did you mean `console`?",
        "assertion-sentence: `domA and domC share nothing` cannot be read: no domain is called domC; did you mean dom0?",
        "assertion-sentence: `domA and domB shares nothing` cannot be read: `shares` is not what can stand there; did you mean `share`?",
        "assertion-sentence: `domA own /rtc@9010000` cannot be read: `own` is not what can stand there; did you mean `owns`?",
        "assertion-sentence: `domA` cannot be read: it is too short; \(forms)",
        "assertion-sentence: `` cannot be read: it is too short; \(forms)",
        "assertion-sentence: `domA owns` cannot be read: it ends behind `owns`; \(forms)",
        "assertion-sentence: `domA and domB share nothing but` cannot be read: it ends behind `but`; \(forms)",
        "assertion-sentence: `domA shares nothing` cannot be read: it ends where `with` is wanted; \(forms)",
        "assertion-sentence: `nobody shares` cannot be read: it ends behind `shares`; \(forms)",
        "assertion-sentence: `domA and domA share nothing` cannot be read: it names domA twice",
        "assertion-sentence: `domA and domB share clocks` cannot be read: `clocks` is not what can stand there; there can stand `nothing`, `no`",
        "assertion-sentence: `domA and domB share no clocks resets` cannot be read: `resets` is not what can stand there; there can stand `and`, `or`, `with`",
        "assertion-sentence: `domA and domB share no clocks with dom0` cannot be read: nothing can stand from `with` on",
        "assertion-sentence: `nobody shares clocks with dom0` cannot be read: nothing can stand from `with` on",
        "assertion-sentence: `nobody shares clocks and` cannot be read: it ends behind `and`; \(forms)",
        "assertion-sentence: `nobody shares clocks,` cannot be read: it ends behind `,`; \(forms)",
      ])
  }

  @Test func aDomainMayBeCalledLikeAWord() throws {
    let assertion = try Assertion("and and nobody share nothing but clocks")
    guard case .shareNone(let parties, let kinds) = assertion.claim else {
      Issue.record("another claim")
      return
    }
    #expect(parties == .two("and", "nobody"))
    #expect(!kinds.contains(.clocks))
    #expect(kinds.contains(.memory))
  }
}
