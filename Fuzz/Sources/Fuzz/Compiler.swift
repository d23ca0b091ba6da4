// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import TreeChecks

/// Compiles bytes as a source, as dtc's stand-in does and as grove does. What compiles is a blob that reads back as the tree.
func compile(_ bytes: [UInt8], preprocessing: Preprocessing) {
  let parts = parts(of: bytes)
  // Files that include themselves go on for long, and find nothing after the first few.
  var left = 100
  let readFile: FileReader = { request throws(FileRefusal) in
    left -= 1
    guard left > 0 else { throw FileRefusal(message: "that is enough") }
    return try read(request, from: parts)
  }
  let main = parts.first ?? []

  let lenient = parse(
    name: "f.dts", bytes: main, leavingChecks: true, preprocessing: preprocessing, readFile: readFile)
  print(lenient.diagnostics, lenient.sources)
  if !lenient.diagnostics.hasErrors { judge(lenient.tree) }

  left = 100
  let strict = parse(
    name: "f.dts", bytes: main, resolvingReferences: true, preprocessing: preprocessing, readFile: readFile)
  print(strict.diagnostics, strict.sources)
  if !strict.diagnostics.hasErrors, let blob = try? strict.tree.blob() {
    hold(sameTree(blob)(strict.tree), "the blob reads as another tree")
  }
}

/// Runs the checks, and flattens what passes.
private func judge(_ source: DeviceTree) {
  for isTagged in [false, true] {
    var tree = source
    let result = runChecks(
      &tree, options: CheckOptions(origin: .source(isPlugin: tree.isPlugin), keepsReferenceMarks: tree.isPlugin))
    for finding in result.findings { _ = finding.text }
    guard !result.hasErrors else { continue }
    if isTagged { tree.writeLabels(to: DeviceTree.symbolsName, phandleNames: ["phandle"]) }
    if tree.isPlugin {
      tree.writeFixups()
      tree.forgetReferences()
    }
    _ = tree.sourceText()
    _ = tree.sourceText(SourceStyle(isLikeDtc: true, annotation: .spans))
    if let blob = try? tree.blob() { hold(sameTree(blob)(tree), "the blob reads as another tree") }
  }
}

private func print(_ diagnostics: [Diagnostic], _ sources: [SourceText]) {
  for diagnostic in diagnostics {
    hold(!diagnostic.message.isEmpty, "an error without a message")
    if let place = diagnostic.place.location {
      hold(place.line >= 1 || place.column >= 0, "a place before the first line")
    }
  }
  _ = DiagnosticPrinter(sources: sources).text(diagnostics)
}

// MARK: - Files

/// The source and, each behind a zero byte, the files 1, 2, 3 … that it may include.
private func parts(of bytes: [UInt8]) -> [[UInt8]] {
  bytes.split(separator: 0, maxSplits: 4, omittingEmptySubsequences: false).map { Array($0) }
}

private func read(_ request: FileRequest, from parts: [[UInt8]]) throws(FileRefusal) -> SourceText {
  guard let number = Int(request.name), parts.indices.contains(number), number > 0 else {
    throw FileRefusal(message: "there is no file '\(request.name)'")
  }
  var bytes = parts[number]
  if case .binary(let offset, let length) = request.kind {
    bytes = Array(bytes.dropFirst(Int(clamping: offset)).prefix(Int(clamping: length ?? .max)))
  }
  return SourceText(name: request.name, bytes: bytes)
}
