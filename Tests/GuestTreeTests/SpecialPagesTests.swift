// SPDX-License-Identifier: Apache-2.0
import GuestTree
import Testing

/// The addresses were worked out by hand from each architecture's convention.
@Suite struct SpecialPagesTests {
  private func pages(_ convention: PageConvention, ram: [Range<UInt64>] = [0..<0x800_0000], end: UInt64 = 0)
    -> [String]?
  {
    convention.pages(ram: ram, imagesEnd: end)?.map { "\($0.kind.text) \(String($0.address, radix: 16))" }
  }

  @Test func x86TakesTheNextPagesAfterAllImages() {
    #expect(pages(.x86, end: 0x123_4567) == ["start-info 1235000", "store 1236000", "console 1237000"])
    #expect(pages(.x86, end: 0x123_5000) == ["start-info 1235000", "store 1236000", "console 1237000"])
  }

  @Test func x86WithHardwareMemoryManagementTakesTheLastPagesBelowTheFirmware() {
    #expect(
      pages(.x86HVM) == [
        "paging feff8000", "memory-access feff9000", "sharing feffa000", "buffered-requests feffb000",
        "store feffc000", "requests feffd000", "identity-page-table feffe000", "console fefff000",
      ])
    #expect(pages(.x86RequestServers)?.first == "request-server feff0000")
    #expect(pages(.x86RequestServers)?.last == "request-server feff7000")
  }

  @Test func itaniumTakesTheFirstPages() {
    #expect(pages(.ia64) == ["start-info 0", "console 1000", "store 2000"])
  }

  @Test func armTakesTheMagicRegion() {
    #expect(
      pages(.armMagicRegion) == [
        "console 39000000", "store 39001000", "memory-access 39002000", "vuart 39003000",
      ])
  }

  @Test func powerPCTakesTheLastPagesOfRealModeMemoryWithSharedInfoLast() {
    let ram: [Range<UInt64>] = [0..<0x400_0000, 0x400_0000..<0x2000_0000]
    #expect(pages(.powerPC, ram: ram) == ["shared-info 3fff000", "console 3ffe000", "store 3ffd000"])
    #expect(
      pages(.powerPC2006, ram: ram) == [
        "shared-info 3fff000", "store 3ffe000", "console 3ffd000", "start-info 3ffc000",
      ])
  }

  @Test func pagesThatDoNotFitAreRefused() {
    #expect(pages(.powerPC, ram: [0..<0x2000]) == nil)
    #expect(pages(.powerPC, ram: []) == nil)
    #expect(pages(.x86, end: .max) == nil)
  }
}
