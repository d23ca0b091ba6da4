// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Testing

/// A source with one thing wrong, and what a person sees about it: the place, the cause, the line with a caret below it, and
/// what was most likely meant.
struct WrongSource: CustomTestStringConvertible, Sendable {
  let name: String
  let text: String
  /// What it may include, by name.
  let files: [String: String]
  let expected: String

  init(_ name: String, _ text: String, files: [String: String] = [:], says expected: String) {
    self.name = name
    self.text = text
    self.files = files
    self.expected = expected
  }

  var testDescription: String { name }
}

@Suite struct WrongSourceTests {
  @Test(arguments: WrongSource.language + WrongSource.files)
  func theCauseIsNamedAtItsPlace(_ source: WrongSource) {
    let parsed = parse(name: "t.dts", bytes: Array((source.text + "\n").utf8), resolvingReferences: true) {
      request throws(FileRefusal) in
      guard let text = source.files[request.name] else {
        throw FileRefusal(message: "there is no file '\(request.name)'")
      }
      return SourceText(name: request.name, bytes: Array(text.utf8))
    }
    #expect(DiagnosticPrinter(sources: parsed.sources).text(parsed.diagnostics) == source.expected + "\n")
  }

  @Test func thereAreMoreThanTwenty() {
    let names = (WrongSource.language + WrongSource.files).map(\.name)
    #expect(names.count > 20 && Set(names).count == names.count)
  }
}
