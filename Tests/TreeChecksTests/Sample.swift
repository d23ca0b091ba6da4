// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Foundation
import Testing
import TreeChecks

/// Sources to check, and what came of it.
struct Sample {
  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

  var tree: DeviceTree
  var result: CheckResult

  /// Checks a source. It has to be one that can be read.
  static func source(
    _ text: String, name: String = "test.dts", _ change: (inout CheckOptions) throws -> Void = { _ in }
  ) throws -> Sample {
    let parsed = parse(name: name, bytes: Array(text.utf8), leavingChecks: true)
    #expect(parsed.diagnostics.filter { $0.level == .error } == [])
    var options = CheckOptions()
    try change(&options)
    var sample = Sample(tree: parsed.tree, result: CheckResult(findings: [], hasErrors: false))
    sample.result = runChecks(&sample.tree, options: options)
    return sample
  }

  /// Checks the body of a root node.
  static func root(_ body: String, _ change: (inout CheckOptions) throws -> Void = { _ in }) throws -> Sample {
    try source("/dts-v1/; / { \(body) };", change)
  }

  static func fixture(_ name: String, keepsWarnings: Bool = true) throws -> Sample {
    let text = try String(contentsOf: fixtures.appendingPathComponent(name + ".dts"), encoding: .utf8)
    return try source(text, name: name + ".dts") { options in
      options.keepsWarnings = keepsWarnings
      let line = text.split(separator: "\n").first { $0.hasPrefix("// options: ") }
      var words = (line?.dropFirst(12) ?? "").split(separator: " ").map(String.init)[...]
      while let option = words.popFirst(), let check = words.popFirst() {
        if option == "-E" { try options.levels.fail(check) } else { try options.levels.warn(check) }
      }
    }
  }

  /// The messages in dtc's form.
  var text: String { result.dtcText() }
  /// What was found, as `check: path: text`.
  var findings: [String] { result.findings.map { "\($0.check): \($0.path ?? "-"): \($0.text)" } }
}
