// SPDX-License-Identifier: Apache-2.0
import CompactStorage
import Diagnostics

// `/include/ "file"`, which may stand between any two tokens.
extension Parser {
  /// Goes into a file. The lexer stands on `/include/`, and after the call before the first token of that file; when there is
  /// none to go into, behind the file's name.
  mutating func include() {
    let start = lexer.startSpot()
    lexer.advance(.values)
    while lexer.kind == .directive {
      preprocess()
      lexer.advance(.values)
    }
    if !lexer.faults.isEmpty { reportFaults() }
    guard lexer.kind == .string else {
      _ = unexpected("expected the name of a file in quotes after '/include/'")
      lexer.rewind()
      return
    }
    let end = lexer.endSpot()
    let name = takeFileName()
    includeCount += 1
    if lexer.depth >= Self.includeDepthLimit {
      report(
        .limit, "files are included at most \(Self.includeDepthLimit) deep", from: start, to: end,
        hint: "does a file include itself?")
      return
    }
    if includeCount > Self.includeLimit {
      if includeCount == Self.includeLimit + 1 {
        report(.limit, "at most \(Self.includeLimit) files are included", from: start, to: end)
      }
      return
    }
    do throws(FileRefusal) {
      let text = try readFile(FileRequest(name: name, from: lexer.source.name, kind: .source))
      guard text.bytes.count <= Int(Int32.max) else {
        report(.limit, "a source may hold at most 2 GiB", from: start, to: end)
        return
      }
      lexer.open(text, includedAt: (start, end))
    } catch {
      report(.file, error.message, from: start, to: end, hint: error.hint)
    }
  }
}
