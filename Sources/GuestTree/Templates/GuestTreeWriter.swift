// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree
internal import XenFacts

/// Says a guest's tree to a sink: the platform's templates, filled with what is known of the guest and its host.
struct GuestTreeWriter<Sink: GuestTreeSink> {
  let guest: Guest
  let layout: GuestLayout
  let host: HostFacts
  let platform: GuestPlatform
  /// Properties with late values that were not given are left out.
  let leavesLateOut: Bool
  /// The phandle of the interrupt controller.
  var controller: UInt32
  var composer: Composer<Sink>
  /// Which of several things the node is for.
  var item = 0

  init(
    guest: Guest, layout: GuestLayout, host: HostFacts, platform: GuestPlatform, leavesLateOut: Bool = false, sink: Sink
  ) {
    self.guest = guest
    self.layout = layout
    self.host = host
    self.platform = platform
    self.leavesLateOut = leavesLateOut
    controller = platform.controllerPhandle
    composer = Composer(sink)
  }

  mutating func write() throws(FlattenedTreeError) {
    if platform.takesControllerPhandle, let fragment = guest.fragment {
      switch try Fragment.controller(in: fragment) {
      case .absent: break
      case .withoutPhandle: controller = platform.bareControllerPhandle ?? controller
      case .phandle(let phandle): controller = phandle
      }
    }
    try write(platform.root)
  }

  private mutating func write(_ template: NodeTemplate) throws(FlattenedTreeError) {
    let outer = item
    for number in 0..<count(template.repetition) {
      if case .once = template.repetition {} else { item = number }
      guard hold(template.conditions), !template.isHole || Sink.keepsHoles else { continue }
      composer.buffer.append(text: template.name.base)
      if let address = template.name.address {
        composer.buffer.append(UInt8(ascii: "@"))
        switch address {
        case .number(let number): composer.buffer.append(hexadecimal: number)
        case .fact(let fact): composer.buffer.append(hexadecimal: self.address(fact))
        }
      }
      try composer.beginNode()
      for property in template.properties { try write(property) }
      for part in template.children { try write(part) }
      try composer.endNode(isHole: template.isHole)
    }
    item = outer
  }

  private mutating func write(_ part: TreePart) throws(FlattenedTreeError) {
    switch part {
    case .node(let template): try write(template)
    case .fragment(let rules):
      guard let fragment = guest.fragment else { return }
      try Fragment.copy(fragment, rules, into: &composer)
    case .hostCPU(let rules): try writeHostCPU(rules)
    }
  }

  private mutating func writeHostCPU(_ rules: HostCPURules) throws(FlattenedTreeError) {
    guard let tree = host.tree else { return }
    defer { item = 0 }
    for number in 0..<(rules.isRepeated ? max(guest.cpuCount, 0) : 1) {
      item = number
      if let base = rules.base {
        composer.buffer.append(text: base)
        composer.buffer.append(UInt8(ascii: "@"))
        composer.buffer.append(decimal: UInt64(number))
      }
      guard try HostCPU.begin(tree, rules, &composer) else { return }
      for property in rules.added { try write(property) }
      try HostCPU.copyChildren(tree, rules, &composer)
      try composer.endNode()
    }
  }

  private mutating func write(_ template: PropertyTemplate) throws(FlattenedTreeError) {
    guard hold(template.conditions) else { return }
    if leavesLateOut {
      for case .late(let name) in template.value where lateValue(name) == nil { return }
    }
    for term in template.value {
      switch term {
      case .text(let text): composer.buffer.append(text: text)
      case .string(let text):
        composer.buffer.append(text: text)
        composer.buffer.append(0)
      case .cell(let cell): composer.buffer.append(cell: cell)
      case .number(let number): composer.buffer.append(number: number)
      case .fact(let fact): append(fact)
      case .late(let name):
        composer.holes.append(LateProperty.Hole(name: name, offset: composer.buffer.count))
        composer.buffer.append(contentsOf: lateValue(name)?.bytes ?? knownValue(name))
      }
    }
    try composer.property(template.name)
  }

  private func lateValue(_ name: LateName) -> LateValue? { guest.lateValues.last { $0.name == name } }

  /// What a late value most likely becomes: the plan's own, or zeros.
  private func knownValue(_ name: LateName) -> [UInt8] {
    var bytes: [UInt8] = []
    guard let number = layout.number(of: name) else { return Array(repeating: 0, count: name.size) }
    bytes.append(number: number)
    return bytes
  }

  // MARK: Questions

  private func count(_ repetition: Repetition) -> Int {
    switch repetition {
    case .once: 1
    case .cpus: max(guest.cpuCount, 0)
    case .ramBanks: layout.ram.count
    case .sharedMemory: guest.sharedMemory.count
    case .devices: guest.devices.count
    case .times(let count): count
    }
  }

  private var device: Guest.Device? { guest.devices.indices.contains(item) ? guest.devices[item] : nil }

  /// Asked in a loop: a closure would copy the whole writer.
  private func hold(_ conditions: [Condition]) -> Bool {
    for condition in conditions where !holds(condition) { return false }
    return true
  }

  private func holds(_ condition: Condition) -> Bool {
    switch condition {
    case .has(let feature): has(feature)
    case .lacks(let feature): !has(feature)
    }
  }

  private func has(_ feature: Feature) -> Bool {
    switch feature {
    case .bootargs: guest.bootargs.map { platform.saysEmptyBootargs || !$0.isEmpty } ?? false
    case .ramdisk: layout.ramdisk != nil
    case .vuart: guest.hasVPL011
    case .enhanced: guest.isEnhanced
    case .acpi: guest.acpiTables != nil
    case .sharedMemory: !guest.sharedMemory.isEmpty
    case .arm64: guest.width == .arm64
    case .gicV2: host.gic == .v2
    case .gicV3: host.gic == .v3
    case .hostCPUFrequency: host.cpuClockFrequency != nil
    case .timerFrequency: host.timerFrequency != nil
    case .secondBank: layout.ram.count > 1
    case .deviceGrants: device?.usesGrants ?? false
    case .anyDeviceGrants: guest.devices.contains { $0.usesGrants }
    case .grantsBegan: guest.devices.prefix(item + 1).contains { $0.usesGrants }
    case .deviceI2C: device?.kind == .virtio(0x22)
    case .deviceGPIO: device?.kind == .virtio(0x29)
    case .xenbus: platform.announces(.xenbus, to: guest)
    case .virtioMMIO: platform.announces(.virtioMMIO, to: guest)
    case .virtioPCI: platform.announces(.virtioPCI, to: guest)
    case .firstItem: item == 0
    }
  }
}
