// SPDX-License-Identifier: Apache-2.0

/// What a Xen did with a tree.
public enum Verdict: Hashable, Sendable {
  /// Xen gave up: its reason, and the lines before it.
  case panics(reason: [String], before: [String])
  /// Not one line.
  case silent
  /// Something stopped coming: the last line.
  case hangs(String)
  /// Every guest that can be heard has said its last line.
  case boots
  /// A guest gave up, or Xen ended it.
  case guestFails(name: String, String)
  /// The machine stopped, or the firmware did not get as far as Xen.
  case ends(String)

  /// What everybody printed, and how it ended.
  public init(_ outcome: Outcome, _ lines: [TrialBoot.Line]) {
    let spoken = lines.filter { line in line.text.contains { !$0.isWhitespace } }
    if let fault = spoken.first(where: Self.isFault), outcome.end != .timeout {
      if case .panic = outcome.end {
      } else {
        self = .guestFails(name: fault.name, fault.text)
        return
      }
    }
    switch outcome.end {
    case .succeeded: self = .boots
    case .panic(let reason): self = .panics(reason: reason, before: Self.before(reason, in: spoken))
    case .guestPanic(let name, let text): self = .guestFails(name: name, text)
    case .firmwareGaveUp(let text): self = .ends(text)
    case .exited(let status, let message):
      if spoken.isEmpty, status == 0 { self = .silent } else { self = .ends(message.isEmpty ? "QEMU ended" : message) }
    case .still, .timeout: self = spoken.last.map { .hangs($0.text) } ?? .silent
    }
  }

  /// A guest's own last words.
  private static func isFault(_ line: TrialBoot.Line) -> Bool {
    line.text.hasPrefix("PROBE-FAULT") || line.text.contains("Kernel panic - not syncing")
  }

  private static func before(_ reason: [String], in lines: [TrialBoot.Line]) -> [String] {
    let xen = lines.filter { $0.name == "xen" }.map(\.text)
    guard let start = xen.firstIndex(where: { $0.hasPrefix("Panic on CPU ") }) else { return [] }
    return xen[..<start].filter { !$0.hasPrefix("*****") }.suffix(6).map { $0 }
  }

  /// On one line.
  public var text: String {
    switch self {
    case .panics(let reason, _): "panics: \(reason.joined(separator: " "))"
    case .silent: "silent"
    case .hangs(let line): "hangs after: \(line)"
    case .boots: "boots"
    case .guestFails(let name, let text): "\(name) fails: \(text)"
    case .ends(let text): "ends: \(text)"
    }
  }
}
