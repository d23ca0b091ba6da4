// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import DeviceTree
internal import Diagnostics
internal import SystemFiles
internal import XenFacts
internal import XenRules
internal import XenSystem

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Judge trees and systems by what Xen does with them, before it does.",
    discussion: """
      Each FILE is judged alone: a description, a tree as .dts or .dtb, or the .cfg of Xen's UEFI stub. With --system all files \
      together are one system; a tree beside a .cfg is then the one that the firmware hands over. The plain \
      tree of a host, without anything of Xen's in it, has nothing to be judged.

      A comment `grove: allow RULE: reason` on a line, or on one of its own above, allows what the rule finds there.
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case text, json, sarif, github }

  @Argument(help: ArgumentHelp("What to judge.", valueName: "file"))
  var files: [String] = []

  @Flag(help: "Take all files together as one system.")
  var system = false

  @Flag(help: "List the rules.")
  var list = false

  @Option(help: "How to print what was found: text, json, sarif or github.")
  var format = Format.text

  @Option(
    help: ArgumentHelp("Write what was judged, by what and with which verdict to DIR/evidence.json.", valueName: "dir"))
  var evidence: String?

  @Flag(help: "Put the time into the evidence, which is otherwise the same for the same inputs.")
  var evidenceTime = false

  @OptionGroup var options: SystemOptions
  @OptionGroup var judging: JudgingOptions
  @OptionGroup var modules: ModuleOptions

  func validate() throws {
    if !list && files.isEmpty { throw ValidationError("no file to check") }
    if evidenceTime && evidence == nil { throw ValidationError("--evidence-time goes with --evidence") }
  }

  func run() throws {
    if list {
      let width = Rule.all.map(\.name.count).max() ?? 0
      for rule in Rule.all {
        let name = rule.name + String(repeating: " ", count: width - rule.name.count)
        Output.result("\(name)  \(rule.level.rawValue)  \(rule.summary)\n")
      }
      return
    }
    var report = CheckReport()
    var judgements: [(judgement: Judgement, files: [String])] = []
    for group in system ? [files] : files.map({ [$0] }) {
      let judgement = try judge(group)
      report.add(judgement)
      judgements.append((judgement, group))
    }
    switch format {
    case .text: Output.result(report.text)
    case .json: Output.result(report.json)
    case .sarif: Output.result(report.sarif)
    case .github: Output.result(report.github)
    }
    if let evidence {
      do throws(Failure) {
        var record = Evidence(time: evidenceTime)
        for (judgement, files) in judgements { record.add(judgement, of: files) }
        try record.write(to: evidence)
      } catch {
        Output.diagnostics(error.diagnostics, sources: [])
        throw ExitCode(1)
      }
    }
    if report.diagnostics.hasErrors { throw ExitCode(1) }
  }

  /// Judges a description or a tree.
  func judge(_ files: [String]) throws -> Judgement {
    let gate = try judging.gate(beside: files)
    let loadOptions = try options.loadOptions()
    if let config = files.first(where: isConfiguration) {
      return judgeConfiguration(config, tree: files.first { $0 != config }, loadOptions, gate)
    }
    guard system || files.contains(where: isDescription) else { return judgeTree(files[0], loadOptions, gate) }
    do throws(LoadFailure) {
      let loaded = try loadSystem(files, options: loadOptions)
      let plans = Plans(loaded, targets: [], gate: gate)
      return Judgement(
        diagnostics: plans.diagnostics, sources: loaded.sources + gate.sources,
        release: loaded.system.hypervisor.release, waived: plans.waived, inputs: loaded.inputs, gate: gate)
    } catch {
      return Judgement(
        diagnostics: error.failure.diagnostics, sources: error.sources, inputs: error.sources, gate: gate)
    }
  }

  private func isDescription(_ file: String) -> Bool { file.hasSuffix(".yaml") || file.hasSuffix(".yml") }

  /// Xen's UEFI stub knows its configuration by no other name.
  private func isConfiguration(_ file: String) -> Bool { file.hasSuffix(".cfg") }

  private func judgeTree(_ file: String, _ options: LoadOptions, _ gate: CheckGate) -> Judgement {
    do {
      let loaded = try loadTree(file, options: options)
      var given = try modules.read()
      let release = try options.release()
      let subject = Subject(tree: loaded.tree, file: file, release: release, provenance: loaded.source) { module in
        given.file(behind: module, in: loaded.tree)
      }
      let found = loaded.diagnostics + given.unused(in: subject) + check(subject, levels: gate.levels)
      let result = gate.pass(found, sources: loaded.sources)
      return Judgement(
        diagnostics: result.diagnostics, sources: loaded.sources + gate.sources,
        release: subject.isXen ? release : nil, waived: result.waived, inputs: loaded.inputs + given.map(\.module.file),
        gate: gate)
    } catch let error as LoadFailure {
      return Judgement(
        diagnostics: error.failure.diagnostics, sources: error.sources, inputs: error.sources, gate: gate)
    } catch let error as Failure {
      return Judgement(diagnostics: error.diagnostics, sources: [], gate: gate)
    } catch {
      return Judgement(
        diagnostics: [.error("tree-format", "\(error)", at: Place(file: file))], sources: [], gate: gate)
    }
  }
}
