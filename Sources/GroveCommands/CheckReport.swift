// SPDX-License-Identifier: Apache-2.0
internal import Diagnostics
internal import Foundation
internal import XenFacts
internal import XenSystem

/// What was found in one input.
struct Judgement {
  var diagnostics: [Diagnostic]
  var sources: [SourceText]
  /// The Xen that the input was judged for; nil when there was nothing of Xen's to judge.
  var release: XenRelease?
  /// What is allowed, with the reasons.
  var waived: [WaivedDiagnostics.Pair] = []
  /// Every file that was read.
  var inputs: [SourceText] = []
  var gate: CheckGate
}

/// What was found in all inputs, in the forms that `grove check` prints.
struct CheckReport {
  private(set) var diagnostics: [Diagnostic] = []
  private var sources: [SourceText] = []
  private var releases: [XenRelease] = []
  private var waived = 0

  mutating func add(_ judgement: Judgement) {
    diagnostics += judgement.diagnostics
    sources += judgement.sources
    waived += judgement.waived.count
    if let release = judgement.release, !releases.contains(release) { releases.append(release) }
  }

  /// Messages with their lines; a count at the end, and for which Xen that is true.
  var text: String {
    let errors = diagnostics.count { $0.level == .error }
    let warnings = diagnostics.count { $0.level == .warning }
    let counts =
      "\(errors) \(errors == 1 ? "error" : "errors"), \(warnings) \(warnings == 1 ? "warning" : "warnings")"
    let judged = releases.map { "; judged for Xen \($0.version.text), \($0.source.rawValue)" }.joined()
    let allowed = waived == 0 ? "" : ", \(waived) allowed"
    return DiagnosticPrinter(sources: sources).text(diagnostics) + counts + allowed + judged + "\n"
  }

  /// `{"diagnostics":[…]}`, absent values null.
  var json: String { encoded(Report(diagnostics: diagnostics.map(Entry.init))) }

  var sarif: String { encoded(SARIFReport(diagnostics)) }

  /// Workflow commands that GitHub shows beside the line.
  var github: String {
    diagnostics.map { diagnostic in
      let place = diagnostic.place
      var fields: [String] = []
      if let file = place.file { fields.append("file=\(escaped(file, inField: true))") }
      if let location = place.location { fields += ["line=\(location.line)", "col=\(location.column)"] }
      fields.append("title=\(diagnostic.rule)")
      let level = diagnostic.level == .note ? "notice" : diagnostic.level.rawValue
      let inTree = place.location == nil ? [place.node, place.property].compactMap { $0 }.joined(separator: ":") : ""
      let message =
        (inTree.isEmpty ? "" : inTree + ": ") + diagnostic.message + (diagnostic.hint.map { "; \($0)" } ?? "")
      return "::\(level) \(fields.joined(separator: ","))::\(escaped(message, inField: false))\n"
    }.joined()
  }

  private func escaped(_ text: String, inField: Bool) -> String {
    let text = text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    return inField ? text.replacing(":", with: "%3A").replacing(",", with: "%2C") : text
  }

  private func encoded(_ report: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(report) else { return "" }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  private struct Report: Encodable {
    var diagnostics: [Entry]
  }

  struct Entry: Encodable {
    let diagnostic: Diagnostic

    init(_ diagnostic: Diagnostic) { self.diagnostic = diagnostic }

    private enum Key: String, CodingKey {
      case rule, level, message, file, line, column, node, property, hint
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: Key.self)
      let place = diagnostic.place
      try values.encode(diagnostic.rule, forKey: .rule)
      try values.encode(diagnostic.level.rawValue, forKey: .level)
      try values.encode(diagnostic.message, forKey: .message)
      // Optionals are encoded as null, not left out.
      try values.encode(place.file, forKey: .file)
      try values.encode(place.location?.line, forKey: .line)
      try values.encode(place.location?.column, forKey: .column)
      try values.encode(place.node, forKey: .node)
      try values.encode(place.property, forKey: .property)
      try values.encode(diagnostic.hint, forKey: .hint)
    }
  }
}
