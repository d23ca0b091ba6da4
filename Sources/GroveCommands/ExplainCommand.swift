// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Diagnostics
internal import XenRules

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say what a rule is about: what Xen does, why, and how to mend it.")

  @Argument(help: ArgumentHelp("The rule's name, as messages show it in brackets.", valueName: "rule"))
  var name: String

  func run() throws {
    guard let rule = Rule.all.first(where: { $0.name == name }) else {
      let near = nearestName(to: name, among: Rule.all.map(\.name))
      let hint = near.map { "did you mean \($0)?" } ?? "grove check --list shows all"
      Output.diagnostics([.error("unknown-rule", "there is no rule \(name)", at: Place(), hint: hint)], sources: [])
      throw ExitCode(1)
    }
    Output.result("\(rule.name) (\(rule.level.rawValue)): \(rule.summary).\n\n\(rule.explanation)\n")
  }
}
