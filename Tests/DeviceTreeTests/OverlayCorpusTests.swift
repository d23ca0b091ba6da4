// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import FlattenedTree
import Foundation
import Testing

/// fdtoverlay's result and ours are the same bytes, but for the padding behind values, where fdtoverlay
/// leaves what stood there before.
@Suite struct OverlayCorpusTests {
  /// The folders of `Tests/Overlays`; the script `make` there says how they were made.
  @Test(arguments: ["order", "phandles", "targets", "chain"])
  func aSampleGivesTheSameBytes(_ name: String) throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
    let folder = "\(tests)/Overlays/\(name)"
    let overlays = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".dtbo") }
    #expect(!overlays.isEmpty)
    var tree = try OverlayCorpus.tree(folder + "/base.dtb")
    try tree.apply(overlays.sorted().map { Overlay(try OverlayCorpus.tree(folder + "/" + $0), file: $0) })
    let expected = try OverlayCorpus.bytes(folder + "/result.dtb")
    #expect(try tree.blob() == OverlayCorpus.withoutPadding(expected))
  }

  /// The overlays of a kernel package, each on every board of its vendor: whatever fdtoverlay applies gives
  /// the same here, and what it refuses is refused.
  ///
  /// `GROVE_OVERLAYS` names the folder (a folder for each vendor, with `.dtb` and `.dtbo`),
  /// `GROVE_FDTOVERLAY` an fdtoverlay of dtc 1.8 or newer: older ones let an overlay overwrite phandles of
  /// the base, which breaks the base's references.
  @Test(.enabled(if: OverlayCorpus.isPrepared), arguments: OverlayCorpus.overlays)
  func everyBoardGivesTheSameBytes(_ overlay: String) throws {
    let program = try #require(OverlayCorpus.program, "GROVE_FDTOVERLAY names no fdtoverlay")
    let tree = try OverlayCorpus.tree(overlay)
    var (applied, refused) = (0, 0)
    for board in OverlayCorpus.boards(for: overlay) {
      let expected = try OverlayCorpus.run(program, board: board, overlay: overlay)
      // A refusal costs a board to be read: a sample of them is enough.
      if expected == nil {
        refused += 1
        if refused % 8 != 1 { continue }
      }
      var base = try OverlayCorpus.tree(board)
      do {
        try base.apply(overlay: tree, named: overlay)
        applied += 1
        let isSame = try expected.map { try OverlayCorpus.withoutPadding($0) } == base.blob()
        #expect(isSame, "\(overlay) on \(board)")
      } catch let failure as Failure {
        #expect(expected == nil, "\(overlay) on \(board): \(DiagnosticPrinter().text(failure.diagnostics))")
      }
    }
    print("overlay: \((overlay as NSString).lastPathComponent): applied to \(applied) boards, refused by \(refused)")
    #expect(applied + refused > 0)
  }
}

private enum OverlayCorpus {
  static let isPrepared = ProcessInfo.processInfo.environment["GROVE_OVERLAYS"] != nil
  static let program = ProcessInfo.processInfo.environment["GROVE_FDTOVERLAY"]

  static let overlays: [String] = {
    guard let folder = ProcessInfo.processInfo.environment["GROVE_OVERLAYS"] else { return [] }
    let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return files.filter { $0.hasSuffix(".dtbo") }.sorted().map { folder + "/" + $0 }
  }()

  static func boards(for overlay: String) -> [String] {
    let folder = (overlay as NSString).deletingLastPathComponent
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".dtb") }.sorted().map { folder + "/" + $0 }
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  static func tree(_ path: String) throws -> DeviceTree { try DeviceTree(blob: bytes(path)) }

  /// The blob with zeros behind each value up to the next word.
  static func withoutPadding(_ blob: [UInt8]) throws -> [UInt8] {
    var result = blob
    var events = try FlattenedTree(blob.span).events()
    while let event = try events.next() {
      guard case .property(let property) = event else { continue }
      var end = property.value.offset + property.value.count
      while end % 4 != 0 {
        result[end] = 0
        end += 1
      }
    }
    return result
  }

  /// What fdtoverlay writes, or nil when it refuses.
  static func run(_ program: String, board: String, overlay: String) throws -> [UInt8]? {
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("grove-\(UUID().uuidString).dtb")
    defer { try? FileManager.default.removeItem(at: output) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["-i", board, "-o", output.path, overlay]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? try bytes(output.path) : nil
  }
}
