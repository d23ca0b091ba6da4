// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Testing

@testable import DeviceTreeSource

/// Reads sources that are meant to be right, each the text after `/dts-v1/;`, and fails the test when they are not.
func read(
  _ sources: String..., into base: DeviceTree? = nil, resolving: Bool = false,
  _ location: Testing.SourceLocation = #_sourceLocation
) -> DeviceTree {
  let texts = sources.enumerated().map { index, source in
    SourceText(name: "t\(index).dts", bytes: Array("/dts-v1/;\n\(source)".utf8))
  }
  let parsed = parse(texts, into: base, resolvingReferences: resolving)
  let messages = DiagnosticPrinter(sources: parsed.sources).text(
    parsed.diagnostics.filter { $0.level == .error })
  #expect(messages == "", sourceLocation: location)
  return parsed.tree
}

/// What is said about a source, as a terminal shows it.
func messages(
  _ source: String, preprocessing: Preprocessing = .automatic, readFile: FileReader = refuseFiles
) -> String {
  let parsed = parse(
    name: "t.dts", bytes: Array(source.utf8), preprocessing: preprocessing, readFile: readFile)
  return DiagnosticPrinter(sources: parsed.sources).text(parsed.diagnostics)
}

extension DeviceTree {
  /// The printed tree without its first line and without blank lines, each tab as one blank.
  var outline: String {
    sourceText().split(separator: "\n").dropFirst()
      .map { $0.replacing("\t", with: " ") }.joined(separator: "\n")
  }

  /// The value of a property of the root.
  func value(_ property: String) -> [UInt8]? { self[root, property]?.bytes }
}
