// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import BootLog
internal import Diagnostics
internal import SystemFiles
internal import XenFacts
internal import XenRules

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say what a rule is about, or why a boot has failed.",
    discussion: """
      With a rule: what Xen does, why, and how to mend it. With --log: the first cause of a failed boot, out of what Xen, U-Boot, \
      UEFI and the guests printed on the serial console; with --tree as well, the property and the line that it comes from. An \
      empty log is a symptom too.
      """)

  @Argument(help: ArgumentHelp("The rule's name, as messages show it in brackets.", valueName: "rule"))
  var name: String?

  @Option(help: ArgumentHelp("What the serial console printed; - is standard input.", valueName: "file"))
  var log: String?

  @Option(help: ArgumentHelp("The tree that was booted, or the description it was built from.", valueName: "file"))
  var tree: String?

  @Flag(help: "Print the rule's page in Markdown, as Docs/rules has it.")
  var page = false

  @Option(help: "How to print the explanation of a log: text, json, sarif or github.")
  var format = CheckCommand.Format.text

  @OptionGroup var modules: ModuleOptions

  func validate() throws {
    if (name == nil) == (log == nil) { throw ValidationError("name a rule, or give --log FILE") }
    if page, name == nil { throw ValidationError("--page goes with a rule") }
    if tree != nil, log == nil { throw ValidationError("--tree goes with --log") }
  }

  func run() throws {
    if let log { return try explain(log) }
    guard let name, let rule = Rule.all.first(where: { $0.name == name }) else {
      Output.diagnostics([CheckGate.unknownRule(name ?? "")], sources: [])
      throw ExitCode(1)
    }
    Output.result(page ? rule.page : rule.text)
  }

  private func explain(_ log: String) throws {
    let bytes: [UInt8]
    do throws(Failure) {
      bytes = try InputFile.read(log, what: "the log", at: Place(file: log))
    } catch {
      Output.diagnostics(error.diagnostics, sources: [])
      throw ExitCode(1)
    }
    let reading = LogReading(serial: bytes)
    let check = try Self.check(tree, version: reading.xenVersion, modules: modules.modules)
    let booted = try tree.map { try BootedTree($0, check: check) }
    let sources = [SourceText(name: log, bytes: bytes)] + (booted?.judgement.sources ?? [])
    let explanation = LogExplanation(
      reading, file: log, names: booted?.names ?? [:], faults: booted?.judgement.diagnostics, silencing: Rule.silencing)
    var report = CheckReport()
    report.add(
      Judgement(diagnostics: explanation.diagnostics, sources: sources, gate: try check.judging.gate(beside: [])))
    switch format {
    case .text: Output.result(DiagnosticPrinter(sources: sources).text(explanation.diagnostics))
    case .json: Output.result(report.json)
    case .sarif: Output.result(report.sarif)
    case .github: Output.result(report.github)
    }
  }

  /// `grove check` as the person would call it for the Xen of the log.
  static func check(_ file: String?, version: XenVersion?, modules: [String]) throws -> CheckCommand {
    var words = [file ?? "-"]
    if let version { words += ["--xen", version.text] }
    for module in modules { words += ["--module", module] }
    return try CheckCommand.parse(words)
  }
}
