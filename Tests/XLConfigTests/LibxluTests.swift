// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Foundation
import Testing
import XLConfig

/// libxlutil, which xl reads its configurations with, finds in them what our reader finds and refuses what it refuses.
/// `Tests/Libxlu/libxlu-read.c` asks it.
@Suite(.enabled(if: Libxlu.isPrepared)) struct LibxluTests {
  /// Where our reader differs, and why.
  enum Difference {
    /// libxlutil dies at a zero byte within quotes; we refuse the file.
    static let dies: Set = ["zero-byte"]
    /// libxlutil takes lists in lists until the stack of its parser is full, 2000 to 4996 deep; we take 1000.
    static let taken: Set = ["too-deep"]
    /// Files whose later errors only we show, or only libxlutil; the first is in the same line. libxlutil gives up
    /// behind a complete value that something other than the end of a setting follows, is silent about what follows an
    /// error closely, says only the first wrong escape, and counts what follows a backslash at the end of a line to the
    /// line before. We stop at twenty errors.
    static let laterErrors: Set = [
      "line-continued-in-quotes", "many-errors", "python-program", "two-values", "unknown-escape", "yaml",
      "parentheses",
    ]
  }

  @Test func theShippedExamplesHaveTheSameValues() throws {
    let examples = try Libxlu.examples()
    #expect(examples.count >= 4, "there are too few examples in \(Libxlu.exampleFolder)")
    let answers = try Libxlu.answers(about: examples.map(\.bytes))
    for (example, answer) in zip(examples, answers) {
      #expect(answer.isAccepted, "\(example.name)")
      expectSameVerdict(example.bytes, answer, named: example.name)
    }
  }

  @Test func filesOfOursHaveTheSameValues() throws {
    let files = RightFiles.all.map { Array($0.utf8) }
    for (file, answer) in zip(files, try Libxlu.answers(about: files)) {
      #expect(answer.isAccepted)
      expectSameVerdict(file, answer, named: escaped(file))
    }
  }

  @Test func wrongFilesAreRefusedInTheSameLines() throws {
    let files = try WrongFiles.names.map { (name: $0, bytes: try WrongFiles.bytes($0)) }
    for (file, answer) in zip(files, try Libxlu.answers(about: files.map(\.bytes))) {
      let ours = Transcript(file.bytes)
      #expect(!ours.isAccepted, "\(file.name)")
      #expect(answer.died == Difference.dies.contains(file.name), "\(file.name)")
      #expect(answer.isAccepted == Difference.taken.contains(file.name), "\(file.name)")
      guard !answer.died, !answer.isAccepted else { continue }
      #expect(answer.errorLines.first == ours.errorLines.first, "\(file.name)")
      let isSame = answer.errorLines == ours.errorLines
      #expect(
        isSame != Difference.laterErrors.contains(file.name), "\(file.name): \(answer.errorLines) \(ours.errorLines)")
    }
  }

  /// Files that chance has changed: the same verdict, the same values, the first error in the same line.
  @Test func changedFilesAreJudgedAlike() throws {
    let seeds = try Libxlu.examples().map(\.bytes) + RightFiles.all.map { Array($0.utf8) }
    var mutator = Mutator(dice: Dice(state: 6))
    let files = (0..<3000).map { mutator.change(seeds[$0 % seeds.count]) }
    let answers = try Libxlu.answers(about: files)
    for (file, answer) in zip(files, answers) { expectSameVerdict(file, answer, named: escaped(file)) }
    // Chance must have made some of either kind.
    #expect(answers.count { $0.isAccepted } > 300)
    #expect(answers.count { !$0.isAccepted } > 300)
  }

  @Test func escapesAreTakenAlike() throws {
    var dice = Dice(state: 7)
    let letters = Array(#"0123456789abnrtvfxX'"\ +-z"#.utf8)
    let files = (0..<3000).map { _ -> [UInt8] in
      let text = (0..<Int.random(in: 1...8, using: &dice)).map { _ in letters.randomElement(using: &dice) ?? 0 }
      return Array("a = [ 'b\\".utf8) + text + Array("c', \"\\".utf8) + text.reversed() + Array("\" ]\n".utf8)
    }
    for (file, answer) in zip(files, try Libxlu.answers(about: files)) {
      expectSameVerdict(file, answer, named: escaped(file))
    }
  }

  @Test func valuesOfOneKindAreGivenAndRefusedAlike() throws {
    let values = [
      "5", "0", "101", "08", "0x", "0x1f", "017", "1a", "'-3'", "'+7'", "' 8'", "'8 '", "''", "'x'", "'0X1F'", "'true'",
      "9223372036854775807", "9223372036854775808", "'-9223372036854775808'", "'-9223372036854775809'",
      "'99999999999999999999x'", "01777777777777777777777", "[]", "[ 1 ]", "[\n\n1 ]", "[ 'a', [ 'b' ] ]",
    ]
    let file = Array(values.enumerated().map { "a\($0) = \($1)\n" }.joined().utf8)
    let answer = try #require(try Libxlu.answers(about: [file]).first)
    let config = try XLConfig(reading: SourceText(name: "file", bytes: file))
    var ours: [String] = []
    for setting in config.settings {
      let name = setting.name
      let isList = setting.value.elements != nil
      func ask<Value>(_ noun: String, _ value: (XLConfig) throws(Diagnostic) -> Value?, _ text: (Value) -> String) {
        do throws(Diagnostic) {
          ours.append("\(noun) \(name) 0" + (try value(config).map(text) ?? "?"))
        } catch {
          ours.append("\(noun) \(name) \(error.message.contains("out of range") ? 34 : 22)")
          let line = error.place.location?.line ?? 0
          ours.append("report file:\(line): warning: \(error.message)")
        }
      }
      ours.append("setting \(name) \(notation(setting.value))")
      if isList {
        ask("string", { config throws(Diagnostic) in try config.bytes(name) }, { _ in "" })
      } else {
        ask("list", { config throws(Diagnostic) in try config.list(name) }, { _ in "" })
      }
      ask("number", { config throws(Diagnostic) in try config.integer(name) }, { " \($0)" })
      ask("bounded", { config throws(Diagnostic) in try config.integer(name, in: 1...100) }, { " \($0)" })
      ask("truth", { config throws(Diagnostic) in try config.boolean(name) }, { $0 ? " 1" : " 0" })
    }
    let theirs = answer.lines.filter { !$0.hasPrefix("strings") }
    #expect(theirs.count > 100)
    for (their, our) in zip(theirs, ours) { #expect(their == our) }
    #expect(theirs.count == ours.count)
  }

  private func expectSameVerdict(_ file: [UInt8], _ answer: Libxlu.Answer, named name: String) {
    let ours = Transcript(file)
    if answer.died {
      #expect(!ours.isAccepted, "\(name)")
      return
    }
    #expect(answer.isAccepted == ours.isAccepted, "\(name)")
    if answer.isAccepted {
      #expect(answer.settings == ours.settings, "\(name)")
    } else {
      #expect(answer.errorLines.first == ours.errorLines.first, "\(name)")
    }
  }
}

/// What our reader makes of a file, in the words of `libxlu-read`.
private struct Transcript {
  var isAccepted: Bool
  var settings: [String: String] = [:]
  var errorLines: [Int] = []

  init(_ bytes: [UInt8]) {
    do {
      let config = try XLConfig(reading: SourceText(name: "file", bytes: bytes))
      isAccepted = true
      for setting in config.settings { settings[setting.name] = notation(setting.value) }
    } catch {
      isAccepted = false
      errorLines = error.diagnostics.filter { $0.level == .error }.compactMap { $0.place.location.map { Int($0.line) } }
    }
  }
}

/// The reader over libxlutil that `Scripts/test` compiles.
private enum Libxlu {
  static var isPrepared: Bool { environment["GROVE_LIBXLU_READER"] != nil && environment["GROVE_XL_EXAMPLES"] != nil }
  static var exampleFolder: String { environment["GROVE_XL_EXAMPLES"] ?? "" }

  private static let environment = ProcessInfo.processInfo.environment

  struct Answer {
    var lines: [String] = []
    var isAccepted = false
    var died = false
    var settings: [String: String] = [:]
    /// Where libxlutil saw errors. An end of a line that it did not expect it counts to the line before.
    var errorLines: [Int] = []

    mutating func read(_ line: String) {
      lines.append(line)
      let words = line.split(separator: " ", maxSplits: 2)
      if words.first == "setting", words.count == 3 { settings[String(words[1])] = String(words[2]) }
      guard line.hasPrefix("report file:"), line.contains(": config parsing error near ") else { return }
      let number = line.dropFirst("report file:".count).prefix { $0 != ":" }
      if let number = Int(number) { errorLines.append(number + (line.contains("unexpected NEWLINE") ? 1 : 0)) }
    }
  }

  static func examples() throws -> [(name: String, bytes: [UInt8])] {
    try FileManager.default.contentsOfDirectory(atPath: exampleFolder).sorted().map { name in
      (name, [UInt8](try Data(contentsOf: URL(fileURLWithPath: exampleFolder + "/" + name))))
    }
  }

  /// Asks about many files in one run.
  static func answers(about files: [[UInt8]]) throws -> [Answer] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("grove-xl-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let input = folder.appendingPathComponent("in")
    let output = folder.appendingPathComponent("out")
    var bytes: [UInt8] = []
    for file in files { bytes += Array("\(file.count)\n".utf8) + file }
    try Data(bytes).write(to: input)
    try Data().write(to: output)

    let process = Process()
    process.executableURL = URL(fileURLWithPath: environment["GROVE_LIBXLU_READER"] ?? "")
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = try FileHandle(forWritingTo: output)
    // What glibc says of an abort.
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)

    var answers: [Answer] = []
    for line in try String(contentsOf: output, encoding: .utf8).split(separator: "\n") {
      if line.hasPrefix("file ") {
        answers.append(Answer(isAccepted: line == "file 0", died: line == "file died"))
      } else if !answers.isEmpty {
        answers[answers.count - 1].read(String(line))
      }
    }
    try #require(answers.count == files.count)
    return answers
  }
}
