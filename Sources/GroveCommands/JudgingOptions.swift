// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Diagnostics
internal import Foundation
internal import SystemFiles
internal import XenRules

/// How the commands that judge are told what rules weigh.
struct JudgingOptions: ParsableArguments {
  @Option(
    name: .customLong("level"),
    help: ArgumentHelp(
      "What a rule weighs: RULE=error, warning, note or off. May be given several times.", valueName: "rule=level"))
  var levels: [String] = []

  @Option(
    help: ArgumentHelp(
      "Levels and waivers, instead of \(CheckSettings.fileName) beside the input.", valueName: "file"))
  var config: String?

  func validate() throws {
    for text in levels where Self.choice(text) == nil {
      throw ValidationError("--level takes RULE=error, warning, note or off, not '\(text)'")
    }
  }

  private static func choice(_ text: String) -> (rule: String, level: RuleLevels.Choice)? {
    let parts = text.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, let level = RuleLevels.Choice(rawValue: String(parts[1])) else { return nil }
    return (String(parts[0]), level)
  }

  /// The gate that these options and the settings beside the last of the files make.
  func gate(beside files: [String]) throws -> CheckGate {
    var settings = CheckSettings()
    if let file = config ?? Self.settingsFile(beside: files.last ?? "-") {
      settings = try Output.reporting(file) { try CheckSettings(file: file, rules: CheckGate.ruleNames) }
    }
    var choices: [String: RuleLevels.Choice] = [:]
    for (rule, level) in levels.compactMap(Self.choice) {
      guard CheckGate.ruleNames.contains(rule) else {
        Output.diagnostics([CheckGate.unknownRule(rule)], sources: [])
        throw ExitCode(1)
      }
      choices[rule] = level
    }
    return CheckGate(settings: settings, levels: settings.levels.overridden(by: RuleLevels(choices)))
  }

  private static func settingsFile(beside input: String) -> String? {
    guard input != "-" else { return nil }
    let folder = input.lastIndex(of: "/").map { String(input[...$0]) } ?? ""
    let file = folder + CheckSettings.fileName
    return FileManager.default.fileExists(atPath: file) ? file : nil
  }
}
