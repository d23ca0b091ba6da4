// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

/// A reading put into words, with what the tree shows of the cause.
public struct LogExplanation: Sendable {
  private let reading: LogReading
  private let file: String?
  private let names: [Int: String]
  private let faults: [Diagnostic]
  /// Notes: such as that a property needs a build option, where the build is not known.
  private let remarks: [Diagnostic]
  private let silencing: Set<String>
  private let hasTree: Bool

  /// - Parameters:
  ///   - reading: what the log says.
  ///   - file: the log's file; nil when there is none.
  ///   - names: the domains' names by Xen's numbers.
  ///   - faults: what the rules find in the tree that was booted; nil when the tree is not known.
  ///   - silencing: the rules whose faults are known to keep Xen from printing anything.
  public init(
    _ reading: LogReading, file: String? = nil, names: [Int: String] = [:], faults: [Diagnostic]? = nil,
    silencing: Set<String> = []
  ) {
    self.reading = reading
    self.file = file
    self.names = names
    self.faults = (faults ?? []).filter { $0.level != .note }
    remarks = (faults ?? []).filter { $0.level == .note }
    hasTree = faults != nil
    self.silencing = silencing
  }

  /// The explanation: the first cause first.
  public var diagnostics: [Diagnostic] {
    switch reading.ending {
    case .silence: [silence(after: nil)]
    case .silenceAfterFirmware(let entry): [silence(after: entry)]
    case .firmware(let last): [firmware(last)]
    case .panic(let reason): [panic(reason)]
    case .stuck(let last): [stuck(last)]
    case .domain(let entry): [domain(entry)]
    case .domainsSilent(let ids): [silent(ids)]
    case .complete: complete
    }
  }

  private var xen: String { reading.version.map { "Xen \($0)" } ?? "Xen" }

  // MARK: Endings

  private func panic(_ reason: [LogReading.Entry]) -> Diagnostic {
    guard let cause = reading.cause else {
      let line = reason.first
      var result = Diagnostic(
        .error, rule: "unknown-panic",
        "\(xen) stopped: \"\(line.map { $0.line.text.trimmed } ?? "")\"; this message is not known here",
        at: place(line),
        hint: "the lines before it are the best trace; a file and a line number name the place in Xen's sources",
        notes: before(line) + notes(on: faults))
      result.hint = faults.first.flatMap(\.hint) ?? result.hint
      return result
    }
    let start = cause.message.voice == .firmware ? "\(xen) stopped, and it began before: " : "\(xen) stopped: "
    return explained(start, cause, panic: reason.first)
  }

  private func firmware(_ last: LogReading.Entry) -> Diagnostic {
    if let cause = reading.cause { return explained("Xen was not started: ", cause, panic: nil) }
    return .error(
      "unknown-firmware", "the firmware did not start Xen; its last line is not known here", at: place(last),
      hint: "the lines before it are the best trace", notes: before(last))
  }

  private func domain(_ entry: LogReading.Entry) -> Diagnostic {
    let who = name(of: entry.line.speaker)
    if let cause = reading.cause { return explained("\(who) failed: ", cause, panic: entry) }
    return .error(
      "unknown-guest", "\(who) failed: \"\(entry.line.text.trimmed)\"", at: place(entry),
      hint: "the lines before it are the best trace", notes: before(entry) + notes(on: faults))
  }

  private func stuck(_ last: LogReading.Entry) -> Diagnostic {
    .error(
      faults.first?.rule ?? "stuck-boot", "\(xen) went no further than this line, without a panic", at: place(last),
      hint: faults.first?.hint ?? "a log may also end because the recording did: look whether it is whole",
      notes: before(last) + notes(on: faults)
        + tests([
          "boot with console=dtuart sync_console loglvl=all: the last line printed is then the last one reached",
          "a CPU that does not come up, a timer without its interrupt and a file loaded over Xen end so",
        ]))
  }

  private func silent(_ ids: [Int]) -> Diagnostic {
    if let cause = reading.cause, cause.message.weight != .headline {
      return explained("\(list(ids)) prints nothing: ", cause, panic: nil)
    }
    let about =
      faults.filter { fault in ids.contains { isAbout(fault, names[$0]) } || fault.level == .error }
      + remarks.filter { remark in ids.contains { isAbout(remark, names[$0]) } }
    let last = reading.entries.last { $0.line.speaker == .xen }
    return .error(
      about.first?.rule ?? "silent-guest", "\(xen) started \(list(ids)), and not a line came from there",
      at: place(last),
      hint: about.first?.hint ?? "give the domain `vpl011`, and its kernel console=ttyAMA0",
      notes: notes(on: about)
        + tests([
          "a guest has a console only with `vpl011` in its node; for Linux that is console=ttyAMA0, for dom0 console=hvc0",
          "`bootargs` belongs to the kernel's module, not to the domain",
          "a kernel whose `reg` is shorter than its file is cut off, and runs into nothing",
          "earlycon=pl011,0x22000000 in the guest's bootargs shows the first lines of a Linux",
        ]))
  }

  private func silence(after entry: LogReading.Entry?) -> Diagnostic {
    let known = faults.filter { silencing.contains($0.rule) }
    let errors = faults.filter { $0.level == .error }
    let likely = known.isEmpty ? errors.isEmpty ? remarks.filter { silencing.contains($0.rule) } : errors : known
    let start =
      entry == nil
      ? "not one line was printed" : "the firmware handed over to Xen, and not one line of Xen's was printed"
    return .error(
      likely.first?.rule ?? "silent-boot", "\(start): Xen stops so before its console works", at: place(entry),
      hint: likely.first?.hint
        ?? "work through the notes in their order; Docs/my-board-prints-nothing.md has the details",
      notes: notes(on: likely)
        + tests([
          hasTree
            ? "grove check \(known.isEmpty ? "finds nothing in this tree that is known to silence Xen" : "names what silences Xen above")"
            : "give the tree with --tree: a module without `reg`, bad static memory and a wrong dtuart= are seen in it",
          "the console: dtuart= in xen,xen-bootargs must name the UART's node, by its path or an alias; without it Xen takes stdout-path",
          "the wiring and the speed: the firmware's own lines on the same port show that both are right",
          "the place: Xen at a multiple of 2 MiB, the tree at a multiple of 8 bytes, at most 2 MiB long, and nothing over another",
          "the level: Xen starts in EL2 alone, with MMU and data cache off",
          "a Xen built with CONFIG_EARLY_PRINTK for this UART says what stops it",
          "grove boot TREE --xen-image XEN --module ADDRESS=FILE tries the same tree on QEMU's virt machine",
        ]))
  }

  private var complete: [Diagnostic] {
    var result = reading.found.filter { $0.message.weight != .headline }.map { found in
      Diagnostic(.warning, rule: found.message.name, found.meaning, at: place(found.entry), hint: found.message.cure)
    }
    let end = reading.entries.last
    let heard = hasTree && faults.isEmpty ? ", and nothing is found in the tree" : ""
    result.append(
      Diagnostic(
        .note, rule: "boot-complete", "\(xen) started every domain, and each has printed something\(heard)",
        at: place(end),
        notes: notes(on: faults)))
    return result
  }

  // MARK: Parts

  private func explained(_ start: String, _ cause: LogReading.Found, panic: LogReading.Entry?) -> Diagnostic {
    let candidates = reading.found.filter { $0.message.voice == cause.message.voice }.flatMap(\.message.rules)
    let domain = reading.failedDomain
    var seen = cause.message.rules.flatMap { rule in faults.filter { $0.rule == rule } }
    if seen.isEmpty { seen = cause.message.rules.flatMap { rule in remarks.filter { $0.rule == rule } } }
    if seen.isEmpty { seen = candidates.flatMap { rule in faults.filter { $0.rule == rule } } }
    if seen.isEmpty { seen = faults.filter { $0.level == .error } }
    let own = seen.filter { isAbout($0, domain) }
    if !own.isEmpty { seen = own }
    var notes: [Diagnostic.Note] = []
    if let panic, panic != cause.entry {
      notes.append(Diagnostic.Note("so it ended: \(panic.line.text.trimmed)", at: place(panic)))
    }
    notes += self.notes(on: seen)
    if hasTree && seen.isEmpty, !cause.message.rules.isEmpty {
      notes.append(Diagnostic.Note("nothing of this is found in the tree", at: Place()))
    }
    if !hasTree, !cause.message.rules.isEmpty {
      let rules = cause.message.rules.joined(separator: ", ")
      notes.append(
        Diagnostic.Note("with --tree, the tree is searched for it; the rules that see it: \(rules)", at: Place()))
    }
    // A rule that has seen nothing is not the one to name.
    let likely = hasTree ? nil : cause.message.rules.first
    return .error(
      seen.first?.rule ?? likely ?? cause.message.name, start + cause.meaning,
      at: place(cause.entry),
      hint: seen.first?.hint ?? cause.message.cure, notes: notes)
  }

  private func notes(on faults: [Diagnostic]) -> [Diagnostic.Note] {
    var seen: Set<Diagnostic.Note> = []
    return faults.map { Diagnostic.Note("in the tree: \($0.message) [\($0.rule)]", at: $0.place) }.filter {
      seen.insert($0).inserted
    }
  }

  private func tests(_ texts: [String]) -> [Diagnostic.Note] { texts.map { Diagnostic.Note($0, at: Place()) } }

  /// The three lines of the same voice that come before.
  private func before(_ entry: LogReading.Entry?) -> [Diagnostic.Note] {
    guard let entry else { return [] }
    let earlier = reading.entries.filter {
      $0.line.speaker == entry.line.speaker && $0.number < entry.number && !$0.line.text.hasPrefix("*****")
        && !$0.line.text.hasPrefix("Panic on CPU")
    }
    return earlier.suffix(3).map { Diagnostic.Note("before it: \($0.line.text.trimmed)", at: place($0)) }
  }

  private func isAbout(_ fault: Diagnostic, _ domain: String?) -> Bool {
    guard let domain, let node = fault.place.node else { return false }
    return node == "/chosen/\(domain)" || node.hasPrefix("/chosen/\(domain)/")
  }

  private func place(_ entry: LogReading.Entry?) -> Place {
    guard let file else { return Place() }
    guard let entry else { return Place(file: file) }
    return Place(SourceLocation(file: file, line: entry.number, column: 1))
  }

  private func list(_ ids: [Int]) -> String {
    ids.map { $0 == 0 ? "dom0" : names[$0] ?? "domain \($0)" }.joined(separator: ", ")
  }

  private func name(of speaker: Speaker) -> String {
    switch speaker {
    case .firmware: "the firmware"
    case .xen: "a domain"
    case .dom0: "dom0"
    case .guest(let id): names[id] ?? "domain \(id)"
    }
  }
}
