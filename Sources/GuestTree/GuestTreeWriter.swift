// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree
internal import XenFacts

/// Says a guest's tree to a sink, part by part in the platform's order.
struct GuestTreeWriter<Sink: GuestTreeSink> {
  let guest: Guest
  let layout: GuestLayout
  let host: HostFacts
  let platform: GuestPlatform
  /// The phandle of the interrupt controller.
  var controller: UInt32
  var composer: Composer<Sink>

  init(guest: Guest, layout: GuestLayout, host: HostFacts, platform: GuestPlatform, sink: Sink) {
    self.guest = guest
    self.layout = layout
    self.host = host
    self.platform = platform
    controller = platform.controllerPhandle
    composer = Composer(sink)
  }

  mutating func write() throws(FlattenedTreeError) {
    if let fragment = guest.fragment {
      switch try Fragment.controller(in: fragment) {
      case .absent: break
      case .withoutPhandle: controller = platform.bareControllerPhandle ?? controller
      case .phandle(let phandle): controller = phandle
      }
    }
    try composer.begin("")
    try composer.cell("#address-cells", 2)
    try composer.cell("#size-cells", 2)
    for part in platform.parts {
      switch part {
      case .chosen: try writeChosen()
      case .psci: try writePSCI()
      case .cpus: try writeCPUs()
      case .memory: try writeMemory()
      case .sharedMemory: try writeSharedMemory()
      case .fragment: try writeFragment()
      case .interruptController: try writeInterruptController()
      case .timer: try writeTimer()
      case .console: try writeConsole()
      case .hypervisor: try writeHypervisor()
      }
    }
    try composer.end()
  }

  private mutating func writeChosen() throws(FlattenedTreeError) {
    try composer.begin("chosen")
    if let bootargs = guest.bootargs, !bootargs.isEmpty { try composer.bytes("bootargs", bootargs + [0]) }
    if let ramdisk = layout.ramdisk {
      try composer.number("linux,initrd-start", ramdisk.lowerBound)
      try composer.number("linux,initrd-end", ramdisk.upperBound)
    } else if platform.alwaysNamesRamdisk {
      try composer.number("linux,initrd-start", 0)
      try composer.number("linux,initrd-end", 0)
    }
    try composer.end()
  }

  private mutating func writePSCI() throws(FlattenedTreeError) {
    try composer.begin("psci")
    try composer.strings("compatible", "arm,psci-1.0", "arm,psci-0.2", "arm,psci")
    try composer.strings("method", "hvc")
    try composer.cell("cpu_off", 1)
    try composer.cell("cpu_on", 2)
    try composer.end()
  }

  private mutating func writeCPUs() throws(FlattenedTreeError) {
    try composer.begin("cpus")
    try composer.cell("#address-cells", 1)
    try composer.cell("#size-cells", 0)
    for number in 0..<max(guest.cpuCount, 0) {
      let identity = GuestTree.cpuIdentity(number)
      try composer.begin("cpu", at: UInt64(identity))
      try composer.bytes("compatible", host.cpuCompatible)
      try composer.strings("device_type", "cpu")
      try composer.cell("reg", identity)
      if let frequency = host.cpuClockFrequency { try composer.bytes("clock-frequency", frequency) }
      if guest.width == .arm64 { try composer.strings("enable-method", "psci") }
      try composer.end()
    }
    try composer.end()
  }

  private mutating func writeMemory() throws(FlattenedTreeError) {
    guard let first = layout.ram.first else { return }
    try composer.begin("memory", at: first.lowerBound)
    try composer.strings("device_type", "memory")
    try composer.ranges(
      "reg", platform.listsSharedMemory ? layout.ram + guest.sharedMemory.map { $0.range } : layout.ram)
    try composer.end()
  }

  private mutating func writeSharedMemory() throws(FlattenedTreeError) {
    guard !guest.sharedMemory.isEmpty else { return }
    try composer.begin("reserved-memory")
    try composer.flag("ranges")
    try composer.cell("#address-cells", 2)
    try composer.cell("#size-cells", 2)
    for region in guest.sharedMemory {
      try composer.begin("xen-shmem", at: region.range.lowerBound)
      try composer.strings("compatible", "xen,shared-memory-v1")
      try composer.ranges("reg", [region.range])
      try composer.bytes("xen,id", region.id)
      try composer.number("xen,offset", 0)
      try composer.end()
    }
    try composer.end()
  }

  private mutating func writeFragment() throws(FlattenedTreeError) {
    guard let fragment = guest.fragment else { return }
    try Fragment.copy(fragment, into: &composer.sink)
  }

  private mutating func writeInterruptController() throws(FlattenedTreeError) {
    var distributor = host.gic == .v3 ? platform.map.gicDistributor : platform.map.gicV2Distributor
    var others = host.gic == .v3 ? [platform.map.gicRedistributors] : [platform.map.gicCPUInterface]
    if let directMap = guest.directMap {
      distributor = directMap.gicDistributor
      others = directMap.gicOthers
    }
    try composer.begin("interrupt-controller", at: distributor.lowerBound)
    try composer.cell("#address-cells", 0)
    try composer.cell("#interrupt-cells", 3)
    try composer.flag("interrupt-controller")
    switch host.gic {
    case .v2: try composer.strings("compatible", "arm,gic-400")
    case .v3:
      try composer.strings("compatible", "arm,gic-v3")
      if platform.countsRedistributors {
        try composer.cell("#redistributor-regions", UInt32(truncatingIfNeeded: others.count))
      }
    }
    try composer.ranges("reg", [distributor] + others)
    try composer.cell("linux,phandle", controller)
    try composer.cell("phandle", controller)
    try composer.end()
  }

  private mutating func writeTimer() throws(FlattenedTreeError) {
    try composer.begin("timer")
    switch guest.width {
    case .arm64: try composer.strings("compatible", "arm,armv8-timer")
    case .arm32: try composer.strings("compatible", "arm,armv7-timer")
    }
    try composer.interrupts([
      (GuestInterrupt.timerSecure.rawValue, .levelLow), (GuestInterrupt.timerNonSecure.rawValue, .levelLow),
      (GuestInterrupt.timerVirtual.rawValue, .levelLow),
    ])
    try composer.cell("interrupt-parent", controller)
    if let frequency = host.timerFrequency { try composer.cell("clock-frequency", frequency) }
    try composer.end()
  }

  private mutating func writeConsole() throws(FlattenedTreeError) {
    guard guest.hasVPL011 else { return }
    let range = guest.directMap?.uart ?? platform.map.vpl011
    let interrupt = guest.directMap?.uartInterrupt ?? GuestInterrupt.vpl011.rawValue
    try composer.begin("sbsa-uart", at: range.lowerBound)
    try composer.strings("compatible", "arm,sbsa-uart")
    try composer.ranges("reg", [range.lowerBound..<(range.lowerBound + 0x1000)])
    try composer.interrupts([(interrupt, .levelHigh)])
    try composer.cell("interrupt-parent", controller)
    try composer.cell("current-speed", 115_200)
    try composer.end()
  }

  private mutating func writeHypervisor() throws(FlattenedTreeError) {
    guard guest.isEnhanced else { return }
    try composer.begin("hypervisor")
    var compatible: [UInt8] = []
    compatible.append(text: "xen,xen-")
    compatible.append(decimal: platform.version.major)
    compatible.append(UInt8(ascii: "."))
    compatible.append(decimal: platform.version.minor)
    compatible.append(0)
    compatible.append(text: "xen,xen")
    compatible.append(0)
    try composer.bytes("compatible", compatible)
    try composer.ranges("reg", [platform.map.grantTable] + extendedRegions())
    try composer.interrupts([(GuestInterrupt.events.rawValue, .levelLow)])
    try composer.cell("interrupt-parent", controller)
    try composer.end()
  }
}
