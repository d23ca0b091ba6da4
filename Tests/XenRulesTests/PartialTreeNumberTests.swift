// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Foundation
import SystemFiles
import Testing
import XenFacts
import XenRules
import XenSystem

/// Every number of every partial tree in turn becomes the smallest and the largest there is, and every property is cut short:
/// the rules judge all, and none traps.
@Test(arguments: [
  "cells/bad-nested", "gic-copied/bad", "guest-address/bad", "names/bad", "neighbours/bad", "phandles/bad",
])
func noPartialTreeIsTooOddForTheRules(_ name: String) throws {
  let file = "passthrough-\(name).dts"
  let path = RuleFixtureTests.folder.appendingPathComponent(file).path
  let host = try loadTree(path, allowsOutside: true)
  let partial = try loadTree(path.replacing(".dts", with: ".partial.dts")).tree
  let release = XenRelease(version: XenVersion(4, 23), source: .option)
  var judged = 0
  func judge(_ changed: DeviceTree) throws {
    let bytes = try changed.blob()
    _ = check(
      Subject(tree: host.tree, file: file, release: release) { module in
        module.kind == .deviceTree ? ModuleFile(name: "partial.dtb", bytes: bytes, kind: .deviceTree) : nil
      })
    judged += 1
  }
  for id in partial.walk() {
    for at in partial[id].properties.indices {
      let bytes = partial[id].properties[at].value.bytes
      var changed = partial
      for cell in stride(from: 0, to: bytes.count - bytes.count % 4, by: 4) {
        for extreme: UInt8 in [0, 0xFF] {
          changed[id].properties[at].value.bytes = bytes
          changed[id].properties[at].value.bytes.replaceSubrange(
            cell..<cell + 4, with: repeatElement(extreme, count: 4))
          try judge(changed)
        }
      }
      changed[id].properties[at].value.bytes = Array(bytes.dropLast())
      try judge(changed)
    }
  }
  #expect(judged > 20)
}
