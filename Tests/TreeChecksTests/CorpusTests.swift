// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Foundation
import Testing
import TreeChecks

/// Side by side with a real dtc 1.8, named by GROVE_DTC18. GROVE_BOARDS is a folder with blobs. `Scripts/corpus` compares what
/// is said about sources with macros' lines in them.
@Suite(.enabled(if: Peer.dtc != nil, "GROVE_DTC18 names no dtc"))
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

  @Test(arguments: Peer.boards)
  func aBoardsBlobIsJudgedAlike(_ file: String) throws {
    var tree = try DeviceTree(blob: Array(Data(contentsOf: URL(fileURLWithPath: file))))
    let result = runChecks(&tree, options: CheckOptions(origin: .blob))
    #expect(try result.dtcText() == Peer.judge(file, ["-I", "dtb"], output: "-"))
  }

  /// The blob printed by dtc and read again, so that there are lines.
  @Test(arguments: Peer.boards)
  func aBoardsDecompiledTextIsJudgedAlike(_ file: String) throws {
    let source = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".dts").path
    defer { try? FileManager.default.removeItem(atPath: source) }
    _ = try Peer.judge(file, ["-q", "-I", "dtb", "-O", "dts"], output: source)
    try expectSameJudgement(of: source)
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

  /// Without optimisation only some of them.
  static var boards: [String] {
    guard dtc != nil, let folder = ProcessInfo.processInfo.environment["GROVE_BOARDS"],
      let found = FileManager.default.enumerator(atPath: folder)
    else { return [] }
    let files = found.compactMap { $0 as? String }.filter { $0.hasSuffix(".dtb") }.sorted()
    #if DEBUG
      let step = 24
    #else
      let step = 1
    #endif
    return stride(from: 0, to: files.count, by: step).map { "\(folder)/\(files[$0])" }
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
