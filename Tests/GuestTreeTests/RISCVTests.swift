// SPDX-License-Identifier: Apache-2.0
import DeviceTree
import GuestTree
import Testing

/// The guest of QEMU's riscv64 machine. That Linux runs with its tree is shown elsewhere.
@Suite struct RISCVTests {
  private static let kernel = GuestLayout.Kernel.image(textOffset: 0x20_0000, size: 0x100_0000, memory: 0x110_0000)

  private func plan(
    cpus: Int = 2, kernel: GuestLayout.Kernel = kernel, _ change: (inout Guest) -> Void = { _ in }
  ) throws -> GuestPlan {
    var guest = Guest(cpuCount: cpus, memory: 256 << 20)
    guest.bootargs = Array("console=ttyS0".utf8)
    guest.ramdiskSize = 5000
    change(&guest)
    return try GuestPlan(
      guest, kernel: kernel, host: HostFacts(gic: .v3, cpuCompatible: []), platform: .qemuVirtRISCV64)
  }

  private func refusals(cpus: Int = 2, _ change: (inout Guest) -> Void = { _ in }) throws -> [String] {
    do throws(any Error) {
      _ = try plan(cpus: cpus, change)
      return []
    } catch {
      guard case .refused(let refusals) = error as? GuestPlan.Failure else { throw error }
      return refusals.map { "\($0)" }
    }
  }

  @Test func everyCPUHasAnInterruptControllerThatTheOthersName() throws {
    let tree = try DeviceTree(blob: plan(cpus: 3).tree.blob)
    func cells(_ path: String, _ property: String) throws -> [UInt32]? {
      tree[try #require(tree.node(at: path), "\(path)"), property]?.cells
    }
    for number in 0..<3 as Range<UInt32> {
      let cpu = "/cpus/cpu@\(number)"
      #expect(try cells(cpu, "reg") == [number])
      #expect(try cells(cpu + "/interrupt-controller", "phandle") == [0x1000 + number])
    }
    #expect(tree.node(at: "/cpus/cpu@3") == nil)
    #expect(
      try cells("/soc/plic@c000000", "interrupts-extended") == [
        0x1000, 11, 0x1000, 9, 0x1001, 11, 0x1001, 9, 0x1002, 11, 0x1002, 9,
      ])
    #expect(
      try cells("/soc/clint@2000000", "interrupts-extended") == [
        0x1000, 3, 0x1000, 7, 0x1001, 3, 0x1001, 7, 0x1002, 3, 0x1002, 7,
      ])
    let plic = try cells("/soc/plic@c000000", "phandle")
    #expect(try cells("/soc/serial@10000000", "interrupt-parent") == plic)
    #expect(try cells("/soc/rtc@101000", "interrupt-parent") == plic)
    #expect(try cells("/poweroff", "regmap") == cells("/soc/test@100000", "phandle"))
    #expect(try cells("/cpus", "timebase-frequency") == [10_000_000])
    let phandles = tree.walk().compactMap { tree[$0, "phandle"]?.cell }
    #expect(Set(phandles).count == phandles.count && phandles.count == 5)
  }

  @Test func slotsForVirtioDevicesAreToldWhenAskedFor() throws {
    #expect(try DeviceTree(blob: plan().tree.blob).node(at: "/soc/virtio_mmio@10001000") == nil)
    let tree = try DeviceTree(blob: plan { $0.announcements = .virtioMMIO }.tree.blob)
    for number in 0..<8 as Range<UInt32> {
      let slot = try #require(tree.node(at: "/soc/virtio_mmio@1000\(number + 1)000"))
      #expect(tree[slot, "reg"]?.cells == [0, 0x1000_1000 + number * 0x1000, 0, 0x1000])
      #expect(tree[slot, "interrupts"]?.cells == [number + 1])
    }
    #expect(try refusals { $0.announcements = .virtioPCI }.count == 1)
  }

  /// CPUs are counted, not arranged in clusters as Arm's.
  @Test func theSeventeenthCPUIsTheNumberSixteen() throws {
    let tree = try DeviceTree(blob: plan(cpus: 17).tree.blob)
    #expect(tree[try #require(tree.node(at: "/cpus/cpu@10")), "reg"]?.cell == 16)
  }

  @Test func theFirmwareKeepsTheStartOfRAM() throws {
    let plan = try plan()
    let reserved = try DeviceTree(blob: plan.tree.blob).reservations
    #expect(reserved == [DeviceTree.Reservation(address: 0x8000_0000, size: 0x20_0000)])
    #expect(plan.layout.ram == [0x8000_0000..<0x9000_0000])
    #expect(plan.layout.kernel == 0x8020_0000..<0x8120_0000)
    #expect(plan.layout.kernelMemory == 0x8020_0000..<0x8130_0000)
    #expect(plan.layout.ramdisk == 0x8800_0000..<0x8800_1388)
    #expect(plan.layout.tree == 0x8820_0000)
    // A kernel that would lie where the firmware is goes behind it.
    #expect(try self.plan(kernel: .image(textOffset: 0, size: 4096)).layout.kernel.lowerBound == 0x8020_0000)
  }

  @Test func theFirstCPUStartsAsLinuxWantsIt() throws {
    let plan = try plan()
    #expect(
      plan.entry.registers.map { "\($0.name)=\($0.value)" }
        == ["pc=\(0x8020_0000)", "a0=0", "a1=\(0x8820_0000)", "satp=0"])
    // Nothing is said of a GIC.
    #expect(plan.text.hasPrefix("qemu-virt-riscv64, 2 CPUs, 256 MiB\n"))
    #expect(!plan.json().contains("\"gic\""))
  }

  @Test func whatCannotBeIsRefused() throws {
    #expect(
      try refusals(cpus: 513) == ["the guest has 513 CPUs, and its interrupt controller serves 512"])
    #expect(
      try refusals { $0.devices = [Guest.Device(.disk)] } == [
        "the guest has 1 virtio device, and this platform describes none"
      ])
    #expect(
      try refusals { $0.pins.tree = 0x8820_0004 } == ["the tree is at 0x88200004, which is no multiple of 0x8"])
    #expect(
      try refusals { $0.ramBanks = [0x0c00_0000..<0x1000_0000] }.first
        == "RAM at 0xc000000 to 0x10000000 (0x4000000 bytes) lies over the interrupt controller at 0xc000000 to 0xc600000 (0x600000 bytes); the hypervisor takes that without a word"
    )
  }
}
