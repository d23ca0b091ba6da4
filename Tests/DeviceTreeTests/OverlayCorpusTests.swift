// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Diagnostics
import Foundation
import Testing

/// The overlays of a kernel package, each on every board of its vendor, beside fdtoverlay: whatever that applies gives the same
/// tree here, in the same order, and what it refuses is refused.
///
/// `GROVE_OVERLAYS` names the folder (a folder for each vendor, with `.dtb` and `.dtbo`), `GROVE_FDTOVERLAY` an fdtoverlay of dtc 1.8 or
/// newer: older ones let an overlay overwrite phandles of the base, which breaks the base's references.
@Suite struct OverlayCorpusTests {
  @Test(arguments: OverlayCorpus.overlays)
  func everyBoardGivesTheSameTree(_ overlay: String) throws {
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
        let isSame = try expected.map { try DeviceTree(blob: $0).blob() == base.blob() }
        #expect(isSame == true, "\(overlay) on \(board)")
      } catch let failure as Failure {
        #expect(expected == nil, "\(overlay) on \(board): \(DiagnosticPrinter().text(failure.diagnostics))")
      }
    }
    print("overlay: \((overlay as NSString).lastPathComponent): applied to \(applied) boards, refused by \(refused)")
    #expect(applied + refused > 0)
  }
}

private enum OverlayCorpus {
  static let program = ProcessInfo.processInfo.environment["GROVE_FDTOVERLAY"]

  /// Empty when nobody has prepared any.
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

  static func tree(_ path: String) throws -> DeviceTree {
    try DeviceTree(blob: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
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
    return process.terminationStatus == 0 ? [UInt8](try Data(contentsOf: output)) : nil
  }
}
