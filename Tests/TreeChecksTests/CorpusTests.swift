// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Foundation
import Testing
import TreeChecks

/// Side by side with a real dtc 1.8.1, named by GROVE_DTC18. GROVE_BOARDS is a folder with blobs, GROVE_SOURCES one
/// with preprocessed sources: one file a board, with line markers. Without them these tests do not run.
@Suite(.enabled(if: Peer.dtc != nil))
struct CorpusTests {
  @Test(arguments: FixtureTests.names)
  func dtcStillSaysOfAFixtureWhatIsWrittenDown(_ name: String) throws {
    let text = try String(contentsOf: Sample.fixtures.appendingPathComponent(name + ".dts"), encoding: .utf8)
    let options = text.split(separator: "\n").first { $0.hasPrefix("// options: ") }?.dropFirst(12).split(
      separator: " ")
    let expected = try Data(contentsOf: Sample.fixtures.appendingPathComponent(name + ".txt"))
    let said = try Peer.judge(name + ".dts", (options ?? []).map(String.init), output: "-", in: Sample.fixtures)
    #expect(said == String(decoding: expected, as: UTF8.self))
  }

  @Test(arguments: Peer.files("GROVE_BOARDS", ".dtb"))
  func aBoardsBlobIsJudgedAlike(_ file: String) throws {
    var tree = try DeviceTree(blob: Array(Data(contentsOf: URL(fileURLWithPath: file))))
    let result = runChecks(&tree, options: CheckOptions(origin: .blob))
    #expect(try result.dtcText() == Peer.judge(file, ["-I", "dtb"], output: "-"))
  }

  /// The blob printed by dtc and read again, so that there are lines.
  @Test(arguments: Peer.files("GROVE_BOARDS", ".dtb"))
  func aBoardsDecompiledTextIsJudgedAlike(_ file: String) throws {
    let source = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".dts").path
    defer { try? FileManager.default.removeItem(atPath: source) }
    _ = try Peer.judge(file, ["-q", "-I", "dtb", "-O", "dts"], output: source)
    try expectSameJudgement(of: source)
  }

  @Test(arguments: Peer.files("GROVE_SOURCES", ".dts"))
  func aBoardsSourceIsJudgedAlike(_ file: String) throws {
    try expectSameJudgement(of: file)
  }

  private func expectSameJudgement(of file: String) throws {
    let parsed = try parse(
      name: file, bytes: Array(Data(contentsOf: URL(fileURLWithPath: file))), leavingChecks: true)
    #expect(!parsed.diagnostics.hasErrors)
    var tree = parsed.tree
    let result = runChecks(&tree)
    #expect(try result.dtcText() + result.dtcVerdict(force: false).text == Peer.judge(file, [], output: "-"))
  }
}

enum Peer {
  static let dtc = ProcessInfo.processInfo.environment["GROVE_DTC18"]

  static func files(_ variable: String, _ suffix: String) -> [String] {
    guard dtc != nil, let folder = ProcessInfo.processInfo.environment[variable],
      let found = FileManager.default.enumerator(atPath: folder)
    else { return [] }
    return found.compactMap { $0 as? String }.filter { $0.hasSuffix(suffix) }.sorted().map { folder + "/" + $0 }
  }

  /// What dtc prints on its standard error.
  static func judge(_ file: String, _ options: [String], output: String, in folder: URL? = nil) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(dtc))
    process.arguments = options + [file, "-o", output] + (options.contains("-O") ? [] : ["-O", "dtb"])
    if let folder { process.currentDirectoryURL = folder }
    let messages = Pipe()
    process.standardError = messages
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = messages.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: text, as: UTF8.self)
  }
}
