// SPDX-License-Identifier: Apache-2.0
import Diagnostics

/// Messages in the form that tools know: `Error: FILE:LINE.COLUMN-COLUMN TEXT`, the end being the column behind the last.
///
/// The line of the source and the hints follow below, on lines that begin with blanks. Whoever looks for lines with
/// `Error:`, or for a place at the start of a line, finds the same as ever.
struct Messages {
  private let printer: DiagnosticPrinter

  init(_ sources: [SourceText]) {
    printer = DiagnosticPrinter(sources: sources)
  }

  /// What is wrong with a source. What is merely odd is left to the checks.
  func text(_ diagnostics: [Diagnostic]) -> String {
    var text = ""
    for diagnostic in diagnostics where diagnostic.level == .error {
      // The printer's own first line names the place its way; what it shows below is kept.
      let shown = printer.text(diagnostic)
      let below = shown.firstIndex(of: "\n").map { shown[shown.index(after: $0)...] } ?? ""
      text += "Error: \(place(diagnostic.place)) \(diagnostic.message)\n"
      for line in below.split(separator: "\n") { text += (line.first == " " ? "" : "  ") + line + "\n" }
    }
    return text
  }

  private func place(_ place: Place) -> String {
    guard let location = place.location else { return place.description }
    let start = "\(location.file):\(location.line).\(location.column)"
    let end = location.endColumn &+ 1
    if location.endLine != location.line { return "\(start)-\(location.endLine).\(end)" }
    return end == location.column ? start : "\(start)-\(end)"
  }
}
