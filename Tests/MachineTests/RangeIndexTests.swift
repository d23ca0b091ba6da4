// SPDX-License-Identifier: Apache-2.0
import Machine
import Testing

@Suite struct RangeIndexTests {
  @Test func whatMeetsARangeIsFoundInOrder() {
    let index = RangeIndex([0x3000..<0x4000, 0..<0x10000, 0x1000..<0x1800, 0x1800..<0x2000, 0x5000..<0x5000])
    #expect(index.overlapping(0x1000..<0x2000) == [1, 2, 3])
    #expect(index.overlapping(0x17ff..<0x1800) == [1, 2])
    #expect(index.overlapping(0x3fff..<0x5001) == [1, 0])
    #expect(index.overlapping(0x10000..<0x20000) == [])
    #expect(index.overlapping(0x1000..<0x1000) == [])
    #expect(index.overlapping(0..<0x10000, limit: 2) == [1, 2])
  }

  @Test func nothingMeetsNothing() {
    #expect(RangeIndex([]).overlapping(0..<UInt64.max) == [])
    #expect(RangeIndex([0..<UInt64.max]).overlapping(UInt64.max - 1..<UInt64.max) == [0])
  }

  @Test func itFindsWhatALookAtAllFinds() {
    var state: UInt64 = 7
    func next(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    let ranges = (0..<200).map { _ in
      let start = next(1000)
      return start..<(start + next(next(10) == 0 ? 500 : 20))
    }
    let index = RangeIndex(ranges)
    for _ in 0..<200 {
      let start = next(1000)
      let wanted = start..<(start + next(40))
      let all = ranges.indices.filter { ranges[$0].overlaps(wanted) && !wanted.isEmpty }
      #expect(index.overlapping(wanted).sorted() == all)
    }
  }
}
