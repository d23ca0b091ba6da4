// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import XenFacts

extension Rule {
  /// What `grove explain` prints.
  public var text: String {
    var text = "\(name) (\(level.rawValue)): \(summary).\n\n\(explanation)\n"
    let facts = self.facts
    if !facts.isEmpty { text += "\n" + facts.map { $0 + "\n" }.joined() }
    let seen = effects.flatMap(observations)
    if !seen.isEmpty { text += "\n" + seen.map { "\($0.fixture): Xen \($0.version) \($0.text).\n" }.joined() }
    return text
  }

  /// The rule's page, in Markdown. `Docs/rules` holds it.
  public var page: String {
    var text = "# \(name)\n\n\(Self.capitalised(summary)).\n\n\(explanation)\n\n"
    text += "| | |\n|---|---|\n| Level | \(level.rawValue) |\n| Versions of Xen | \(releases.text) |\n"
    if !options.isEmpty { text += "| Build options | \(options.map { "`\($0)`" }.joined(separator: ", ")) |\n" }
    if !after.isEmpty {
      text += "| Silent where one of these has spoken | "
      text += after.map { "[\($0)](\($0).md)" }.joined(separator: ", ") + " |\n"
    }
    text += "| Can keep Xen from printing anything | \(silencesXen ? "yes" : "not seen") |\n"
    guard !effects.isEmpty else {
      return text + "\nNo tree of this rule has been booted for this page.\n"
    }
    text += """

      ## What real Xens did

      Each tree was booted in QEMU, on Debian's builds of Xen; the tests boot it again and hold Xen to this.

      | Tree | Xen | |
      |---|---|---|

      """
    for row in effects.flatMap(observations) {
      let link = "../../Tests/XenRulesTests/Fixtures/\(name)/\(row.fixture)"
      text += "| [\(row.fixture)](\(link)) | \(row.version) | \(Self.cell(row.text)) |\n"
    }
    return text
  }

  /// Whether a Xen that was booted with one of the rule's trees printed nothing.
  public var silencesXen: Bool { effects.contains { $0.outcomes.contains { $0.outcome == .silent } } }

  /// The names of the rules whose faults can keep Xen from printing anything.
  public static var silencing: Set<String> { Set(all.filter(\.silencesXen).map(\.name)) }

  private struct Row {
    var fixture: String
    var version: String
    var text: String
  }

  /// One line for each version, or one for all that did the same.
  private func observations(_ effect: Effect) -> [Row] {
    var rows: [Row] = []
    for seen in effect.outcomes {
      if rows.last?.text == seen.outcome.text {
        rows[rows.count - 1].version += ", \(seen.version.text)"
      } else {
        rows.append(Row(fixture: effect.file, version: seen.version.text, text: seen.outcome.text))
      }
    }
    return rows
  }

  private var facts: [String] {
    var facts: [String] = []
    if releases != .all { facts.append("Versions of Xen: \(releases.text).") }
    if !options.isEmpty { facts.append("Build options: \(options.joined(separator: ", ")).") }
    return facts
  }

  private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

  private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
