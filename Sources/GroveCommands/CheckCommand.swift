// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import DeviceTree
internal import DeviceTreeSource
internal import Diagnostics
internal import SystemFiles
internal import XenFacts
internal import XenRules
internal import XenSystem

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Judge trees and systems by what Xen does with them, before it does.",
    discussion: """
      Each FILE is judged alone: a description, or a tree as .dts or .dtb. With --system all files together are one system. The plain \
      tree of a host, without anything of Xen's in it, has nothing to be judged.
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

  @OptionGroup var options: SystemOptions

  func validate() throws {
    if !list && files.isEmpty { throw ValidationError("no file to check") }
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
    for group in system ? [files] : files.map({ [$0] }) {
      report.add(try options.judge(group, asSystem: system))
    }
    switch format {
    case .text: Output.result(report.text)
    case .json: Output.result(report.json)
    case .sarif: Output.result(report.sarif)
    case .github: Output.result(report.github)
    }
    if report.diagnostics.hasErrors { throw ExitCode(1) }
  }
}

extension SystemOptions {
  /// Judges a description or a tree.
  fileprivate func judge(_ files: [String], asSystem: Bool) throws -> Judgement {
    let loadOptions = try loadOptions()
    if asSystem || files.contains(where: isDescription) {
      do throws(LoadFailure) {
        let loaded = try loadSystem(files, options: loadOptions)
        let plans = Plans(loaded, targets: [])
        return Judgement(
          diagnostics: loaded.diagnostics + plans.diagnostics, sources: loaded.sources,
          release: loaded.system.hypervisor.release)
      } catch {
        return Judgement(diagnostics: error.failure.diagnostics, sources: error.sources)
      }
    }
    return judgeTree(files[0], loadOptions)
  }

  private func isDescription(_ file: String) -> Bool { file.hasSuffix(".yaml") || file.hasSuffix(".yml") }

  private func judgeTree(_ file: String, _ options: LoadOptions) -> Judgement {
    do throws(LoadFailure) {
      let loaded = try loadTree(file)
      let release = XenRelease(
        version: options.version ?? .newestKnown, config: options.config,
        source: options.version == nil ? .assumed : .option)
      let subject = Subject(tree: loaded.tree, file: file, release: release, provenance: loaded.source)
      return Judgement(
        diagnostics: loaded.diagnostics + check(subject), sources: loaded.sources,
        release: subject.isXen ? release : nil)
    } catch {
      return Judgement(diagnostics: error.failure.diagnostics, sources: error.sources)
    }
  }
}
