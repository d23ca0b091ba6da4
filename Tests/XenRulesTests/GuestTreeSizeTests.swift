// SPDX-License-Identifier: Apache-2.0
import Foundation
import SystemFiles
import Testing
import XenFacts
import XenSystem

@testable import XenRules

/// The sizes are those that real Xens name when they load the trees, as "Loading d1 DTB to 0x…43e00000-0x…43e0047c".
@Suite struct GuestTreeSizeTests {
  private func size(_ fixture: String, _ version: XenVersion) throws -> GuestTreeSize {
    let path = RuleFixtureTests.folder.appendingPathComponent(fixture + ".dts").path
    let tree = try loadTree(path, allowsOutside: true).tree
    let partial = path.replacing(".dts", with: ".partial.dts")
    let blob =
      FileManager.default.fileExists(atPath: partial) ? try loadTree(partial, allowsOutside: true).tree.blob() : nil
    let subject = Subject(tree: tree, file: path, release: XenRelease(version: version, source: .option)) { module in
      guard module.kind == .deviceTree, let blob else { return nil }
      return ModuleFile(name: "partial.dtb", bytes: blob, kind: .deviceTree)
    }
    return GuestTreeSize(of: try #require(subject.guests.first), in: subject)
  }

  @Test func theSizeIsThatOfTheTreeThatXenMakes() throws {
    #expect(try size("passthrough-path/good", XenVersion(4, 17)).total == 1551)
    #expect(try size("guest-tree-size/good", XenVersion(4, 17)).total == 1148 + 30 * 96)
    #expect(try size("guest-tree-size/good", XenVersion(4, 20)).total == 1111 + 30 * 96)
  }

  @Test func theRoomGrowsWithTheRelease() throws {
    #expect(try size("guest-tree-size/bad", XenVersion(4, 17)).isTooMuch)
    #expect(try size("guest-tree-size/bad", XenVersion(4, 21)).isTooMuch)
    #expect(try !size("guest-tree-size/bad", XenVersion(4, 22)).isTooMuch)
    #expect(try !size("guest-tree-size/bad-fragment", XenVersion(4, 18)).isTooMuch)
  }
}
