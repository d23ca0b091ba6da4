// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Foundation
import SystemFiles
import Testing

/// dtc reads a directory into the same tree, once it sorts what it has read.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["GROVE_REAL"] != nil)) struct TreeDirectoryIdentityTests {
  @Test func aDirectoryGivesTheBytesOfDtc() throws {
    let scratch = try Workspace()
    for (file, content) in [
      ("#address-cells", "\0\0\0\u{2}"), ("name", "\0"), ("compatible", "a\0b\0"), ("cpus/name", "cpus\0"),
      ("cpus/cpu@10/reg", "\0\0\0\u{10}"), ("cpus/cpu@2/reg", "\0\0\0\u{2}"), ("cpus/cpu@2/name", "cpu\0"),
      ("chosen/empty", ""), ("chosen/odd", "odd"), ("B", "\0"), ("a", "\0"), ("Chosen/x", "y"),
    ] {
      let url = URL(fileURLWithPath: scratch.path("tree/" + file))
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(content.utf8).write(to: url)
    }
    let dtc = ["dtc", "-q", "-s", "-I", "fs", "-O", "dtb", "-o", scratch.path("dtc.dtb"), scratch.path("tree")]
    try #require(try run("/usr/bin/env", dtc).status == 0)
    // dtc chooses the boot CPU before it sorts.
    var theirs = try DeviceTree(blob: scratch.read("dtc.dtb"))
    let ours = try loadTree(scratch.path("tree")).tree
    #expect(ours.bootCPU == 0x10)
    theirs.bootCPU = ours.bootCPU
    #expect(try theirs.blob() == ours.blob())
  }
}
