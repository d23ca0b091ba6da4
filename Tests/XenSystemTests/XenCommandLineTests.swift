// SPDX-License-Identifier: Apache-2.0
import Testing
import XenSystem

@Suite struct XenCommandLineTests {
  @Test(
    arguments: [
      ("dom0_mem=512M", 512 << 20), ("dom0_mem=1g", 1 << 30), ("dom0_mem=4096", 4 << 20),
      ("dom0_mem=64k,max:1G", 64 << 10),
      ("dom0_mem=1M dom0_mem=2M", 2 << 20),
    ] as [(String, UInt64)])
  func dom0MemoryIsReadAsXenReadsIt(_ text: String, _ bytes: UInt64) {
    #expect(XenCommandLine(text).dom0Memory == bytes)
  }

  @Test(arguments: [
    "", "dom0_mem=", "dom0_mem=x", "dom0_mem=99999999999999999999G", "dom0_mem=18446744073709551615T",
    "dom0_mem=max:1G",
  ])
  func whatIsNoSizeIsNone(_ text: String) {
    #expect(XenCommandLine(text).dom0Memory == nil)
  }

  @Test func sizesAreWrittenInTheLargestUnit() {
    #expect(XenCommandLine.size(512 << 20) == "512M")
    #expect(XenCommandLine.size(516 << 10) == "516K")
    #expect(XenCommandLine.size(5) == "5B")
  }
}
