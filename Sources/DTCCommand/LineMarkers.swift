// SPDX-License-Identifier: Apache-2.0

/// The lines that a preprocessor leaves: `# 1 "file"` and `#line 1 "file"`.
enum LineMarkers {
  /// The folder from which `-T` names files: that of the file which the first marker of a source names, empty when it
  /// names none; without a marker, that of the source itself.
  static func folder(_ source: [UInt8], input: String) -> String {
    for line in source.split(separator: UInt8(ascii: "\n")).lazy where line.first == UInt8(ascii: "#") {
      var rest = line.dropFirst()
      if rest.starts(with: "line".utf8) { rest = rest.dropFirst(4) }
      let number = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      guard number.startIndex > rest.startIndex, let digit = number.first,
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit)
      else { continue }
      let parts = number.split(separator: UInt8(ascii: "\""), maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      return folder(of: String(decoding: parts[1], as: UTF8.self))
    }
    return folder(of: input)
  }

  private static func folder(of file: String) -> String {
    file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ""
  }
}
