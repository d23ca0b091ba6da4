// SPDX-License-Identifier: Apache-2.0

/// Writes diagnostics as text: `place: level: message [rule]`, the source line with a caret, notes and the hint.
public struct DiagnosticPrinter: Sendable {
  /// How many characters of a line are shown.
  private static let excerptWidth = 160

  private let sources: [String: SourceText]

  public init(sources: [SourceText] = []) {
    self.sources = Dictionary(sources.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The whole message, each line ended by a newline.
  public func text(_ diagnostic: Diagnostic) -> String { text([diagnostic]) }

  public func text(_ diagnostics: [Diagnostic]) -> String {
    var lines: [String: [Int]] = [:]
    return diagnostics.map { text($0, &lines) }.joined()
  }

  /// - Parameter lines: where the lines start of the sources shown so far.
  private func text(_ diagnostic: Diagnostic, _ lines: inout [String: [Int]]) -> String {
    var text = line(diagnostic.place, diagnostic.level.rawValue, "\(diagnostic.message) [\(diagnostic.rule)]")
    text += excerpt(diagnostic.place, &lines)
    for note in diagnostic.notes {
      text += line(note.place, "note", note.message)
      text += excerpt(note.place, &lines)
    }
    if let hint = diagnostic.hint { text += "  hint: \(printable(hint))\n" }
    return text
  }

  private func line(_ place: Place, _ level: String, _ message: String) -> String {
    let place = place.description
    return (place.isEmpty ? "" : printable(place) + ": ") + "\(level): \(printable(message))\n"
  }

  private func excerpt(_ place: Place, _ lines: inout [String: [Int]]) -> String {
    guard let location = place.location, location.column >= 1, let source = sources[location.file] else { return "" }
    let starts = lines[location.file] ?? source.lineStarts()
    lines[location.file] = starts
    let index = Int(location.line) - 1
    guard starts.indices.contains(index) else { return "" }
    let end = index + 1 < starts.count ? starts[index + 1] - 1 : source.bytes.count
    var line = source.bytes[starts[index]..<end]
    if line.last == 0x0D { line.removeLast() }
    let characters = String(decoding: line, as: UTF8.self).unicodeScalars

    // A line that is too long is shown from shortly before the place.
    var column = Int(location.column) - 1
    let skipped = column < Self.excerptWidth ? 0 : column - Self.excerptWidth / 2
    column -= skipped
    let shown = characters.dropFirst(skipped).prefix(Self.excerptWidth)
    let number = String(location.line)
    let margin = String(repeating: " ", count: max(5 - number.utf8.count, 0)) + number + " | "
    let gutter = String(repeating: " ", count: margin.utf8.count - 2) + "| "
    // A tab before the caret stays a tab, so that the caret stands under its character at any tab width.
    let lead = shown.prefix(column).map { $0 == "\t" ? "\t" : " " }.joined()
    let length = location.endLine == location.line ? max(Int(location.endColumn - location.column), 0) : 0
    let room = max(shown.count - column - 1, 0)
    return margin + printable(String(String.UnicodeScalarView(shown))) + "\n" + gutter + lead + "^"
      + String(repeating: "~", count: min(length, room)) + "\n"
  }

  /// Input text may hold escape sequences; what reaches a terminal may not.
  private func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      result.unicodeScalars.append(isControl(scalar) ? "\u{FFFD}" : scalar)
    }
    return result
  }

  private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    (scalar.value < 0x20 && scalar != "\t") || (0x7F...0x9F).contains(scalar.value)
  }
}
