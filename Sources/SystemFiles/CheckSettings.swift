// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

/// What a `grove-check.yaml` says: the levels of rules, and what is allowed with which reason.
///
///     levels:
///       unknown-property: error
///     allow:
///       - rule: module-overlap
///         node: /chosen/domA/module@50000000    # everywhere when it is left out
///         reason: both guests only read it
public struct CheckSettings: Sendable {
  /// The name of the file that is found without being named: beside the input.
  public static let fileName = "grove-check.yaml"

  public var levels = RuleLevels()
  public var waivers: [Waiver] = []
  /// The file, for evidence and for showing its lines; nil when there is none.
  public var source: SourceText?

  public init() {}

  /// Reads a file.
  ///
  /// - Parameter rules: The names that may be used.
  public init(file: String, rules: [String]) throws(LoadFailure) {
    var text: SourceText?
    do throws(Failure) {
      let place = Place(file: file)
      let source = SourceText(name: file, bytes: try InputFile.read(file, what: "the settings of the check", at: place))
      text = source
      self.source = source
      // A file of nothing but comments says nothing.
      if Self.isEmpty(source) { return }
      var diagnostics: [Diagnostic] = []
      let root = Fields(try YAMLReader.read(source), of: "the settings", at: &diagnostics)
      root.allow(["levels", "allow"], &diagnostics)
      readLevels(root, rules, &diagnostics)
      for value in root.list("allow", &diagnostics) { readWaiver(value, rules, &diagnostics) }
      guard !diagnostics.hasErrors else { throw Failure(diagnostics) }
    } catch {
      throw LoadFailure(failure: error, sources: text.map { [$0] } ?? [])
    }
  }

  private static func isEmpty(_ source: SourceText) -> Bool {
    source.bytes.split(separator: 0x0A).allSatisfy { line in
      let first = line.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
      return first == nil || first == UInt8(ascii: "#")
    }
  }

  private mutating func readLevels(_ root: Fields, _ rules: [String], _ diagnostics: inout [Diagnostic]) {
    guard let fields = root.fields("levels", &diagnostics) else { return }
    for entry in fields.all {
      Self.checkName(entry.key, rules, at: Place(entry.keyLocation), &diagnostics)
      guard case .text(let text, _) = entry.value.content, let level = RuleLevels.Choice(rawValue: text) else {
        diagnostics.append(
          .error(
            "check-settings", "the level of \(entry.key) is one of error, warning, note, off", at: entry.value.place))
        continue
      }
      levels.choices[entry.key] = level
    }
  }

  private mutating func readWaiver(_ value: YAMLValue, _ rules: [String], _ diagnostics: inout [Diagnostic]) {
    let fields = Fields(value, of: "a waiver", at: &diagnostics)
    fields.allow(["rule", "node", "reason"], &diagnostics)
    guard let rule = fields.text("rule", &diagnostics) else {
      diagnostics.append(.error("check-settings", "a waiver names no rule", at: fields.place))
      return
    }
    Self.checkName(rule.value, rules, at: Place(rule.at), &diagnostics)
    guard let reason = fields.text("reason", &diagnostics), !reason.value.isEmpty else {
      diagnostics.append(.error("waiver-reason", "a waiver without a reason allows nothing", at: fields.place))
      return
    }
    let node = fields.text("node", &diagnostics)?.value
    waivers.append(
      Waiver(rule.value, because: reason.value, for: node.map { .node($0) } ?? .everywhere, at: Place(rule.at)))
  }

  private static func checkName(
    _ name: String, _ rules: [String], at place: Place, _ diagnostics: inout [Diagnostic]
  ) {
    guard !rules.contains(name) else { return }
    let near = nearestName(to: name, among: rules)
    diagnostics.append(
      .error(
        "unknown-rule", "there is no rule \(name)", at: place,
        hint: near.map { "did you mean \($0)?" } ?? "grove check --list shows all"))
  }
}
