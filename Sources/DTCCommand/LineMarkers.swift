// SPDX-License-Identifier: Apache-2.0

/// The lines that a preprocessor leaves: `# 1 "file"` and `#line 1 "file"`.
enum LineMarkers {
  /// The folder of the file that the first marker of a source names; empty when there is none.
  static func folder(_ source: [UInt8]) -> String {
    for line in source.split(separator: UInt8(ascii: "\n")).lazy.prefix(while: isBeforeText)
    where line.first == UInt8(ascii: "#") {
      let parts = line.split(separator: UInt8(ascii: "\""), maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, let slash = parts[1].lastIndex(of: UInt8(ascii: "/")) else { continue }
      return String(decoding: parts[1][..<slash], as: UTF8.self)
    }
    return ""
  }

  /// Markers stand in front of everything else in what a preprocessor has written.
  private static func isBeforeText(_ line: ArraySlice<UInt8>) -> Bool {
    line.first == UInt8(ascii: "#") || line.allSatisfy { $0 == UInt8(ascii: " ") }
  }
}
