// SPDX-License-Identifier: Apache-2.0
import Machine
import Testing

@Suite struct AddressSetTests {
  @Test func touchingRangesBecomeOne() {
    let set = AddressSet([0..<10, 20..<30, 10..<20] as [Range<UInt64>])
    #expect(set.ranges == [0..<30])
  }

  @Test func aRangeBetweenTwoOthersStaysBetweenThem() {
    let set = AddressSet([0..<10, 40..<50, 20..<30] as [Range<UInt64>])
    #expect(set.ranges == [0..<10, 20..<30, 40..<50])
  }

  @Test func insertingOverSeveralMergesThemAll() {
    var set = AddressSet([0..<10, 20..<30, 40..<50, 60..<70] as [Range<UInt64>])
    set.insert(5..<45)
    #expect(set.ranges == [0..<50, 60..<70])
  }

  @Test func removingFromTheMiddleLeavesBothEnds() {
    var set = AddressSet([0..<100] as [Range<UInt64>])
    set.remove(40..<60)
    #expect(set.ranges == [0..<40, 60..<100])
    set.remove(0..<1000)
    #expect(set.ranges.isEmpty)
  }

  @Test func removingWhatIsNotThereChangesNothing() {
    var set = AddressSet([10..<20] as [Range<UInt64>])
    set.remove(20..<30)
    set.remove(0..<10)
    #expect(set.ranges == [10..<20])
  }

  @Test func firstFitRoundsUpAndSkipsWhatIsTooSmall() {
    let set = AddressSet([0x1001..<0x2100, 0x3001..<0x6000] as [Range<UInt64>])
    #expect(set.firstFit(size: 0x100, alignment: 0x1000) == 0x2000..<0x2100)
    #expect(set.firstFit(size: 0x101, alignment: 0x1000) == 0x4000..<0x4101)
    #expect(set.firstFit(size: 0x2001, alignment: 0x1000) == nil)
  }

  @Test func firstFitAtTheEndOfTheAddressSpaceFindsNothingInsteadOfWrapping() {
    let set = AddressSet([UInt64.max - 10..<UInt64.max])
    #expect(set.firstFit(size: 1, alignment: 0x1000) == nil)
  }
}
