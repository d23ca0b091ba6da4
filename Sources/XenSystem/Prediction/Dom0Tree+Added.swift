// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import GuestTree
internal import Machine
internal import XenFacts

/// What Xen adds at the end of dom0's root, in its order.
extension Dom0Tree {
  /// What a loader puts in front of `/chosen`.
  mutating func addLoadersProperties(to copy: DeviceTree.NodeID) {
    switch flow {
    case .direct: break
    case .uBoot:
      result.set("u-boot,version", .string(""), on: copy)
      open.append(.init(node: "/chosen", property: "u-boot,version", reason: "U-Boot writes its version"))
    // Xen's stub makes the addresses of the modules that it loads mean what they say.
    case .uefi: result.set("ranges", .empty, on: copy)
    }
  }

  mutating func addBootProperties(to copy: DeviceTree.NodeID) {
    if let line = dom0CommandLine() { result.set("bootargs", line, on: copy) }
    guard let size = ramdiskSize() else { return }
    for (name, value) in [("linux,initrd-start", 0), ("linux,initrd-end", size)] {
      result.set(name, .u64(value), on: copy)
      open.append(
        .init(
          node: "/chosen", property: name,
          reason: "the ramdisk, \(size) bytes, lies behind dom0's tree in its first bank of RAM"))
    }
  }

  mutating func addHypervisor() {
    let node = result.addChild("hypervisor", to: result.root)
    result.set("compatible", .strings(["xen,xen-\(version.text)", "xen,xen"]), on: node)
    result.set("reg", .u64(0), on: node)
    open.append(
      .init(
        node: "/hypervisor", property: "reg",
        reason: "the grant table lies over Xen's own code, the extended regions in RAM that dom0 did not get"))
    // The first private interrupt from 16 that the timer does not use.
    let timer = source.walk().first {
      source[$0, "compatible"]?.strings?.contains(where: Dom0Filter.timers.contains) ?? false
    }
    let cells = timer.flatMap { source[$0, "interrupts"]?.cells } ?? []
    let used = Set(stride(from: 0, to: cells.count, by: 3).filter { $0 + 1 < cells.count }.map { cells[$0 + 1] })
    let events = (0 as UInt32..<16).first { !used.contains($0) } ?? 15
    result.set("interrupts", .cells([1, events, 0xf08]), on: node)
    if let phandle = controller?.phandle { result.set("interrupt-parent", .cell(phandle), on: node) }
  }

  mutating func addPSCI() {
    let node = result.addChild("psci", to: result.root)
    result.set("compatible", .strings(["arm,psci-1.0", "arm,psci-0.2", "arm,psci"]), on: node)
    result.set("method", .string("hvc"), on: node)
    result.set("cpu_off", .cell(1), on: node)
    result.set("cpu_on", .cell(2), on: node)
  }

  mutating func addCPUs() {
    let node = result.addChild("cpus", to: result.root)
    result.set("#address-cells", .cell(1), on: node)
    result.set("#size-cells", .cell(0), on: node)
    let host = source.node(at: "/cpus").flatMap { cpus in
      source.children(of: cpus).first { source[$0, "device_type"]?.string == "cpu" }
    }
    for number in 0..<max(cpuCount, 0) {
      let identity = GuestTree.cpuIdentity(number)
      let cpu = result.addChild("cpu@\(String(identity, radix: 16))", to: node)
      if let host, let compatible = source[host, "compatible"] { result.set("compatible", compatible, on: cpu) }
      result.set("device_type", .string("cpu"), on: cpu)
      result.set("reg", .cell(identity), on: cpu)
      if let host, let frequency = source[host, "clock-frequency"] {
        result.set("clock-frequency", frequency, on: cpu)
      }
      result.set("enable-method", .string("psci"), on: cpu)
    }
  }

  mutating func addMemory() {
    // Xen's own default when the command line does not say.
    let size = memory ?? 512 << 20
    let first = machine.memory.first?.range.lowerBound ?? 0
    let bounds = machine.memory.map { describe($0.range) }.joined(separator: ", ")
    let ram = addMemory(at: first, [first..<(first.addingReportingOverflow(size).partialValue)])
    for property in [nil, "reg"] {
      open.append(
        .init(
          node: result.path(of: ram), property: property,
          reason: "Xen takes \(describeSize(size)) in one or more pieces of \(bounds)"))
    }
    let reserved = machine.reserved.filter { $0.name != "/memreserve/" }.map(\.range)
    if let first = reserved.first { addMemory(at: first.lowerBound, reserved) }
  }

  @discardableResult
  private mutating func addMemory(at address: UInt64, _ ranges: [Range<UInt64>]) -> DeviceTree.NodeID {
    let node = result.addChild("memory@\(String(address, radix: 16))", to: result.root)
    result.set("device_type", .string("memory"), on: node)
    let sizes = result.cellSizes(of: result.root)
    func cells(_ value: UInt64, _ count: Int) -> [UInt32] {
      count == 1 ? [UInt32(truncatingIfNeeded: value)] : [UInt32(value >> 32), UInt32(truncatingIfNeeded: value)]
    }
    result.set(
      "reg",
      .cells(
        ranges.flatMap {
          cells($0.lowerBound, sizes.address) + cells($0.upperBound &- $0.lowerBound, sizes.size)
        }), on: node)
    return node
  }
}
