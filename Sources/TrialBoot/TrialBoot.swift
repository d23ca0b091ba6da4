// SPDX-License-Identifier: Apache-2.0
public import BootLog
public import BootTargets
internal import DeviceTree
public import Diagnostics

/// A built folder, ready to be booted on a real Xen in QEMU.
public struct TrialBoot: Sendable {
  /// A line that somebody printed.
  public struct Line: Sendable {
    /// A domain's name, `dom0`, `xen` or `firmware`.
    public let name: String
    public let speaker: Speaker
    /// Without Xen's prefix, and harmless to a terminal.
    public let text: String
    /// The bytes as they came.
    public let raw: [UInt8]
    /// Seconds since QEMU was started.
    public let seconds: Double

    /// `domA| text` and a newline; with the bytes as they came if `raw`.
    public func output(raw isRaw: Bool) -> [UInt8] {
      Array("\(name)| ".utf8) + (isRaw ? raw : Array(text.utf8)) + [0x0A]
    }
  }

  /// The guests in Xen's order; the first one has the id 1.
  public let domains: [String]
  /// Those that have a console on the machine's serial port, dom0 first.
  let talkers: [String]
  public let hasDom0: Bool
  /// QEMU's arguments. It runs inside the target's folder.
  public let arguments: [String]
  private let qemu: [String]
  private let folder: String

  /// - Parameter folder: what `OutputFolder` wrote.
  /// - Throws: `no-boot-folder` when it is none, does not hold the target or has lost a file; `host-not-qemu`; `tool-missing`.
  public init(folder: String, target: BootTarget) throws(Failure) {
    try self.init(folder: folder, target: target, command: [Tools.program(Tools.qemu)])
  }

  /// - Parameter command: QEMU, or what plays it: a program and its first arguments.
  init(folder: String, target: BootTarget, command qemu: [String]) throws(Failure) {
    let built = try BuiltFolder(folder)
    let system = try built.system(for: target)
    let command = try QEMUCommand(host: system.tree, file: system.treeFile)
    self.init(
      system.started, in: system.tree, arguments: try Emulation(target, command, system.direct).arguments, qemu: qemu,
      folder: system.folder)
    guard target == .qemu || system.size <= Emulation.diskCapacity else {
      throw Failure(
        .error(
          "trial-failed",
          "the files of the target \(target.rawValue) have \(system.size) bytes, and the disk that QEMU makes of a folder "
            + "holds no more than \(describeSize(UInt64(Emulation.diskCapacity)))", at: Place(file: folder),
          hint: "the target qemu has no such limit"))
    }
  }

  init(
    domains: [String], talkers: [String], hasDom0: Bool, arguments: [String], qemu: [String], folder: String
  ) {
    self.domains = domains
    self.talkers = talkers
    self.hasDom0 = hasDom0
    self.arguments = arguments
    self.qemu = qemu
    self.folder = folder
  }

  /// - Parameters:
  ///   - started: what Xen finds in the tree.
  ///   - arguments: QEMU's.
  ///   - qemu: QEMU, or what plays it.
  ///   - folder: where QEMU runs.
  init(
    _ started: StartedSystem, in tree: DeviceTree, arguments: [String], qemu: [String], folder: String
  ) {
    self.init(
      domains: started.domains.map(\.name), talkers: Self.talkers(started, in: tree), hasDom0: started.hasDom0,
      arguments: arguments, qemu: qemu, folder: folder)
  }

  /// Whether a domain, by its name, has a console on the machine's serial port.
  public func talks(_ name: String) -> Bool { talkers.contains(name) }

  /// A guest without Xen's own UART says nothing here, whatever it does.
  private static func talkers(_ system: StartedSystem, in tree: DeviceTree) -> [String] {
    (system.hasDom0 ? ["dom0"] : []) + system.domains.filter { tree[$0.node, "vpl011"] != nil }.map(\.name)
  }

  /// The targets that a folder holds, by its manifest; none when it is no folder of ours.
  public static func targets(in folder: String) -> [BootTarget] {
    guard let built = try? BuiltFolder(folder) else { return [] }
    return built.targets
  }

  /// Boots, and returns when it is decided. QEMU is gone then.
  ///
  /// - Parameters:
  ///   - timeout: the most seconds that it may take.
  ///   - expect: what has to be printed. Without any, every domain with a console has to print something.
  ///   - patience: when given, the run ends as soon as the machine has used so many seconds of processor time without printing.
  ///   - firstPatience: the same before the first line of all.
  ///   - isInterrupted: asked again and again; when it is true, the run ends.
  ///   - onBytes: called with what the serial port sends, as it comes.
  ///   - onLine: called for each line as it comes.
  /// - Throws: `unknown-domain` for an expectation of nobody here, `trial-failed` when QEMU cannot be started at all.
  public func run(
    timeout: Double = 60, expect expectations: [Expectation] = [], patience: Double? = nil, firstPatience: Double = 5,
    isInterrupted: () -> Bool = { false }, onBytes: ([UInt8]) -> Void = { _ in }, onLine: (Line) -> Void
  ) throws(Failure) -> Outcome {
    try check(expectations)
    var expectations = expectations
    // Where nobody can be heard, Xen's last word before its guests run has to do.
    if expectations.isEmpty, talkers.isEmpty {
      expectations = [try Expectation(name: "xen", pattern: "^Freed .* init memory")]
    }
    let judge = try Judge(talkers: talkers, expectations: expectations)
    let names = Dictionary(uniqueKeysWithValues: domains.enumerated().map { ($0.offset + 1, $0.element) })
    var console = Console(LogSplitter(domains: names, hasDom0: hasDom0), judge)
    let clock = Stopwatch()
    let qemu = try QEMUProcess(qemu + arguments, in: folder)
    var output = Pipe(qemu.output)
    var complaints = Pipe(qemu.complaints)
    var complaint: [UInt8] = []
    var stillness = Stillness(of: qemu.process, patience: patience, firstPatience: firstPatience)

    while output.isOpen || complaints.isOpen {
      let now = clock.seconds
      console.note(now)
      let isOver = now >= timeout || isInterrupted()
      let isStill = stillness.isStill()
      if isOver || isStill || console.judge.end(at: now) != nil {
        _ = qemu.end(killing: true)
        console.finish(at: now, onLine)
        return outcome(console.judge.end(at: .infinity) ?? (isOver ? .timeout : .still), console.judge, clock.seconds)
      }
      let next = min(timeout, console.deadline ?? timeout)
      Pipe.wait(
        for: &output, &complaints, seconds: min(next, now + Stillness.interval) - now)
      if let bytes = complaints.read() {
        // Enough for any message; the rest is dropped.
        complaint += bytes.prefix(max(0, 65_536 - complaint.count))
      }
      if let bytes = output.read() {
        stillness.outputCame()
        onBytes(bytes)
        console.take(bytes, at: clock.seconds, onLine)
      }
    }
    console.finish(at: clock.seconds, onLine)
    let status = qemu.end(killing: false)
    let end = console.judge.end(status: status, message: Self.message(complaint))
    return outcome(end, console.judge, clock.seconds)
  }

  private func check(_ expectations: [Expectation]) throws(Failure) {
    let names = domains + (hasDom0 ? ["dom0"] : []) + ["xen", "firmware"]
    let unknown = expectations.filter { !names.contains($0.name) }
    guard unknown.isEmpty else {
      throw Failure(
        unknown.map { expectation in
          .error(
            "unknown-domain", "no domain is called \(expectation.name); there are \(names.joined(separator: ", "))",
            at: Place(), hint: nearestName(to: expectation.name, among: names).map { "did you mean \($0)?" })
        })
    }
  }

  private func outcome(_ end: Outcome.End, _ judge: Judge, _ seconds: Double) -> Outcome {
    Outcome(end: end, seconds: seconds, met: judge.met, missed: judge.missed, silent: judge.silent)
  }

  /// QEMU's own words on one line.
  private static func message(_ complaints: [UInt8]) -> String {
    String(decoding: complaints, as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: "; ")
  }
}

/// Seconds since it was made.
private struct Stopwatch {
  private let start = ContinuousClock.now

  var seconds: Double {
    let passed = (ContinuousClock.now - start).components
    return Double(passed.seconds) + Double(passed.attoseconds) / 1e18
  }
}
