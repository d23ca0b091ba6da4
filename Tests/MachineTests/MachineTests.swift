// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Machine
import Testing

@Suite struct MachineTests {
  private func machine(_ source: String) -> Machine {
    let parsed = parse(name: "host.dts", bytes: Array(("/dts-v1/;\n" + source).utf8), resolvingReferences: true)
    #expect(parsed.diagnostics.isEmpty)
    return Machine(parsed.tree)
  }

  @Test func memoryIsReadWithTheRootsCells() {
    let machine = machine(
      """
      / { #address-cells = <2>; #size-cells = <1>;
        memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0x1000000 1 0 0x2000000>; };
        memory@90000000 { device_type = "memory"; status = "disabled"; reg = <0 0x90000000 0x1000>; };
      };
      """)
    #expect(machine.memory.map(\.range) == [0x4000_0000..<0x4100_0000, 0x1_0000_0000..<0x1_0200_0000])
    #expect(machine.memory.first?.name == "/memory@40000000")
  }

  @Test func reservedMemoryAndReservationsAreKept() {
    let machine = machine(
      """
      /memreserve/ 0x1000 0x2000;
      / { #address-cells = <2>; #size-cells = <2>;
        reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
          optee@50000000 { reg = <0 0x50000000 0 0x100000>; no-map; };
          pool { size = <0 0x1000>; };
        };
      };
      """)
    #expect(
      machine.reserved == [
        .init(range: 0x5000_0000..<0x5010_0000, name: "/reserved-memory/optee@50000000"),
        .init(range: 0x1000..<0x3000, name: "/memreserve/"),
      ])
  }

  @Test func cpusAndInterruptControllerAreKnown() {
    let machine = machine(
      """
      / { #address-cells = <2>; #size-cells = <2>; compatible = "linux,dummy-virt";
        cpus { #address-cells = <1>; #size-cells = <0>;
          cpu@0 { device_type = "cpu"; compatible = "arm,cortex-a57"; reg = <0>; };
          cpu@1 { device_type = "cpu"; compatible = "arm,cortex-a57"; reg = <1>; status = "disabled"; };
          cpu-map { };
        };
        intc@8000000 { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; };
      };
      """)
    #expect(machine.cpuCount == 1)
    #expect(machine.cpuCompatible == "arm,cortex-a57")
    #expect(machine.interruptController == .gicv3)
    #expect(machine.compatible == ["linux,dummy-virt"])
  }

  @Test func aRegThatIsNoWholeNumberOfTuplesIsNoMemory() {
    let machine = machine(
      """
      / { #address-cells = <2>; #size-cells = <2>; memory { device_type = "memory"; reg = <0 1 2>; }; };
      """)
    #expect(machine.memory.isEmpty)
  }
}
