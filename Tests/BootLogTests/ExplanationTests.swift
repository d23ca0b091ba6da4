// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Foundation
import Testing
import XenFacts
import XenRules

@testable import BootLog

/// `Logs` holds what real Xens, U-Boots and UEFI firmware printed when they failed, beside the trees that were booted.
/// `Scripts/boot-fixture --serial` records those of trees anew.
enum Logs {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Logs")

  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".serial") }.sorted()
  }()

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  /// The first line of each log's explanation, as it shall be.
  static let expected: [String: String] = {
    let text = (try? String(contentsOf: folder.appendingPathComponent("explanations.txt"), encoding: .utf8)) ?? ""
    let lines = text.split(separator: "\n").map(String.init)
    return Dictionary(lines.map { (String($0.prefix { $0 != ":" }), $0) }, uniquingKeysWith: { first, _ in first })
  }()
}

@Suite struct ExplanationTests {
  private func text(_ log: String) -> String {
    let reading = LogReading(serial: Array(log.utf8))
    return DiagnosticPrinter().text(LogExplanation(reading, file: "serial.txt").diagnostics)
  }

  @Test(arguments: Logs.names)
  func theFirstCauseIsNamed(_ name: String) throws {
    let explanation = LogExplanation(LogReading(serial: try Logs.bytes(name)), file: name)
    let first = DiagnosticPrinter().text(explanation.diagnostics).split(separator: "\n").first.map(String.init)
    #expect(first == Logs.expected[name])
  }

  @Test func everyExplanationThatIsExpectedHasItsLog() {
    #expect(Set(Logs.expected.keys) == Set(Logs.names))
    #expect(Logs.names.count > 100)
  }

  /// What is said of a line was seen in a log of each version that it is said of.
  @Test func everyMessageHasBeenBooted() throws {
    var seen: [String: Set<String>] = [:]
    for name in Logs.names + ["../Fixtures/uboot-no-partition.serial"] {
      let reading = LogReading(serial: try Logs.bytes(name))
      for found in reading.found {
        seen[found.message.name, default: []].insert(reading.xenVersion?.text ?? "")
      }
    }
    for message in LogMessage.all {
      if message.unbooted != nil {
        #expect(message.versions.isEmpty)
      } else if message.voice == .xen {
        #expect(!message.versions.isEmpty)
        #expect(seen[message.name, default: []].isSuperset(of: message.versions.map(\.text)), "\(message.name)")
      } else {
        #expect(seen[message.name] != nil, "\(message.name)")
      }
    }
  }

  @Test func namesAreUnique() {
    #expect(Set(LogMessage.all.map(\.name)).count == LogMessage.all.count)
  }

  @Test func everyRuleThatIsNamedExists() {
    let rules = Set(Rule.all.map(\.name))
    for message in LogMessage.all { #expect(rules.isSuperset(of: message.rules), "\(message.name)") }
  }

  @Test func anUnknownPanicIsSaidToBeUnknown() {
    #expect(
      text(
        """
        (XEN) Xen version 4.20.3 (x)
        (XEN) Something nobody has seen
        (XEN)
        (XEN) ****************************************
        (XEN) Panic on CPU 0:
        (XEN) The flux is not constant
        (XEN) ****************************************

        """) == """
          serial.txt:6:1: error: Xen 4.20.3 stopped: "The flux is not constant"; this message is not known here [unknown-panic]
          serial.txt:1:1: note: before it: Xen version 4.20.3 (x)
          serial.txt:2:1: note: before it: Something nobody has seen
            hint: the lines before it are the best trace; a file and a line number name the place in Xen's sources

          """)
  }

  @Test func aLogWithoutALineIsASymptomToo() {
    let words = text("\r\n")
    #expect(
      words.hasPrefix(
        "serial.txt: error: not one line was printed: Xen stops so before its console works [silent-boot]\n"))
    #expect(words.contains("note: give the tree with --tree: "))
    #expect(words.contains("CONFIG_EARLY_PRINTK"))
  }

  @Test func aFaultThatSilencesXenIsNamedFirst() {
    let silent = Diagnostic.error(
      "module-reg", "domA's kernel has no `reg`", at: Place(file: "x.dtb", node: "/chosen/domA"))
    let other = Diagnostic.error("cpus-missing", "domA has no `cpus`", at: Place(file: "x.dtb", node: "/chosen/domA"))
    let explanation = LogExplanation(
      LogReading(serial: []), file: "serial.txt", faults: [other, silent], silencing: ["module-reg"])
    #expect(explanation.diagnostics.map(\.rule) == ["module-reg"])
    #expect(
      explanation.diagnostics.first?.notes.first?.message == "in the tree: domA's kernel has no `reg` [module-reg]")
    #expect(explanation.diagnostics.first?.notes.contains { $0.message.contains("cpus") } == false)
  }

  /// The failing domain's own fault is the cause, not another domain's.
  @Test func theTreeTellsWhichPropertyItWas() throws {
    func fault(_ domain: String) -> Diagnostic {
      .error(
        "memory-missing", "\(domain) has no `memory`", at: Place(file: "x.dtb", node: "/chosen/\(domain)"),
        hint: "give \(domain) some")
    }
    let reading = LogReading(serial: try Logs.bytes("memory-missing-4.20.serial"))
    let found = try #require(LogExplanation(reading, faults: [fault("domB"), fault("domA")]).diagnostics.first)
    #expect(found.rule == "memory-missing")
    #expect(found.hint == "give domA some")
    #expect(
      found.notes.map(\.message) == [
        "so it ended: Could not set up domain domA (rc = -22)", "in the tree: domA has no `memory` [memory-missing]",
      ])
  }

  @Test func theLastBootThatFailedIsRead() throws {
    let twice = try Logs.bytes("cpus-missing-4.20.serial") + Logs.bytes("memory-missing-4.20.serial")
    let reading = LogReading(serial: twice)
    #expect(reading.boots == 2)
    #expect(reading.cause?.message.name == "memory-property")
  }

  @Test func aLogThatEndsInTheMiddleIsSaidToBeStuck() throws {
    let whole = try Logs.bytes("cpus-missing-4.20.serial")
    let words = text(String(decoding: whole.prefix(2000), as: UTF8.self))
    #expect(words.contains("error: Xen 4.20.4-pre went no further than this line, without a panic [stuck-boot]"))
  }

  @Test(arguments: [
    ("a * b * c", "a 1 b 2 c", ["1", "2"]), ("a *", "  a x y ", ["x y"]), ("*end", "the end", ["the "]),
    ("same", "same", []),
    ("a*", "a", [""]),
  ])
  func starsStandForAnyText(_ pattern: String, _ line: String, _ captures: [String]) {
    var message = LogMessage.all[0]
    message.pattern = pattern
    #expect(message.match(line) == captures)
  }

  @Test(arguments: [("a * b", "a b"), ("ab*bc", "abc"), ("same", "same more"), ("a * b * c", "a 1 c 2 b")])
  func otherLinesAreNotMatched(_ pattern: String, _ line: String) {
    var message = LogMessage.all[0]
    message.pattern = pattern
    #expect(message.match(line) == nil)
  }
}
