// SPDX-License-Identifier: Apache-2.0

/// How a trial boot ended.
public struct Outcome: Sendable {
  public enum End: Hashable, Sendable {
    /// Every expectation was met; or, without any, every domain printed something and nothing panicked.
    case succeeded
    /// Xen panicked; its message.
    case panic([String])
    /// A domain's own kernel panicked.
    case guestPanic(name: String, String)
    /// The firmware did not find or start Xen.
    case firmwareGaveUp(String)
    /// QEMU ended by itself: its status, negative for a signal, and what it wrote to standard error.
    case exited(status: Int32, message: String)
    case timeout
    /// The machine works, or sleeps, and prints nothing.
    case still
  }

  public let end: End
  /// From the start of QEMU to its end.
  public let seconds: Double
  /// In the order in which they were met, with the seconds from the start of QEMU.
  public let met: [(expectation: Expectation, seconds: Double)]
  public let missed: [Expectation]
  /// Domains, dom0 among them, that printed nothing.
  public let silent: [String]

  public var succeeded: Bool { end == .succeeded }

  /// What was met when, what was not, and why it ended: lines for standard error, each with its newline.
  public var summary: String {
    var lines = met.map { "met after \(Self.text($0.seconds)): \($0.expectation.text)" }
    lines += missed.map { "not met: \($0.text)" }
    if !silent.isEmpty, !succeeded { lines.append("printed nothing: \(silent.joined(separator: ", "))") }
    lines.append("\(succeeded ? "booted" : "ended") after \(Self.text(seconds))\(reason)")
    return lines.joined(separator: "\n") + "\n"
  }

  private var reason: String {
    switch end {
    case .succeeded: ""
    case .panic(let message): ": Xen panicked" + (message.isEmpty ? "" : ": " + message.joined(separator: " "))
    case .guestPanic(let name, let text): ": \(name) panicked: \(text)"
    case .firmwareGaveUp(let text): ": the firmware gave up: \(text)"
    case .exited(let status, let message):
      ": QEMU ended" + (status == 0 ? "" : status < 0 ? " by signal \(-status)" : " with status \(status)")
        + (message.isEmpty ? "" : ": " + message)
    case .timeout: ": the time was over"
    case .still: ": nothing more was printed"
    }
  }

  /// Seconds with two digits after the point.
  private static func text(_ seconds: Double) -> String {
    let hundredths = Int((max(seconds, 0) * 100).rounded())
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) s"
  }
}
