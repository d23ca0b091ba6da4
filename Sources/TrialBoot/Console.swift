// SPDX-License-Identifier: Apache-2.0
internal import BootLog

/// The way from the serial port to the judge.
struct Console {
  /// A prompt is one when nothing follows it for so long.
  private static let silence = 1.0

  private var splitter: LogSplitter
  private var watcher = LogWatcher()
  private(set) var judge: Judge
  /// When silence is to be judged; nil when it has been.
  private var silenceAt: Double?

  init(_ splitter: LogSplitter, _ judge: Judge) {
    self.splitter = splitter
    self.judge = judge
  }

  /// When to look again if nothing comes in.
  var deadline: Double? { [silenceAt, judge.deadline].compactMap { $0 }.min() }

  mutating func take(_ bytes: [UInt8], at seconds: Double, _ onLine: (TrialBoot.Line) -> Void) {
    note(splitter.feed(bytes), at: seconds, onLine)
    // A prompt has no end of line; what it says so far counts all the same.
    for line in splitter.unfinished {
      judge.note(line.text, from: splitter.name(of: line.speaker), at: seconds, isEnded: false)
    }
    silenceAt = seconds + Self.silence
  }

  /// The stream has ended, or nobody listens any more: what is not ended is shown as it is.
  mutating func finish(at seconds: Double, _ onLine: (TrialBoot.Line) -> Void) {
    note(splitter.finish(), at: seconds, onLine)
    if let event = watcher.finish() { judge.note(event, name: splitter.name(of:), at: seconds) }
    silenceAt = nil
  }

  /// Time has passed.
  mutating func note(_ seconds: Double) {
    guard let due = silenceAt, due <= seconds else { return }
    silenceAt = nil
    if let event = watcher.noteSilence(splitter.unfinished) {
      judge.note(event, name: splitter.name(of:), at: seconds)
    }
  }

  private mutating func note(_ lines: [LogLine], at seconds: Double, _ onLine: (TrialBoot.Line) -> Void) {
    for line in lines {
      let name = splitter.name(of: line.speaker)
      onLine(TrialBoot.Line(name: name, speaker: line.speaker, text: line.text, raw: line.raw, seconds: seconds))
      judge.note(line.text, from: name, at: seconds)
      if let event = watcher.note(line) { judge.note(event, name: splitter.name(of:), at: seconds) }
    }
  }
}
