// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Machine
import Testing

@Suite struct InterruptTests {
  private let sample = Sample(
    """
    / { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>;
      gic: interrupt-controller@8000000 { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>;
        #address-cells = <2>; #size-cells = <2>; reg = <0 0x8000000 0 0x10000>; interrupts = <1 9 4>; };
      gpio: gpio { interrupt-controller; #interrupt-cells = <2>; interrupts = <0 7 4>;
        button { interrupts = <3 1>; }; };
      uart { interrupts = <0 1 4 0 2 1>; interrupt-names = "tx", "rx"; };
      timer { interrupts = <1 13 0xf08>; };
      mixed { interrupts = <9 9 9>; interrupts-extended = <&gpio 5 8>, <0>, <&gic 0 40 2>; };
      odd { interrupts = <0 1>; };
      lost { interrupt-parent = <0xbad>; interrupts = <0 1 4>; };
      pcie: pcie { #address-cells = <3>; #size-cells = <2>; #interrupt-cells = <1>; device_type = "pci";
        interrupt-map-mask = <0x1800 0 0 7>;
        interrupt-map = <0x0 0 0 1 &gic 0 0 0 3 4>, <0x800 0 0 1 &gic 0 0 0 4 4>;
        nic@1,0 { reg = <0x800 0 0 0 0>; interrupts = <1>; };
        far@2,0 { reg = <0x1000 0 0 0 0>; interrupts = <1>; };
      };
      ring1: ring1 { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <1 &ring2 1>; };
      ring2: ring2 { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <1 &ring1 1>; };
      dizzy { interrupt-parent = <&ring1>; interrupts = <1>; };
    };
    """)

  private func interrupts(_ path: String) throws -> [Interrupt] {
    try sample.topology.interrupts(of: sample.node(path))
  }

  @Test func spisAndPpisOfAGICAreDecoded() throws {
    #expect(
      try interrupts("/uart").map(\.gic) == [
        GICInterrupt(.spi, 1, trigger: .levelHigh), GICInterrupt(.spi, 2, trigger: .edgeRising),
      ])
    #expect(try interrupts("/uart").map(\.gic?.id) == [33, 34])
    #expect(try interrupts("/uart").map(\.name) == ["tx", "rx"])
    #expect(try interrupts("/timer").map(\.gic) == [GICInterrupt(.ppi, 13, trigger: .levelLow, cpuMask: 0xF)])
    #expect(try interrupts("/timer").first?.gic?.description == "PPI 13")
  }

  @Test func theParentIsTheNearestControllerOrWhatInterruptParentNames() throws {
    #expect(try sample.path(interrupts("/gpio/button")[0].controller) == "/gpio")
    #expect(try interrupts("/gpio/button")[0].gic == nil)
    #expect(try sample.path(interrupts("/gpio")[0].controller) == "/interrupt-controller@8000000")
    #expect(try interrupts("/interrupt-controller@8000000").map(\.gic?.id) == [25])
  }

  @Test func extendedInterruptsComeBeforeOthersAndMayLeaveAPlaceEmpty() throws {
    let found = try interrupts("/mixed")
    #expect(try found.map(\.controller) == [sample.node("/gpio"), sample.node("/interrupt-controller@8000000")])
    #expect(found.map(\.specifier) == [[5, 8], [0, 40, 2]])
  }

  @Test func aNexusIsFollowedByTheUnitAddress() throws {
    #expect(try interrupts("/pcie/nic@1,0").map(\.gic) == [GICInterrupt(.spi, 4)])
    #expect(throws: InterruptFault.notMapped(at: try sample.node("/pcie"))) { try interrupts("/pcie/far@2,0") }
  }

  @Test func faultsNameTheNodeAndTheProperty() throws {
    #expect(throws: InterruptFault.badLength(try sample.node("/odd"), "interrupts")) { try interrupts("/odd") }
    #expect(throws: InterruptFault.noNode(try sample.node("/lost"), "interrupt-parent", phandle: 0xBAD)) {
      try interrupts("/lost")
    }
    #expect(throws: InterruptFault.circle(try sample.node("/ring1"))) { try interrupts("/dizzy") }
  }

  @Test func aNodeWithNoControllerAboveHasNoParent() throws {
    let sample = Sample("/ { a { b { interrupts = <1>; }; }; };")
    let id = try sample.node("/a/b")
    #expect(throws: InterruptFault.noParent(id)) { try sample.topology.interrupts(of: id) }
  }

  @Test func anInterruptThatNoGICHasIsNotDecoded() {
    #expect(GICInterrupt(cells: [1, 16, 4]) == nil)
    #expect(GICInterrupt(cells: [0, 988, 4]) == nil)
    #expect(GICInterrupt(cells: [7, 1, 4]) == nil)
    #expect(GICInterrupt(cells: [0, 1]) == nil)
    #expect(GICInterrupt(cells: [2, 3, 1, 0])?.id == 4099)
    #expect(GICInterrupt(cells: [0, 5, 3])?.trigger == nil)
  }
}
