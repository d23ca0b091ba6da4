// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Diagnostics
public import XenSystem

/// A configuration file of Xen's UEFI stub under judgement.
public struct ConfigSubject: Sendable {
  public let config: UEFIConfig
  /// The file that messages name.
  public let file: String
  /// The section that is started: the one that the file itself asks for.
  public let section: String?
  /// The tree that the firmware hands over, where somebody knows it.
  public let firmwareTree: DeviceTree?
  /// Whether a file is there, by its name relative to the configuration; nil when nobody knows.
  let hasFile: @Sendable (String) -> Bool?

  public init(
    _ config: UEFIConfig, file: String, firmwareTree: DeviceTree? = nil,
    hasFile: @escaping @Sendable (String) -> Bool? = { _ in nil }
  ) {
    self.config = config
    self.file = file
    self.firmwareTree = firmwareTree
    self.hasFile = hasFile
    section = config.defaultSection
  }

  /// The place of a line for a message.
  public func place(_ line: UEFIConfig.Line) -> Place {
    Place(
      SourceLocation(
        file: file, line: line.line, column: line.column, endLine: line.line,
        endColumn: max(line.column, line.endColumn)))
  }

  /// The lines of every section, with the name of the section that each stands in; nil before the first.
  var linesBySection: [(section: String?, lines: [UEFIConfig.Line])] {
    var result: [(section: String?, lines: [UEFIConfig.Line])] = [(nil, [])]
    for line in config.lines {
      if case .section(let name) = line.content {
        result.append((name, []))
      } else {
        result[result.count - 1].lines.append(line)
      }
    }
    return result
  }
}

/// Judges a configuration file of Xen's UEFI stub. Reads and writes nothing outside memory.
///
/// - Returns: what was found, by the names of the rules, then by the order of the lines.
public func check(
  _ subject: ConfigSubject, rules: [Rule] = Rule.all, levels: RuleLevels = RuleLevels()
) -> [Diagnostic] {
  rules.sorted { $0.name < $1.name }.flatMap { rule in
    (rule.checkConfig?(subject) ?? []).compactMap { finding in
      levels.weigh(
        Diagnostic(
          finding.level ?? rule.level, rule: rule.name, finding.message, at: finding.place, hint: finding.hint,
          notes: finding.notes))
    }
  }
}
