// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Foundation
import SystemFiles
import Testing
import XenFacts
import XenRules
import XenSystem

@testable import BootLog

/// With the tree that was booted, the rule and the property behind each log are named.
@Suite struct TreeExplanationTests {
  /// `log rule place`, the place being that of the first fault in the tree, or `-`.
  static let expected: [[String]] = {
    let file = Logs.folder.appendingPathComponent("rules.txt")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  }()

  static let logs = Logs.names.filter { name in
    guard let stem = stem(name) else { return false }
    return FileManager.default.fileExists(atPath: Logs.folder.appendingPathComponent(stem + ".dts").path)
  }

  /// `module-reg-4.20.serial` is `module-reg` booted on 4.20.
  static func stem(_ name: String) -> String? {
    ["-4.17.serial", "-4.20.serial"].first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
  }

  @Test(arguments: logs)
  func theRuleAndThePropertyAreNamed(_ name: String) throws {
    let found = try explanation(of: name)
    let line = try #require(Self.expected.first { $0.first == name }, "\(found.joined(separator: " "))")
    #expect(found == line)
  }

  private func explanation(of name: String) throws -> [String] {
    let reading = LogReading(serial: try Logs.bytes(name))
    let stem = try #require(Self.stem(name))
    let path = Logs.folder.appendingPathComponent(stem).path
    let loaded = try loadTree(path + ".dts", allowsOutside: true)
    let partial = try? loadTree(path + ".partial.dts").blob
    let version = try #require(XenVersion(String(name.dropLast(7).suffix(4))))
    let release = XenRelease(version: version, source: .option)
    let subject = Subject(tree: loaded.tree, file: "\(stem).dts", release: release, provenance: loaded.source) {
      module in
      guard module.kind == .deviceTree, let partial else { return nil }
      return ModuleFile(name: "\(stem).partial.dts", bytes: partial, kind: .deviceTree)
    }
    let names = subject.guests.enumerated().map { ($0.offset + 1, subject.tree[$0.element].name) }
    let explanation = LogExplanation(
      reading, file: name, names: Dictionary(uniqueKeysWithValues: names), faults: check(subject),
      silencing: Rule.silencing)
    let first = try #require(explanation.diagnostics.first)
    let fault = first.notes.first { $0.message.hasPrefix("in the tree: ") }
    return [name, first.rule, fault.map { shown($0.place) } ?? "-"]
  }

  /// The node and the property: lines belong to the trees, which say where they are themselves.
  private func shown(_ place: Place) -> String {
    [place.node, place.property].compactMap { $0 }.joined(separator: ":")
  }
}
