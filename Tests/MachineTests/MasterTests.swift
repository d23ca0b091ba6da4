// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import Machine
import Testing

@Suite struct MasterTests {
  private let sample = Sample(
    """
    / { #address-cells = <2>; #size-cells = <2>;
      smmu: iommu@1 { compatible = "arm,mmu-500"; #iommu-cells = <2>; mmu-masters = <&old 1 2>; };
      ipmmu: iommu@2 { compatible = "renesas,ipmmu-r8a7795"; #iommu-cells = <1>; };
      nic { iommus = <&smmu 0x877 0x7f80>, <&ipmmu 4>; };
      old: old { #stream-id-cells = <2>; };
      soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x10000000 0x10000000>;
        pcie@0 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>; bus-range = <0 15>; linux,pci-domain = <2>;
          ranges = <0x01000000 0 0 0x100000 0 0x10000>, <0x42000000 0 0x40000000 0x1000000 0 0x1000000>;
          iommu-map = <0 &smmu 0x100 0x80>; msi-map = <0 &smmu 0 0x10000>;
          pci@0 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>; };
        };
      };
      cpus { #address-cells = <2>; #size-cells = <0>;
        cpu@0 { device_type = "cpu"; reg = <0 0x100>; compatible = "arm,cortex-a72"; enable-method = "psci"; };
        cpu@1 { device_type = "cpu"; reg = <1 0>; status = "disabled"; };
        cpu-map { };
      };
    };
    """)

  @Test func iommusAreKnownByKind() throws {
    #expect(sample.topology.iommus().map(\.kind) == [.smmuv2, .ipmmu])
    #expect(IOMMU.Kind.smmuv3.rawValue == "SMMUv3")
  }

  @Test func streamsOfAMasterAreRead() throws {
    let streams = try sample.topology.streams(of: sample.node("/nic"))
    #expect(streams.map(\.specifier) == [[0x877, 0x7F80], [4]])
    #expect(try streams.map(\.iommu) == [sample.node("/iommu@1"), sample.node("/iommu@2")])
  }

  @Test func mastersThatAnSMMUListsAreRead() throws {
    let masters = try sample.topology.listedMasters(of: sample.node("/iommu@1"))
    #expect(masters.map { sample.path($0.master) } == ["/old", "/old"])
    #expect(masters.map(\.stream.id) == [1, 2])
  }

  @Test func aPCIHostHasBusesWindowsAndMaps() throws {
    let hosts = sample.topology.pciHosts()
    #expect(hosts.map { sample.path($0.node) } == ["/soc/pcie@0"])
    let host = try #require(hosts.first)
    #expect(host.buses == 0...15)
    #expect(host.domain == 2)
    #expect(host.windows.map(\.space) == [.io, .memory32])
    #expect(host.windows.map(\.isPrefetchable) == [false, true])
    #expect(host.windows.map(\.cpu) == [0x1010_0000..<0x1011_0000, 0x1100_0000..<0x1200_0000])
    let map = sample.topology.streamMap(of: host.node)
    #expect(try map == [RequesterWindow(requesters: 0..<0x80, target: sample.node("/iommu@1"), start: 0x100)])
    #expect(sample.topology.messageMap(of: host.node).map(\.requesters) == [0..<0x10000])
  }

  @Test func cpusAreReadWithTheirIds() {
    let cpus = sample.topology.cpus()
    #expect(cpus.map(\.id) == [0x100, 0x1_0000_0000])
    #expect(cpus.map(\.isEnabled) == [true, false])
    #expect(cpus.first?.compatible == ["arm,cortex-a72"])
    #expect(cpus.first?.enableMethod == "psci")
  }
}
