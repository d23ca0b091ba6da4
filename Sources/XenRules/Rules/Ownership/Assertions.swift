// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import XenSystem

extension Rule {
  static let assertionFailed = Rule(
    "assertion-failed", "something that the description asserts is not so",
    explanation: """
      The sentences of `assert:`, or of /chosen/grove,assert in a tree, are what the system has to keep to, whoever changes it. The message \
      says what two domains share, or who has a device, and the notes which lines make it so. Change these lines, or say in the sentence what \
      may be: `domA and domB share nothing but event channels`. See Docs/ownership.md.
      """
  ) { $0.judgedAssertions("assertion-failed") }

  static let assertionSentence = Rule(
    "assertion-sentence", "a sentence of `assert` cannot be read",
    explanation: """
      A sentence has one of few forms: `domA and domB share nothing [at all] [but KINDS]`, `domA shares nothing [at all] with anybody [but \
      KINDS]`, `domA and domB share no KINDS`, `nobody shares KINDS`, `domA owns PATHS`, where Xen and nobody may own, too. Kinds are memory, registers, \
      interrupts, streams, shared memory, event channels, xenstore, grants, control, clocks, resets, power domains, regulators, cpu pools, \
      cache, iommus and console, with commas or `and` between them. See Docs/ownership.md.
      """
  ) { $0.judgedAssertions("assertion-sentence") }
}

extension Subject {
  /// What a tree asserts itself, in a list of strings. Descriptions are held to theirs where they are read.
  fileprivate func judgedAssertions(_ rule: String) -> [Finding] {
    guard let chosen, let value = tree[chosen, Self.assertions] else { return [] }
    let place = place(chosen, property: Self.assertions)
    guard let sentences = value.strings else {
      return rule == "assertion-sentence" ? [Finding("\(Self.assertions) is no list of sentences", at: place)] : []
    }
    return ownership.judge(sentences.map { ($0, place) }).filter { $0.rule == rule }.map {
      Finding($0.message, at: $0.place, hint: $0.hint, notes: $0.notes)
    }
  }
}
