// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import DeviceTreeSource
import Diagnostics
import Machine
import Testing
import XenFacts
import XenSystem

@Suite struct OwnershipTests {
  @Test func everythingOfASmallMachineHasOneOwner() throws {
    let ownership = try OwnedSample.ownership()
    #expect(
      ownership.text == """
        RAM, by owner:
          0x0040000000  0x0050000000   256.0 MiB  Xen: heap, of which domains get theirs
          0x0050000000  0x0050010000    64.0 KiB  Xen: dom0's kernel, until its domain is built
          0x0050010000  0x0052000000    31.9 MiB  Xen: heap, of which domains get theirs
          0x0052000000  0x0052010000    64.0 KiB  Xen: domA's kernel, domB's kernel, until its domain is built
          0x0052010000  0x0060000000   223.9 MiB  Xen: heap, of which domains get theirs
          0x0060000000  0x0060100000     1.0 MiB  dom0: /reserved-memory/firmware@60000000
          0x0060100000  0x0080000000   511.0 MiB  Xen: heap, of which domains get theirs
        owners:
          Xen
            /gic@8000000  [0x8000000, 0x8010000), 64 KiB  [0x80a0000, 0x81a0000), 1 MiB
            /smmu@9050000  [0x9050000, 0x9060000), 64 KiB  SPI 74
            /uart@9000000  [0x9000000, 0x9001000), 4 KiB  SPI 1
            also /timer
          dom0
            128 MiB of Xen's heap, at addresses that Xen chooses at boot
            [0x60000000, 0x60100000), 1 MiB  /reserved-memory/firmware@60000000
            /clocks@9060000  [0x9060000, 0x9061000), 4 KiB
            /gpio@9030000  [0x9030000, 0x9031000), 4 KiB  SPI 7  disabled
            /mmc@9080000  [0x9080000, 0x9080800), 2 KiB  SPI 81  stream 0x6 of /smmu@9050000
            also /fixed
          domA
            64 MiB of Xen's heap, at addresses that Xen chooses at boot
            /rtc@9010000  [0x9010000, 0x9011000), 4 KiB  SPI 2
          domB
            64 MiB of Xen's heap, at addresses that Xen chooses at boot
            /mac@9070000  [0x9070000, 0x9071000), 4 KiB  SPI 80  stream 0x5 of /smmu@9050000
          nobody: it is marked xen,passthrough and given to no domain
            /spare@90a0000  [0x90a0000, 0x90a1000), 4 KiB
          nobody: one of its interrupts is private to a CPU, so Xen keeps it from dom0
            /counter@90b0000  [0x90b0000, 0x90b1000), 4 KiB
          nobody: Xen keeps it from dom0
            /psci
        CPUs: Xen runs the virtual CPUs of a pool's domains on all CPUs of the pool
          Pool-0, 2 CPUs: dom0 (2 virtual), domA (2 virtual), domB (1 virtual)
        shared:
          dom0  domA  domB
          x     x     -     xenstore: the store of dom0
          *     x     -     grants: by way of xenstore's page and its devices
          *     x     x     control: dom0 may map the memory of others, stop and build them
          x     -     x     clocks: /clocks@9060000, different outputs
          x     x     x     cpu pools: Pool-0
          x     x     x     cache: the last-level cache, which has no colours
          x     -     x     iommus: /smmu@9050000
          x     x     x     console: Xen's console
          x has a part in it with every other x; beside a * with that one alone

        """)
  }

  @Test func withoutDom0WhatIsLeftIsNobodys() throws {
    let ownership = try OwnedSample.ownership { $0.hasDom0 = false }
    let gpio = try #require(ownership.tree.node(at: "/gpio@9030000").flatMap { ownership.device(at: $0) })
    #expect(gpio.owner == .nobody(.noDom0))
    #expect(ownership.memory.first { $0.kind == .reserved }?.owner == .nobody(.firmware))
    #expect(ownership.domains.map(\.name) == ["domA", "domB"])
    #expect(ownership.sharing().map { "\($0.kind.rawValue): \($0.what)" }.filter { !$0.hasPrefix("c") } == [])
  }

  @Test func aDeviceThatIsNotTakenFromDom0HasTwoOwners() throws {
    let ownership = try OwnedSample.ownership { $0.extra = "&rtc { /delete-property/ xen,passthrough; };" }
    #expect(
      OwnedSample.text(ownership.conflicts) == [
        "device /rtc@9010000: dom0's /rtc@9010000, domA's device /passthrough/rtc@9010000"
      ])
    #expect(
      ownership.sharing().filter { $0.kind == .registers }.map { "\($0.what) \($0.domains)" } == ["/rtc@9010000 [0, 1]"]
    )
  }

  @Test func aDeviceIsGivenToOneGuest() throws {
    let tree = try OwnedSample().tree()
    let fragment = try #require(OwnedSample().fragments(of: tree)["domA"])
    let ownership = Ownership(
      of: tree, version: XenVersion(4, 20), fragment: { tree[$0].name.hasPrefix("dom") ? fragment : nil },
      place: { tree.place(of: $0, property: $1) })
    #expect(
      OwnedSample.text(ownership.conflicts) == [
        "device /rtc@9010000: domA's /rtc@9010000, domB's device /passthrough/rtc@9010000"
      ])
    #expect(ownership.sharing().filter { $0.kind == .registers }.map(\.domains) == [[1, 2]])
  }

  @Test func aLineOfTheInterruptControllerGoesToOneDomain() throws {
    let ownership = try OwnedSample.ownership { $0.extra = "&gpio { interrupts = <0 2 4>; };" }
    #expect(OwnedSample.text(ownership.conflicts) == ["interrupt SPI 2: dom0's /gpio@9030000, domA's /rtc@9010000"])
    #expect(
      ownership.sharing().first { $0.kind == .interrupts }.map { $0.domains.map { ownership.domains[$0].name } }
        == ["dom0", "domA"])
  }

  @Test func aStreamBelongsToOneDomain() throws {
    let ownership = try OwnedSample.ownership { $0.extra = "&mmc { iommus = <&smmu 5>; };" }
    #expect(
      OwnedSample.text(ownership.conflicts) == [
        "stream stream 0x5 of /smmu@9050000: dom0's /mmc@9080000, domB's /mac@9070000"
      ])
  }

  @Test func anIOMMUThatIsNotInUseTellsNobodyApart() throws {
    let ownership = try OwnedSample.ownership {
      $0.extra = "&mmc { iommus = <&smmu 5>; }; &smmu { status = \"disabled\"; };"
    }
    #expect(OwnedSample.text(ownership.conflicts) == [])
    #expect(!ownership.sharing().contains { $0.kind == .iommus })
  }

  @Test func aPCIHostHasTheStreamsOfItsMap() throws {
    let ownership = try OwnedSample.ownership {
      $0.extra = """
        / { pcie@20000000 { compatible = "pci-host-ecam-generic"; device_type = "pci"; reg = <0 0x20000000 0 0x100000>;
          #address-cells = <3>; #size-cells = <2>; iommu-map = <0 &smmu 0 0x10>; }; };
        """
    }
    #expect(
      OwnedSample.text(ownership.conflicts)
        == ["stream stream 0x5 of /smmu@9050000: dom0's /pcie@20000000, domB's /mac@9070000"])
  }

  @Test func twoNodesAtOnePlaceAreTwoOwnersOfIt() throws {
    let ownership = try OwnedSample.ownership {
      $0.extra = "/ { dog@9010000 { compatible = \"vendor,dog\"; reg = <0 0x9010000 0 0x1000>; }; };"
    }
    #expect(
      OwnedSample.text(ownership.conflicts) == [
        "registers [0x9010000, 0x9011000), 4 KiB: dom0's /dog@9010000, domA's device /passthrough/rtc@9010000"
      ])
  }

  @Test func aNeighbourInThePageIsShared() throws {
    let ownership = try OwnedSample.ownership {
      $0.extra =
        "&rtc { reg = <0 0x9010000 0 0x800>; }; / { dog@9010800 { compatible = \"vendor,dog\"; reg = <0 0x9010800 0 0x100>; }; };"
    }
    #expect(OwnedSample.text(ownership.conflicts) == [])
    let share = try #require(ownership.sharing().first { $0.kind == .registers })
    #expect(share.what == "[0x9010000, 0x9011000), 4 KiB: domA's device /passthrough/rtc@9010000, dom0's /dog@9010800")
  }

  @Test func memoryIsSetAsideOnce() throws {
    let ownership = try OwnedSample.ownership {
      $0.extra = """
        / { chosen { xen,static-heap = <0 0x70000000 0 0x8000000>;
          domA { xen,static-mem = <0 0x74000000 0 0x4000000>; }; }; };
        """
    }
    #expect(
      OwnedSample.text(ownership.conflicts) == [
        "memory [0x74000000, 0x78000000), 64 MiB: Xen's static heap at [0x70000000, 0x78000000), 128 MiB, "
          + "static memory of domA at [0x74000000, 0x78000000), 64 MiB"
      ])
    #expect(ownership.heapMemory(of: 1) == 0)
    #expect(ownership.memory.first { $0.kind == .staticMemory }?.owner == .domain(1))
  }

  @Test func whatDomainsWereGivenTogetherIsListed() throws {
    let ownership = try OwnedSample.ownership {
      $0.extra = """
        / { chosen {
          one: pool-one { compatible = "xen,cpupool"; cpupool-cpus = <&cpu1>; };
          domA { domain-cpupool = <&one>;
            a: channel { compatible = "xen,evtchn-v1"; xen,evtchn = <10 &b>; };
            ring { compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "ring"; role = "owner";
              xen,shared-mem = <0 0x78000000 0 0x50000000 0 0x100000>; };
          };
          domB { domain-cpupool = <&one>;
            b: channel { compatible = "xen,evtchn-v1"; xen,evtchn = <11 &a>; };
            ring { compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "ring";
              xen,shared-mem = <0 0x78000000 0 0x50000000 0 0x100000>; };
          };
        }; };
        """
    }
    let shares = ownership.sharing().filter { $0.joins(1, 2) }
    #expect(
      shares.map { "\($0.kind.rawValue): \($0.what)" } == [
        "shared memory: ring", "event channels: port 10 of domA, port 11 of domB", "cpu pools: pool-one",
        "cache: the last-level cache, which has no colours", "console: Xen's console",
      ])
    #expect(ownership.pools.map(\.name) == ["Pool-0", "pool-one"])
    let ring = try #require(ownership.memory.first { $0.kind == .sharedMemory })
    #expect(ring.owner == .domain(1))
    #expect(ring.range == 0x7800_0000..<0x7810_0000)
  }

  @Test func coloursDivideTheCache() throws {
    let ownership = try OwnedSample.ownership {
      $0.bootargs = "dom0_mem=128M llc-coloring=on dom0-llc-colors=0-3"
      $0.extra = "/ { chosen { domA { llc-colors = \"2-5\"; }; domB { llc-colors = \"4,6-7\"; }; }; };"
    }
    let shares = ownership.sharing().filter { $0.kind == .cache }
    #expect(
      shares.map { "\($0.what): \($0.domains)" } == ["colours 2 to 3: [0, 1]", "colour 4: [1, 2]"])
  }

  @Test func aListOfAllColoursIsNotCountedOneByOne() throws {
    let ownership = try OwnedSample.ownership {
      $0.bootargs = "dom0_mem=128M llc-coloring"
      $0.extra = "/ { chosen { domA { llc-colors = \"0-9223372036854775807\"; }; }; };"
    }
    #expect(ownership.sharing().filter { $0.kind == .cache }.map(\.what) == ["colours 0 on"])
  }
}
