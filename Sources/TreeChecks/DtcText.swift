// SPDX-License-Identifier: Apache-2.0
import Diagnostics

// The form in which dtc prints what its checks find.

extension CheckFinding {
  /// The message as dtc prints it, each line ended by a newline.
  ///
  /// - Parameter output: what dtc shows when nothing is known of the place: the name of the output file, or `<stdout>`.
  public func dtcText(output: String = "<stdout>") -> String {
    let word = level == .error ? "ERROR" : "Warning"
    var line = "\(location.map(dtcPlace) ?? output): \(word) (\(check)): "
    if let path {
      line += path
      if let property { line += ":" + property }
      line += ": "
    }
    line += text + (endsInEmptyLine ? "\n\n" : "\n")
    for other in furtherLocations { line += "  also defined at \(dtcPlace(other))\n" }
    return line
  }
}

extension CheckResult {
  /// All messages as dtc prints them.
  ///
  /// - Parameter quiet: how many `-q` were given: 1 leaves warnings out, 2 errors as well.
  public func dtcText(output: String = "<stdout>", quiet: Int = 0) -> String {
    var text = ""
    for finding in findings where quiet < (finding.level == .error ? 2 : 1) {
      text += finding.dtcText(output: output)
    }
    return text
  }

  /// Whether dtc writes its output, and the line that it prints about that. It exits with 2 when it does not.
  ///
  /// - Parameter force: whether `-f` was given.
  public func dtcVerdict(force: Bool, quiet: Int = 0) -> (goesOn: Bool, text: String) {
    guard hasErrors else { return (true, "") }
    guard force else { return (false, "ERROR: Input tree has errors, aborting (use -f to force output)\n") }
    return (true, quiet < 3 ? "Warning: Input tree has errors, output forced\n" : "")
  }
}

/// A span as dtc writes it: `file:line.column-column` within a line, else `file:line.column-line.column`. Unlike
/// here, the end is the column behind the last one.
private func dtcPlace(_ location: SourceLocation) -> String {
  let start = "\(location.file):\(location.line).\(location.column)"
  let end = location.endColumn &+ 1
  if location.endLine != location.line { return "\(start)-\(location.endLine).\(end)" }
  return end == location.column ? start : "\(start)-\(end)"
}
