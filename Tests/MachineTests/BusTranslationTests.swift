// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Machine
import Testing

@Suite struct BusTranslationTests {
  private let sample = Sample(
    """
    / { #address-cells = <2>; #size-cells = <2>;
      soc { #address-cells = <1>; #size-cells = <1>;
        ranges = <0x0 0x1 0x0 0x1000>, <0x8000 0x0 0x40000000 0x8000>;
        dma-ranges = <0x0 0x0 0x80000000 0x1000000>;
        uart@10 { reg = <0x10 0x20>, <0x8100 0x10>, <0x900 0x800>, <0x4000 4>; reg-names = "regs", "dma"; };
        bus { #address-cells = <1>; #size-cells = <1>; ranges;
          timer@8000 { reg = <0x8000 0x100>; };
        };
        i2c@20 { #address-cells = <1>; #size-cells = <0>; reg = <0x20 0x10>; eeprom@50 { reg = <0x50>; }; };
        lost { #address-cells = <1>; #size-cells = <1>; chip@0 { reg = <0 4>; }; };
        broken { #address-cells = <1>; #size-cells = <1>; ranges = <0 0>; chip@0 { reg = <0 4>; }; };
      };
    };
    """)

  private func registers(_ path: String) throws -> [Register] {
    try #require(sample.topology.registers(of: sample.node(path)))
  }

  @Test func windowsMoveAddressesToWhereTheCPUsSeeThem() throws {
    let uart = try registers("/soc/uart@10")
    #expect(uart.map(\.cpu) == [0x1_0000_0010..<0x1_0000_0030, 0x4000_0100..<0x4000_0110, nil, nil])
    #expect(uart.map(\.name) == ["regs", "dma", nil, nil])
  }

  @Test func aRangeThatLeavesItsWindowIsOutsideOfTheBus() throws {
    #expect(try registers("/soc/uart@10")[2].translation == .outside(sample.node("/soc")))
    #expect(try registers("/soc/uart@10")[3].translation == .outside(sample.node("/soc")))
  }

  @Test func emptyRangesPassAddressesOn() throws {
    #expect(try registers("/soc/bus/timer@8000").map(\.cpu) == [0x4000_0000..<0x4000_0100])
  }

  @Test func withoutRangesNothingIsAddressedByTheCPUs() throws {
    #expect(
      try registers("/soc/i2c@20/eeprom@50").map(\.translation) == [.notMapped(at: sample.node("/soc/i2c@20"))])
    #expect(try registers("/soc/lost/chip@0").map(\.translation) == [.notMapped(at: sample.node("/soc/lost"))])
  }

  @Test func rangesThatEndWithinAnEntryAreMalformed() throws {
    #expect(try registers("/soc/broken/chip@0").map(\.translation) == [.malformed(sample.node("/soc/broken"))])
  }

  @Test func dmaRangesSayWhatAMasterReaches() throws {
    let windows = try sample.topology.dmaReach(of: sample.node("/soc/bus/timer@8000"))
    #expect(windows == [AddressWindow(bus: 0..<0x100_0000, parentStart: 0x8000_0000)])
    #expect(try sample.topology.dmaReach(of: sample.node("/soc")) == nil)
  }

  @Test func dmaRangesOfSeveralBusesAreComposed() throws {
    let sample = Sample(
      """
      / { #address-cells = <2>; #size-cells = <1>;
        outer { #address-cells = <1>; #size-cells = <1>; ranges; dma-ranges = <0x1000 0x8 0x0 0x1000>;
          inner { #address-cells = <1>; #size-cells = <1>; ranges; dma-ranges = <0x0 0x1800 0x400>, <0x400 0x9000 0x10>;
            nic { };
          };
        };
      };
      """)
    let windows = try sample.topology.dmaReach(of: sample.node("/outer/inner/nic"))
    #expect(windows == [AddressWindow(bus: 0..<0x400, parentStart: 0x8_0000_0800)])
  }

  @Test func numbersAtTheEndOfTheAddressSpaceDoNotWrap() throws {
    let sample = Sample(
      """
      / { #address-cells = <2>; #size-cells = <2>;
        soc { #address-cells = <2>; #size-cells = <2>;
          ranges = <0 0 0xffffffff 0xfffff000 0xffffffff 0xffffffff>;
          a@ff0 { reg = <0 0xff0 0 0x10>; };
          b@2000 { reg = <0 0x2000 0 0x10>; };
        };
      };
      """)
    let soc = try sample.node("/soc")
    #expect(
      try sample.topology.registers(of: sample.node("/soc/a@ff0")) == [
        Register(bus: 0xFF0..<0x1000, translation: .cpu(0xFFFF_FFFF_FFFF_FFF0..<UInt64.max))
      ])
    #expect(try sample.topology.registers(of: sample.node("/soc/b@2000"))?.first?.translation == .outside(soc))
  }
}
