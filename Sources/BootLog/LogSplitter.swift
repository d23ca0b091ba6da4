// SPDX-License-Identifier: Apache-2.0

/// Splits the bytes of a serial console into the lines of those who wrote them.
///
/// Xen shares the console in ways that differ by version:
///
/// - Its own lines start with `(XEN) `, and so do lines of domains: `(XEN) DOM2: text`. Xen collects such a line
///   first, so that it comes in one piece, but cuts it after 126 characters.
/// - With a dom0, dom0's characters come as they are, and others break into its lines anywhere.
/// - Without one, Xen since 4.18 gives the console to domain 1 and prints its characters singly. Its lines start
///   with `(XEN) ` and nothing more, others break into them, and the rest of a broken line may have a new `(XEN) `.
///   If the one that broke in runs on the same processor, its own `(XEN) ` is missing: `(XEN) PAYDOM2: text`.
/// - 4.17 gives the console to a dom0 even if there is none, so that every domain has its `DOM1: `.
///
/// Most guests end lines with CR LF, and Xen puts another CR before each LF. This tells the lines of a domain that
/// has the console from Xen's own. Where a guest writes bare LF, Xen's lines are known by their words.
public struct LogSplitter: Sendable {
  /// Where Xen cuts a domain's line: its buffer has 128 bytes with the line end and a NUL.
  static let collectedLength = 126
  static let mark = Array("(XEN)".utf8)

  private let names: [Int: String]
  private let maximumLineLength: Int
  private var hasDom0: Bool

  /// False while the firmware speaks.
  private var xenHasStarted = false
  /// The domain whose characters come singly.
  private var focus: Int?
  /// Whether that domain has ever ended a line with CR LF.
  private var focusWritesCR = false
  private var xenIsDying = false
  private var hasTimestamps = false
  private var knownDomains: Set<Int>

  /// What came since the last boundary: a line end, or a `(XEN) `.
  private var segment: [UInt8] = []
  private var segmentIsMarked = false

  // Lines that others broke into.
  private var focusLine: [UInt8] = []
  private var dom0Line: [UInt8] = []
  private var xenLine: [UInt8] = []
  private var guestLines: [Int: [UInt8]] = [:]

  /// A splitter for one run of the machine.
  ///
  /// - Parameters:
  ///   - domains: the names of the domains by Xen's numbers.
  ///   - hasDom0: whether a dom0 is started; a splitter that is not told finds it in Xen's words.
  ///   - maximumLineLength: where lines are cut, in bytes; at least 256.
  public init(domains: [Int: String] = [:], hasDom0: Bool = false, maximumLineLength: Int = 4096) {
    names = domains
    self.hasDom0 = hasDom0
    self.maximumLineLength = max(256, maximumLineLength)
    knownDomains = Set(domains.keys)
  }

  /// The name of a speaker for people: "firmware", "xen", "dom0", or the domain's name, "dom3" if it has none.
  public func name(of speaker: Speaker) -> String {
    switch speaker {
    case .firmware: "firmware"
    case .xen: "xen"
    case .dom0: "dom0"
    case .guest(let id): names[id] ?? "dom\(id)"
    }
  }

  /// Takes the next bytes and returns the lines that they finish.
  public mutating func feed(_ bytes: [UInt8]) -> [LogLine] {
    var lines: [LogLine] = []
    for byte in bytes {
      switch byte {
      case Byte.lineFeed:
        endSegment(isLineEnd: true, into: &lines)
      case Byte.space where endsWithMark:
        segment.removeLast(Self.mark.count)
        endSegment(isLineEnd: false, into: &lines)
        segmentIsMarked = true
        xenHasStarted = true
      default:
        segment.append(byte)
        if !xenHasStarted, endsWithCursorMove { endSegment(isLineEnd: false, into: &lines) }
        if segment.count >= maximumLineLength { endSegment(isLineEnd: false, into: &lines) }
      }
    }
    return lines
  }

  /// Returns what was begun and never ended.
  ///
  /// The splitter is then as new, but for what it knows of the system.
  public mutating func finish() -> [LogLine] {
    let lines = unfinished
    segment = []
    segmentIsMarked = false
    focusLine = []
    dom0Line = []
    xenLine = []
    guestLines = [:]
    return lines
  }

  /// The lines that are begun and not ended, such as a prompt.
  public var unfinished: [LogLine] {
    var copy = self
    var lines: [LogLine] = []
    copy.endSegment(isLineEnd: false, into: &lines)
    if let focus = copy.focus, !copy.focusLine.isEmpty {
      lines.append(LogLine(.guest(id: focus), copy.focusLine, isComplete: false))
    }
    if !copy.dom0Line.isEmpty { lines.append(LogLine(.dom0, copy.dom0Line, isComplete: false)) }
    if !copy.xenLine.isEmpty { lines.append(LogLine(.xen, copy.xenLine, isComplete: false)) }
    for (id, line) in copy.guestLines.sorted(by: { $0.key < $1.key }) {
      lines.append(LogLine(.guest(id: id), line, isComplete: false))
    }
    return lines
  }

  // MARK: Boundaries

  /// The segment ends with `(XEN)`, and that is not in the middle of what a domain says.
  private var endsWithMark: Bool {
    guard segment.last == Self.mark.last, segment.count >= Self.mark.count,
      segment.suffix(5) == Self.mark[...]
    else {
      return false
    }
    return !(segmentIsMarked && domainPrefix(segment[...]) != nil)
  }

  /// Firmware moves the cursor instead of ending lines: ESC [ row ; column H, or ESC [ 2 J.
  private var endsWithCursorMove: Bool {
    guard let last = segment.last, last == UInt8(ascii: "H") || last == UInt8(ascii: "J") else {
      return false
    }
    for byte in segment.dropLast().suffix(10).reversed() {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ";"): continue
      case UInt8(ascii: "["): return true
      default: return false
      }
    }
    return false
  }

  private mutating func endSegment(isLineEnd: Bool, into lines: inout [LogLine]) {
    var bytes = segment
    let isMarked = segmentIsMarked
    segment.removeAll(keepingCapacity: true)
    segmentIsMarked = false
    guard isLineEnd || isMarked || !bytes.isEmpty else { return }
    // The CR that Xen's driver, or the firmware's, put before LF; any other is the guest's own.
    if isLineEnd, bytes.last == Byte.carriageReturn { bytes.removeLast() }

    if !xenHasStarted {
      let line = LogLine(.firmware, bytes, isComplete: isLineEnd)
      if isLineEnd || line.text.contains(where: { $0 != " " }) { lines.append(line) }
    } else if isMarked {
      endMarked(bytes, isLineEnd: isLineEnd, into: &lines)
    } else if let (id, start) = bracketedDomain(bytes) {
      endGuest(id, bytes[start...], into: &lines)
    } else if let focus, !hasDom0 || !focusLine.isEmpty {
      endFocus(focus, bytes[...], isMarked: false, isLineEnd: isLineEnd, into: &lines)
    } else if hasDom0 {
      dom0Line += bytes
      if isLineEnd { emit(.dom0, &dom0Line, into: &lines) } else { cut(.dom0, &dom0Line, into: &lines) }
    } else {
      endXen(bytes[...], isLineEnd: isLineEnd, into: &lines)
    }
  }

  private mutating func endMarked(_ bytes: [UInt8], isLineEnd: Bool, into lines: inout [LogLine]) {
    // Nothing else that Xen says before a domain has the console starts with such a bracket.
    if focus == nil, xenLine.isEmpty, timestampEnd(bytes[...]) != nil { hasTimestamps = true }
    if let (id, start) = domainPrefix(bytes[...]) {
      endGuest(id, bytes[start...], into: &lines)
      return
    }
    let body = hasTimestamps ? bytes[(timestampEnd(bytes[...]) ?? bytes.startIndex)...] : bytes[...]
    if let focus {
      endFocus(focus, body, isMarked: true, isLineEnd: isLineEnd, into: &lines)
    } else if hasDom0, isLineEnd, bytes.last == Byte.carriageReturn {
      // Xen ends no line with two CRs: this is dom0 showing Xen's log.
      dom0Line += Self.mark + [Byte.space] + bytes
      emit(.dom0, &dom0Line, into: &lines)
    } else {
      endXen(body, isLineEnd: isLineEnd, into: &lines)
    }
  }

  // MARK: Speakers

  private mutating func endXen(_ bytes: ArraySlice<UInt8>, isLineEnd: Bool, into lines: inout [LogLine]) {
    xenLine += bytes
    guard isLineEnd else { return cut(.xen, &xenLine, into: &lines) }
    learn(from: xenLine)
    emit(.xen, &xenLine, into: &lines)
  }

  private mutating func endGuest(_ id: Int, _ bytes: ArraySlice<UInt8>, into lines: inout [LogLine]) {
    knownDomains.insert(id)
    var line = guestLines.removeValue(forKey: id) ?? []
    line += bytes
    if bytes.count == Self.collectedLength, line.count < maximumLineLength {
      guestLines[id] = line
    } else {
      let isComplete = bytes.count != Self.collectedLength
      lines.append(LogLine(.guest(id: id), Self.trimmed(line), isComplete: isComplete))
    }
  }

  /// Characters of the domain that has the console, or a line of Xen, or both.
  private mutating func endFocus(
    _ focus: Int, _ bytes: ArraySlice<UInt8>, isMarked: Bool, isLineEnd: Bool, into lines: inout [LogLine]
  ) {
    guard isLineEnd else {
      focusLine += bytes
      return cut(.guest(id: focus), &focusLine, into: &lines)
    }
    if let (start, id, textStart) = gluedDomain(bytes, focus: focus) {
      focusLine += bytes[..<start]
      endGuest(id, bytes[textStart...], into: &lines)
      return
    }
    let endsWithCR = (bytes.last ?? focusLine.last) == Byte.carriageReturn
    if endsWithCR {
      focusWritesCR = true
    } else if isMarked, focusWritesCR || xenIsDying || XenWords.isMessage(bytes) {
      endXen(bytes, isLineEnd: true, into: &lines)
      return
    } else if let start = XenWords.gluedMessage(bytes) {
      focusLine += bytes[..<start]
      endXen(bytes[start...], isLineEnd: true, into: &lines)
      return
    }
    focusLine += bytes
    emit(.guest(id: focus), &focusLine, into: &lines)
  }

  private func emit(_ speaker: Speaker, _ line: inout [UInt8], into lines: inout [LogLine]) {
    cut(speaker, &line, into: &lines)
    lines.append(LogLine(speaker, Self.trimmed(line)))
    line.removeAll(keepingCapacity: true)
  }

  /// Hands over as much of a line as is too long to wait for its end.
  private func cut(_ speaker: Speaker, _ line: inout [UInt8], into lines: inout [LogLine]) {
    while line.count >= maximumLineLength {
      lines.append(LogLine(speaker, Array(line.prefix(maximumLineLength)), isComplete: false))
      line.removeFirst(maximumLineLength)
    }
  }

  private static func trimmed(_ line: [UInt8]) -> [UInt8] {
    Array(line[..<(line.lastIndex { $0 != Byte.carriageReturn }.map { $0 + 1 } ?? 0)])
  }

  // MARK: What Xen says about the console

  private mutating func learn(from line: [UInt8]) {
    if line.starts(with: "*** LOADING DOMAIN 0 ***".utf8) {
      hasDom0 = true
    } else if line.starts(with: "Loading d".utf8), let (id, _) = number(line[...], at: 9) {
      knownDomains.insert(id)
    } else if line.starts(with: "*** Serial input to ".utf8) {
      focus = nil
      let name = line.dropFirst(20)
      if name.starts(with: "DOM".utf8), let (id, _) = number(name, at: name.startIndex + 3), id > 0 {
        focus = id
      }
    } else if line.starts(with: "Panic on CPU".utf8) || line.starts(with: "----[ Xen-".utf8) {
      xenIsDying = true
    } else if line.starts(with: "Reboot in five seconds".utf8) {
      // What follows is the firmware of the next start.
      xenHasStarted = false
      xenIsDying = false
      focus = nil
    }
  }

  /// The number and the start of the text in `DOM2: text`, or behind the timestamp if Xen writes those.
  private func domainPrefix(_ bytes: ArraySlice<UInt8>) -> (id: Int, start: Int)? {
    let body = hasTimestamps ? bytes[(timestampEnd(bytes) ?? bytes.startIndex)...] : bytes
    guard body.starts(with: "DOM".utf8), let (id, end) = number(body, at: body.startIndex + 3),
      body[end...].starts(with: ": ".utf8)
    else { return nil }
    return (id, end + 2)
  }

  /// The same for `(d2) text`, which newer Xens write instead, without a `(XEN) `.
  private func bracketedDomain(_ bytes: [UInt8]) -> (id: Int, start: Int)? {
    guard bytes.starts(with: "(d".utf8), let (id, end) = number(bytes[...], at: 2), id > 0,
      bytes[end...].starts(with: ") ".utf8), knownDomains.contains(id)
    else { return nil }
    return (id, end + 2)
  }

  /// Where another domain's `DOM2: ` stands in the characters of the domain that has the console.
  private func gluedDomain(
    _ bytes: ArraySlice<UInt8>, focus: Int
  ) -> (start: Int, id: Int, textStart: Int)? {
    var index = bytes.startIndex
    while let start = bytes[index...].firstIndex(of: UInt8(ascii: "D")) {
      if let (id, textStart) = domainPrefix(bytes[start...]), id != focus, knownDomains.contains(id) {
        return (start, id, textStart)
      }
      index = start + 1
    }
    return nil
  }

  /// The index after `[…] ` as `console_timestamps=` writes it: digits and `.:-` only.
  private func timestampEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.first == UInt8(ascii: "[") else { return nil }
    for index in bytes.indices.dropFirst().prefix(32) {
      switch bytes[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "."),
        UInt8(ascii: ":"), UInt8(ascii: "-"), Byte.space:
        continue
      case UInt8(ascii: "]"):
        let next = index + 1
        return next < bytes.endIndex && bytes[next] == Byte.space ? next + 1 : nil
      default:
        return nil
      }
    }
    return nil
  }

  /// At most five digits, and the index after them.
  private func number(_ bytes: ArraySlice<UInt8>, at start: Int) -> (value: Int, end: Int)? {
    var value = 0
    var index = start
    while index < bytes.endIndex, index < start + 5, bytes[index] >= 0x30, bytes[index] <= 0x39 {
      value = value * 10 + Int(bytes[index] - 0x30)
      index += 1
    }
    return index > start ? (value, index) : nil
  }
}
