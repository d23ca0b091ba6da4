// SPDX-License-Identifier: Apache-2.0
public import XenFacts

/// What a boot log says: how the boot ended, and the first line that tells why.
public struct LogReading: Sendable {
  /// A line and where it stands in the log.
  public struct Entry: Hashable, Sendable {
    /// Counted from 1.
    public var number: Int
    public var line: LogLine

    public init(number: Int, line: LogLine) {
      self.number = number
      self.line = line
    }
  }

  /// A line that is known.
  public struct Found: Sendable {
    public var message: LogMessage
    /// What each `*` of its pattern stands for.
    public var captures: [String]
    public var entry: Entry

    /// What it means.
    public var meaning: String { filled(message.meaning) }
    /// The domain that the line names.
    public var domain: String? {
      guard let at = message.domainAt, captures.indices.contains(at - 1) else { return nil }
      // "domA (rc = -22)"
      return captures[at - 1].split(separator: " ").first.map(String.init)
    }

    private func filled(_ text: String) -> String {
      var result = text
      for (index, capture) in captures.enumerated().reversed() {
        let shown = index + 1 == message.domainAt ? domain ?? capture : capture
        result = result.replacing("%\(index + 1)", with: shown)
      }
      return result
    }
  }

  public enum Ending: Sendable {
    /// Not one line.
    case silence
    /// The firmware handed over, and nothing came after its last line.
    case silenceAfterFirmware(Entry)
    /// The firmware got no further.
    case firmware(Entry)
    /// Xen panicked: the lines of its reason.
    case panic([Entry])
    /// Xen stopped in the middle, without a panic: its last line.
    case stuck(Entry)
    /// A domain gave up: the line.
    case domain(Entry)
    /// Xen started these domains, and they printed nothing.
    case domainsSilent([Int])
    /// Every domain that Xen started has printed something.
    case complete
  }

  /// As Xen prints it, such as "4.20.4-pre".
  public private(set) var version: String?
  /// The release that this is a build of.
  public var xenVersion: XenVersion? {
    version.flatMap { text in XenVersion(text.split(separator: ".").prefix(2).joined(separator: ".")) }
  }
  public private(set) var ending: Ending
  /// The first cause of an ending that is none to wish for; nil when no line is known.
  public private(set) var cause: Found?
  /// Every known line.
  public private(set) var found: [Found]
  /// The lines of the boot that was read: the last one that failed, where a log holds several.
  public private(set) var entries: [Entry]
  /// How many boots the log holds.
  public private(set) var boots: Int

  /// Reads what a serial console sent.
  public init(serial bytes: [UInt8]) {
    var splitter = LogSplitter()
    var entries: [Entry] = []
    var number = 1
    for chunk in bytes.split(separator: Byte.lineFeed, omittingEmptySubsequences: false) {
      entries += splitter.feed(Array(chunk) + [Byte.lineFeed]).map { Entry(number: number, line: $0) }
      number += 1
    }
    entries += splitter.finish().map { Entry(number: number - 1, line: $0) }
    self.init(entries)
  }

  /// Reads lines that are split already.
  public init(_ all: [Entry]) {
    let boots = Self.boots(all.filter { !Self.isEmpty($0.line.text) })
    self.boots = boots.count
    entries = boots.last { Self.hasFailed($0) } ?? boots.last ?? []
    found = Self.found(in: entries)
    version = entries.lazy.compactMap(Self.version).first
    ending = Self.ending(of: entries, found)
    cause = nil
    switch ending {
    case .silence, .silenceAfterFirmware, .complete, .stuck: break
    case .firmware, .panic, .domain, .domainsSilent: cause = Self.first(found)
    }
  }

  /// The heaviest lines tell most; among these the first one does.
  private static func first(_ found: [Found]) -> Found? {
    for weight in [LogMessage.Weight.cause, .step, .headline] {
      if let first = found.first(where: { $0.message.weight == weight }) { return first }
    }
    return nil
  }

  /// The domain whose start failed.
  public var failedDomain: String? { found.lazy.compactMap(\.domain).first }

  // MARK: Parts

  /// A machine that restarts after a panic leaves many boots in one log.
  private static func boots(_ entries: [Entry]) -> [[Entry]] {
    var boots: [[Entry]] = [[]]
    var hasXen = false
    var banners: Set<String> = []
    for entry in entries {
      let text = entry.line.text.trimmed
      let isXen = version(entry) != nil
      let banner = ["U-Boot 2", "UEFI firmware (version"].first {
        entry.line.speaker == .firmware && text.hasPrefix($0)
      }
      if isXen && hasXen || banner.map({ hasXen || banners.contains($0) }) ?? false {
        boots.append([])
        hasXen = false
        banners = []
      }
      hasXen = hasXen || isXen
      if let banner { banners.insert(banner) }
      boots[boots.count - 1].append(entry)
    }
    return boots
  }

  /// An editor may have taken away the blank that follows Xen's mark.
  private static func isEmpty(_ text: String) -> Bool { text.trimmed.isEmpty || text.trimmed == "(XEN)" }

  private static func hasFailed(_ entries: [Entry]) -> Bool {
    entries.contains { entry in
      switch entry.line.speaker {
      case .xen: entry.line.text.hasPrefix("Panic on CPU ")
      case .dom0, .guest: isEnd(entry.line.text)
      case .firmware: false
      }
    }
  }

  private static func found(in entries: [Entry]) -> [Found] {
    var loading = ""
    return entries.flatMap { entry -> [Found] in
      if entry.line.speaker == .xen, entry.line.text.hasPrefix("*** LOADING ") { loading = entry.line.text }
      let voice: LogMessage.Voice =
        switch entry.line.speaker {
        case .firmware: .firmware
        case .xen: .xen
        case .dom0, .guest: .domain
        }
      return LogMessage.all.compactMap { message in
        guard message.voice == voice, message.context.map(loading.hasPrefix) ?? true,
          let captures = message.match(entry.line.text)
        else { return nil }
        return Found(message: message, captures: captures, entry: entry)
      }.prefix(1).map { $0 }
    }
  }

  private static func version(_ entry: Entry) -> String? {
    guard entry.line.speaker == .xen, entry.line.text.hasPrefix("Xen version ") else { return nil }
    return String(entry.line.text.dropFirst(12).prefix { $0 != " " })
  }

  private static func isEnd(_ text: String) -> Bool {
    text.contains("Kernel panic - not syncing") || text.hasPrefix("PROBE-FAULT")
  }

  private static func ending(of entries: [Entry], _ found: [Found]) -> Ending {
    guard let last = entries.last else { return .silence }
    let xen = entries.filter { $0.line.speaker == .xen }
    guard let lastOfXen = xen.last else {
      let isHandedOver = found.allSatisfy { $0.message.voice != .firmware } && hasHandedOver(entries)
      return isHandedOver ? .silenceAfterFirmware(last) : .firmware(last)
    }
    if let panic = xen.firstIndex(where: { $0.line.text.hasPrefix("Panic on CPU ") }) {
      let reason = xen[(panic + 1)...].prefix {
        !$0.line.text.hasPrefix("*****") && !$0.line.text.hasPrefix("Reboot in")
      }
      return .panic(Array(reason))
    }
    if let end = entries.first(where: { isDomain($0) && isEnd($0.line.text) }) { return .domain(end) }
    if let crash = xen.first(where: { $0.line.text.hasPrefix("Domain ") && $0.line.text.contains(" crashed ") }) {
      return .domain(crash)
    }
    guard xen.contains(where: { $0.line.text.hasPrefix("Freed ") }) else { return .stuck(lastOfXen) }
    let started = Set(xen.compactMap { startedDomain($0.line.text) })
    let heard = Set(
      entries.compactMap { entry -> Int? in
        switch entry.line.speaker {
        case .dom0: 0
        case .guest(let id): id
        case .xen, .firmware: nil
        }
      })
    let silent = started.subtracting(heard).sorted()
    return silent.isEmpty ? .complete : .domainsSilent(silent)
  }

  private static func isDomain(_ entry: Entry) -> Bool {
    switch entry.line.speaker {
    case .dom0, .guest: true
    case .xen, .firmware: false
    }
  }

  /// `Loading d1 kernel from boot module @ …`
  private static func startedDomain(_ text: String) -> Int? {
    guard text.hasPrefix("Loading d"), text.contains(" kernel from boot module") else { return nil }
    return Int(text.dropFirst(9).prefix { $0.isNumber })
  }

  /// The words of U-Boot and of Xen's own loader before Xen itself has the console.
  private static func hasHandedOver(_ entries: [Entry]) -> Bool {
    let words = [
      "Starting kernel ...", "Using bootargs from device tree.", "Using modules provided by bootloader in FDT",
    ]
    return entries.suffix(6).contains { entry in words.contains { entry.line.text.contains($0) } }
      || entries.contains { $0.line.text.contains("EFI loader") }
  }
}
