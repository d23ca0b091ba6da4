// SPDX-License-Identifier: Apache-2.0
import Diagnostics
import Foundation
import Testing

@testable import BootTargets

/// A folder of a test's own, gone when the test is over.
final class Scratch {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("grove-output-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Every file below, with what it holds; folders end with a slash.
  func contents() throws -> [String: String] {
    var all: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      var isFolder: ObjCBool = false
      _ = unsafe FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder)
      all[isFolder.boolValue ? name + "/" : name] =
        isFolder.boolValue ? "" : try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }
    return all
  }

  func write(_ name: String, _ text: String) throws {
    try FileManager.default.createDirectory(
      atPath: ("\(path)/\(name)" as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8)
  }
}

@Suite struct OutputFolderTests {
  /// Files as a plan has them, and the manifest that names them.
  private func files(_ text: String, names: [String] = ["one", "EFI/BOOT/two"]) -> [OutputFolder.File] {
    let plan = BootPlan(
      target: .uefi, tree: Sample.host(), blob: [], files: names.map { PlannedFile($0, Array(text.utf8)) },
      placement: nil, loads: [], warnings: [])
    return names.map { OutputFolder.File(path: "uefi/\($0)", bytes: Array(text.utf8), isExecutable: $0 == "one") } + [
      OutputFolder.File(path: "manifest.json", bytes: Array(Manifest([plan]).text.utf8), isExecutable: false)
    ]
  }

  private func expectHolds(_ scratch: Scratch, _ folder: String, _ text: String, besides others: [String] = []) throws {
    let contents = try scratch.contents()
    let parts = folder.split(separator: "/")
    let parents = (0..<parts.count - 1).map { parts[...$0].joined(separator: "/") + "/" }
    #expect(
      Set(contents.keys)
        == Set(
          ["", "uefi/", "uefi/EFI/", "uefi/EFI/BOOT/", "uefi/one", "uefi/EFI/BOOT/two", "manifest.json"].map {
            "\(folder)/\($0)"
          } + parents + others))
    #expect(contents["\(folder)/uefi/one"] == text)
    #expect(contents["\(folder)/uefi/EFI/BOOT/two"] == text)
  }

  @Test func aNewFolderIsMadeWithItsParents() throws {
    let scratch = try Scratch()
    try OutputFolder.write(files("new"), to: "\(scratch.path)/a/b/out/")
    try expectHolds(scratch, "a/b/out", "new")
  }

  @Test func anEmptyFolderIsTaken() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: "\(scratch.path)/out", withIntermediateDirectories: false)
    try OutputFolder.write(files("new"), to: "\(scratch.path)/out")
    try expectHolds(scratch, "out", "new")
  }

  @Test func anOlderResultIsReplacedWhole() throws {
    let scratch = try Scratch()
    try OutputFolder.write(files("old", names: ["three", "four/five"]), to: "\(scratch.path)/out")
    try OutputFolder.write(files("new"), to: "\(scratch.path)/out")
    try expectHolds(scratch, "out", "new")
  }

  @Test func aLinkIsFollowedAndStays() throws {
    let scratch = try Scratch()
    try OutputFolder.write(files("old"), to: "\(scratch.path)/real")
    try FileManager.default.createSymbolicLink(atPath: "\(scratch.path)/out", withDestinationPath: "real")
    try OutputFolder.write(files("new"), to: "\(scratch.path)/out")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(scratch.path)/out") == "real")
    #expect(try String(contentsOfFile: "\(scratch.path)/real/uefi/one", encoding: .utf8) == "new")
  }

  @Test func modesFollowTheUmask() throws {
    let scratch = try Scratch()
    try OutputFolder.write(files("new"), to: "\(scratch.path)/out")
    let mask = umask(0)
    _ = umask(mask)
    func mode(_ name: String) throws -> Int {
      try #require(
        FileManager.default.attributesOfItem(atPath: "\(scratch.path)/out/\(name)")[.posixPermissions] as? Int)
    }
    #expect(try mode("uefi/one") == 0o777 & ~Int(mask))
    #expect(try mode("uefi/EFI/BOOT/two") == 0o666 & ~Int(mask))
    #expect(try mode("uefi/EFI") == 0o777 & ~Int(mask))
  }

  // MARK: What is refused

  private func message(_ scratch: Scratch, _ name: String, _ write: () throws -> Void) -> String {
    failure(write).replacingOccurrences(of: scratch.path, with: "")
  }

  @Test(arguments: ["notes.txt", "uefi/notes.txt", "uefi/EFI/BOOT/notes.txt", "other/notes.txt"])
  func aFolderWithAForeignFileIsLeftAlone(name: String) throws {
    let scratch = try Scratch()
    try OutputFolder.write(files("old"), to: "\(scratch.path)/out")
    try scratch.write("out/\(name)", "mine")
    let before = try scratch.contents()
    let foreign = name.hasPrefix("other") ? "other" : name
    #expect(
      message(scratch, "out") { try OutputFolder.write(files("new"), to: "\(scratch.path)/out") } == """
        /out: error: /out holds \(foreign), which no build wrote, so nothing is written there [output-not-ours]
          hint: name a folder that is new or empty, or one that grove build wrote

        """)
    #expect(try scratch.contents() == before)
  }

  @Test func aFolderWithoutAManifestIsLeftAlone() throws {
    let scratch = try Scratch()
    try scratch.write("out/b.txt", "mine")
    try scratch.write("out/a.txt", "mine")
    #expect(
      message(scratch, "out") { try OutputFolder.write(files("new"), to: "\(scratch.path)/out") }
        .hasPrefix("/out: error: /out holds a.txt, which no build wrote"))
    #expect(try scratch.contents() == ["out/": "", "out/a.txt": "mine", "out/b.txt": "mine"])
  }

  @Test func aForeignManifestIsNotOurs() throws {
    let scratch = try Scratch()
    try scratch.write("out/manifest.json", "{\"name\":\"mine\"}")
    #expect(
      message(scratch, "out") { try OutputFolder.write(files("new"), to: "\(scratch.path)/out") }
        .hasPrefix("/out: error: /out holds manifest.json, which no build wrote"))
  }

  @Test func aFileThatComesWhileWritingIsNotLost() throws {
    let scratch = try Scratch()
    try OutputFolder.write(files("old"), to: "\(scratch.path)/out")
    let text = message(scratch, "out") {
      try OutputFolder.write(files("new"), to: "\(scratch.path)/out") { try? scratch.write("out/late.txt", "mine") }
    }
    #expect(text.hasPrefix("/out: error: /out holds late.txt, which no build wrote"))
    try expectHolds(scratch, "out", "old", besides: ["out/late.txt"])
  }

  @Test func aFolderThatComesWhileWritingIsNotReplaced() throws {
    let scratch = try Scratch()
    let text = message(scratch, "out") {
      try OutputFolder.write(files("new"), to: "\(scratch.path)/out") { try? scratch.write("out/late.txt", "mine") }
    }
    #expect(text.hasPrefix("/out: error: /out holds late.txt, which no build wrote"))
    #expect(try scratch.contents() == ["out/": "", "out/late.txt": "mine"])
  }

  @Test func aFileInTheWayIsNamed() throws {
    let scratch = try Scratch()
    try scratch.write("file", "mine")
    for (path, named) in [("file", "/file"), ("file/out", "/file"), ("file/a/out", "/file")] {
      #expect(
        message(scratch, path) { try OutputFolder.write(files("new"), to: "\(scratch.path)/\(path)") }
          == "\(named): error: \(named) is in the way: it is no folder [output-not-a-folder]\n")
    }
    #expect(try scratch.contents() == ["file": "mine"])
  }

  @Test func aLinkToNothingIsNotFollowed() throws {
    let scratch = try Scratch()
    try FileManager.default.createSymbolicLink(atPath: "\(scratch.path)/out", withDestinationPath: "nowhere")
    #expect(
      message(scratch, "out") { try OutputFolder.write(files("new"), to: "\(scratch.path)/out") }
        == "/out: error: cannot follow /out: it does not exist [output-failed]\n")
  }

  @Test func nothingIsLeftOfAFailedBuild() throws {
    let scratch = try Scratch()
    var broken = files("new")
    broken.append(OutputFolder.File(path: "uefi/one/below-a-file", bytes: [], isExecutable: false))
    let text = message(scratch, "out") { try OutputFolder.write(broken, to: "\(scratch.path)/a/b/out") }
    #expect(text.contains("[output-failed]"))
    #expect(try scratch.contents().isEmpty)
  }

  @Test(arguments: ["", "/", "."])
  func strangeNamesAreRefused(path: String) {
    #expect(failure { try OutputFolder.write(files("new"), to: path) }.contains(" [output-"))
  }

  // MARK: Writers that died

  /// Stops the writer by an exit where a real one is killed, and says where the temporary folder is.
  @Test func aBuildThatIsKilledLeavesTheOldResult() async throws {
    let result = await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
      let scratch = try Scratch()
      let tests = OutputFolderTests()
      try OutputFolder.write(tests.files("old"), to: "\(scratch.path)/out")
      print(scratch.path, terminator: "")
      fflush(nil)
      try OutputFolder.write(tests.files("new"), to: "\(scratch.path)/out") { kill(getpid(), SIGKILL) }
    }
    let path = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
    try #require(path.contains("grove-output-"))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try String(contentsOfFile: "\(path)/out/uefi/one", encoding: .utf8) == "old")
    let left = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(left.count == 2 && left.contains { $0.hasPrefix(".out.grove-") }, "\(left)")

    // The next build takes the leftover away.
    try OutputFolder.write(files("next"), to: "\(path)/out")
    #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["out"])
    #expect(try String(contentsOfFile: "\(path)/out/uefi/one", encoding: .utf8) == "next")
  }

  @Test func ofTwoBuildsAtOnceTheLastOneStays() throws {
    let scratch = try Scratch()
    for _ in 0..<2 {
      try OutputFolder.write(files("first"), to: "\(scratch.path)/out") {
        #expect(failure { try OutputFolder.write(files("second"), to: "\(scratch.path)/out") } == "nothing was thrown")
      }
      try expectHolds(scratch, "out", "first")
    }
  }
}
