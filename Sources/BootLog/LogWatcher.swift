// SPDX-License-Identifier: Apache-2.0

/// What a line means for the run.
public enum BootEvent: Hashable, Sendable {
  /// Xen's first words. The version is the one that it prints, such as "4.20.4-pre".
  case xenStarted(version: String)
  /// Xen gave up: the lines of its reason, and the last lines that it printed before, which often tell more.
  case xenPanicked(reason: [String], before: [String])
  /// Xen stops or restarts the machine because its dom0 did, such as "Hardware Dom0 halted: halting machine".
  case machineStopped(String)
  /// Xen ended a domain.
  case domainCrashed(String)
  /// A Linux guest, or dom0, gave up.
  case guestPanicked(Speaker, String)
  /// The firmware did not get as far as Xen, or not with all files.
  case firmwareGaveUp(String)

  /// Whether nothing that was asked for can come after this.
  public var isEnd: Bool {
    switch self {
    case .xenPanicked, .machineStopped, .firmwareGaveUp: true
    case .xenStarted, .domainCrashed, .guestPanicked: false
    }
  }
}

/// Looks at lines one by one and tells what they mean.
public struct LogWatcher: Sendable {
  /// How many of Xen's lines before a panic are kept.
  private static let contextCount = 4
  private static let reasonCount = 32

  private var recent: [String] = []
  private var reason: [String]?

  public init() {}

  /// Takes the next line.
  ///
  /// - Returns: what it means, nil when it means nothing in particular. A panic is told when its last line is in.
  public mutating func note(_ line: LogLine) -> BootEvent? {
    switch line.speaker {
    case .xen: noteXen(line.text)
    case .firmware: Self.firmwareGaveUp(line.text) ? .firmwareGaveUp(line.text) : nil
    case .dom0, .guest: Self.isKernelPanic(line.text) ? .guestPanicked(line.speaker, line.text) : nil
    }
  }

  /// Takes what the splitter has unfinished once the console is silent: a prompt of the firmware is an end too.
  public mutating func noteSilence(_ unfinished: [LogLine]) -> BootEvent? {
    if let event = finish() { return event }
    for line in unfinished where line.speaker == .firmware {
      let text = line.text.drop { $0 == " " }
      if text == "=> " || text == "=>" || text.hasPrefix("Shell>") {
        return .firmwareGaveUp("it waits at its prompt")
      }
    }
    return nil
  }

  /// Returns the panic whose last line never came.
  public mutating func finish() -> BootEvent? {
    guard let lines = reason else { return nil }
    reason = nil
    return .xenPanicked(reason: lines, before: recent)
  }

  private mutating func noteXen(_ text: String) -> BootEvent? {
    if let lines = reason {
      if text.hasPrefix("****************") || lines.count >= Self.reasonCount { return finish() }
      if !text.isEmpty { reason = lines + [text] }
      return nil
    }
    if text.hasPrefix("Panic on CPU ") {
      reason = []
      return nil
    }
    defer {
      if !text.isEmpty, !text.hasPrefix("****************") {
        recent = (recent + [text]).suffix(Self.contextCount)
      }
    }
    if text.hasPrefix("Xen version ") {
      return .xenStarted(version: String(text.dropFirst(12).prefix { $0 != " " }))
    }
    if text.hasPrefix("Hardware Dom") { return .machineStopped(text) }
    if text.hasPrefix("Domain "), text.contains(" crashed ") { return .domainCrashed(text) }
    return nil
  }

  private static func isKernelPanic(_ text: String) -> Bool {
    text.contains("Kernel panic - not syncing") && !text.contains("end Kernel panic")
  }

  /// What U-Boot 2023.01, AAVMF 2022.11 and Xen's EFI loader print when they go no further.
  private static func firmwareGaveUp(_ text: String) -> Bool {
    let starts = [
      "## Error", "Bad Linux ARM64 Image", "Couldn't find partition", "Failed to load '", "SCRIPT FAILED",
      "\"Synchronous Abort\"", "resetting ...", "No configuration file found.", "Open failed for ",
      "Synchronous Exception at", "UEFI Interactive Shell",
    ]
    let text = text.drop { $0 == " " }
    if starts.contains(where: { text.hasPrefix($0) }) { return true }
    return text.hasPrefix("BdsDxe: starting ") && (text.contains("\"UiApp\"") || text.contains("Shell\""))
  }
}
