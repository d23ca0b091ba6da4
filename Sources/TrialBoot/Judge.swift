// SPDX-License-Identifier: Apache-2.0
internal import BootLog
internal import Diagnostics

/// Decides, line by line, how a trial boot goes. Knows no clock: the caller says what time it is.
struct Judge {
  /// What comes after the decisive line belongs to it: the rest of a panic's text, or the panic that follows the last domain's
  /// first words.
  private static let settling = 0.5
  /// A line that is not ended yet is given this long, so that it can be shown whole.
  private static let lineEnd = 0.1

  /// Everybody who is to print something when nothing is expected.
  private let talkers: [String]
  private var pending: [(expectation: Expectation, regex: Regex<AnyRegexOutput>)] = []
  private let expectsSomething: Bool
  private(set) var met: [(expectation: Expectation, seconds: Double)] = []
  private var talked: Set<String> = []
  private var decision: (end: Outcome.End, at: Double)?

  init(talkers: [String], expectations: [Expectation]) throws(Failure) {
    self.talkers = talkers
    expectsSomething = !expectations.isEmpty
    for expectation in expectations { pending.append((expectation, try expectation.regex())) }
  }

  var missed: [Expectation] { pending.map(\.expectation) }
  var silent: [String] { talkers.filter { !talked.contains($0) } }

  /// When to ask again for the end, if nothing is printed until then.
  var deadline: Double? { decision.map { $0.at } }

  /// Takes a line that has come in, or one that is not ended yet.
  mutating func note(_ text: String, from name: String, at seconds: Double, isEnded: Bool = true) {
    pending.removeAll { expectation, regex in
      guard expectation.name == name, (try? regex.firstMatch(in: text)) != nil else { return false }
      met.append((expectation, seconds))
      return true
    }
    let isNew = text.contains { !$0.isWhitespace } && talked.insert(name).inserted
    if expectsSomething {
      if pending.isEmpty { decide(.succeeded, at: isEnded ? seconds : seconds + Self.lineEnd) }
    } else if isNew, silent.isEmpty {
      decide(.succeeded, at: seconds + Self.settling)
    }
  }

  mutating func note(_ event: BootEvent, name: (Speaker) -> String, at seconds: Double) {
    let soon = seconds + Self.settling
    switch event {
    case .xenPanicked(let reason, _): decide(.panic(reason), at: soon)
    case .firmwareGaveUp(let text): decide(.firmwareGaveUp(text), at: soon)
    case .guestPanicked(let speaker, let text): give(up: name(speaker), text, at: soon)
    case .domainCrashed(let text):
      // "Domain 1 (vcpu#0) crashed on cpu#2:"
      let id = Int(text.dropFirst("Domain ".count).prefix { $0.isNumber }) ?? 0
      give(up: name(id == 0 ? .dom0 : .guest(id: id)), text, at: soon)
    case .machineStopped(let text):
      // QEMU ends by itself now, if all is well.
      if decision == nil { decide(.exited(status: 0, message: text), at: seconds + 4 * Self.settling) }
    case .xenStarted: break
    }
  }

  /// A domain is lost. When others are waited for, that is no reason to stop.
  private mutating func give(up name: String, _ text: String, at seconds: Double) {
    if expectsSomething, !pending.contains(where: { $0.expectation.name == name }) { return }
    decide(.guestPanic(name: name, text), at: seconds)
  }

  /// A success that is only settling gives way to a panic, and a panic to the last expectation met.
  private mutating func decide(_ end: Outcome.End, at seconds: Double) {
    if let decision {
      let isBetter = end == .succeeded && expectsSomething
      let isWorse = end != .succeeded && decision.end == .succeeded && !expectsSomething
      guard isBetter || isWorse else { return }
    }
    decision = (end, seconds)
  }

  /// The end, if it has come by now.
  func end(at seconds: Double) -> Outcome.End? {
    guard let decision, decision.at <= seconds else { return nil }
    return decision.end
  }

  /// The end when QEMU has ended by itself.
  func end(status: Int32, message: String) -> Outcome.End {
    decision?.end ?? .exited(status: status, message: message)
  }
}
