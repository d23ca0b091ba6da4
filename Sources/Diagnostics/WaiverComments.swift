// SPDX-License-Identifier: Apache-2.0

extension SourceText {
  private static let marker = Array("grove: allow ".utf8)

  /// The waivers in the comments of a source: `grove: allow RULE: reason`, on the line that it is for or on a line of its own above.
  ///
  /// Several rules are separated by commas. The comment starts with `//`, `/*` or, in YAML, `#`.
  ///
  /// - Parameter diagnostics: gets an error for each comment that gives no reason.
  public func waivers(_ diagnostics: inout [Diagnostic]) -> [Waiver] {
    guard let first = bytes.firstIndex(of: Self.marker[0]), holdsMarker(from: first) else { return [] }
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    var waivers: [Waiver] = []
    for (index, line) in lines.enumerated() {
      guard let comment = Comment(line, marker: Self.marker) else { continue }
      let place = Place(SourceLocation(file: name, line: index + 1, column: comment.column))
      let target = comment.standsAlone ? Self.lineBelow(index, in: lines, comment.opener) : index
      guard !comment.reason.isEmpty, !comment.rules.isEmpty else {
        diagnostics.append(
          .error(
            "waiver-reason", "a waiver without a reason allows nothing", at: place,
            hint: "write `grove: allow RULE: why it may stay`"))
        continue
      }
      waivers += comment.rules.map { rule in
        Waiver(rule, because: comment.reason, for: .line(file: name, Int32(clamping: target + 1)), at: place)
      }
    }
    return waivers
  }

  private func holdsMarker(from start: Int) -> Bool {
    var at = start
    while let found = bytes[at...].firstIndex(of: Self.marker[0]) {
      if bytes[found...].starts(with: Self.marker) { return true }
      at = found + 1
    }
    return false
  }

  /// The next line that is neither empty nor a comment.
  private static func lineBelow(_ index: Int, in lines: [ArraySlice<UInt8>], _ opener: Comment.Opener) -> Int {
    for next in lines.indices.dropFirst(index + 1) {
      let text = lines[next].drop { $0 == 0x20 || $0 == 0x09 }
      let isComment: Bool
      switch opener {
      case .hash: isComment = text.first == UInt8(ascii: "#")
      case .slashes, .block: isComment = text.starts(with: "//".utf8) || text.starts(with: "/*".utf8)
      }
      if !isComment, !text.isEmpty, text.first != UInt8(ascii: "*") { return next }
    }
    return index
  }

  /// A comment with a waiver in it.
  private struct Comment {
    enum Opener {
      case slashes, block, hash
    }

    var opener: Opener
    var column: Int
    /// Whether nothing but the comment is on the line.
    var standsAlone: Bool
    var rules: [String]
    var reason: String

    init?(_ line: ArraySlice<UInt8>, marker: [UInt8]) {
      guard
        let start = line.indices.first(where: { line[$0] == marker[0] && line[$0...].starts(with: marker) })
      else { return nil }
      let before = String(decoding: line[..<start], as: UTF8.self)
      let lead = before.trimmed
      if lead.hasSuffix("//") {
        opener = .slashes
        standsAlone = lead == "//"
      } else if lead.hasSuffix("/*") {
        opener = .block
        standsAlone = lead == "/*"
      } else if lead == "*" {
        opener = .block
        standsAlone = true
      } else if lead.hasSuffix("#") {
        opener = .hash
        standsAlone = lead == "#"
      } else {
        return nil
      }
      column = start - line.startIndex + 1
      var text = String(decoding: line[(start + marker.count)...], as: UTF8.self).trimmed
      if let end = text.firstRange(of: "*/") {
        if !String(text[end.upperBound...]).trimmed.isEmpty { standsAlone = false }
        text = String(text[..<end.lowerBound]).trimmed
      }
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      rules = (parts.first ?? "").split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
      reason = parts.count == 2 ? String(parts[1]).trimmed : ""
    }
  }
}

extension String {
  /// Without blanks, tabs and carriage returns at both ends.
  fileprivate var trimmed: String {
    let isBlank: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
    var scalars = Substring(self).unicodeScalars
    while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
    while let last = scalars.last, isBlank(last) { scalars.removeLast() }
    return String(scalars)
  }
}
