// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree
internal import XenFacts

/// Says a guest's tree to a sink: the platform's templates, filled with what is known of the guest and its host.
struct GuestTreeWriter<Sink: GuestTreeSink>: ~Copyable {
  /// What of the layout is said outright. The rest may move when the tree grows, and is left to late values.
  struct Layout {
    let ram: [Range<UInt64>]
  }

  let recipe: GuestRecipe
  let layout: Layout
  /// Properties with late values that were not given are left out.
  let leavesLateOut: Bool
  /// The first device that uses grants.
  let firstGrants: Int?
  /// The phandle of the interrupt controller.
  var controller: UInt32
  var composer: Composer<Sink>
  /// Which of several things the node is for.
  var item = 0
  /// What there is of what the program asks for.
  private var features: TreeProgram.FeatureSet = 0

  init(_ recipe: GuestRecipe, ram: [Range<UInt64>], leavesLateOut: Bool, _ sink: consuming Sink) {
    self.recipe = recipe
    layout = Layout(ram: ram)
    self.leavesLateOut = leavesLateOut
    firstGrants = recipe.guest.devices.firstIndex { $0.usesGrants }
    controller = recipe.platform.controllerPhandle
    composer = Composer(sink)
  }

  var guest: Guest { recipe.guest }
  var host: HostFacts { recipe.host }
  var platform: GuestPlatform { recipe.platform }

  mutating func write() throws(FlattenedTreeError) {
    if platform.takesControllerPhandle, let fragment = guest.fragment {
      switch try Fragment.controller(in: fragment) {
      case .absent: break
      case .withoutPhandle: controller = platform.bareControllerPhandle ?? controller
      case .phandle(let phandle): controller = phandle
      }
    }
    let program = platform.program
    ask(.max, program)
    try write(0..<program.lines.count, of: program)
  }

  private mutating func write(_ lines: Range<Int>, of program: TreeProgram) throws(FlattenedTreeError) {
    var at = lines.lowerBound
    while at < lines.upperBound {
      let line = program.lines[at]
      switch line.step {
      case .node(let node):
        if case .once = node.repetition {
          if line.holds(features), !node.isHole || Sink.keepsHoles {
            try begin(node, of: program)
            at += 1
            continue
          }
        } else {
          try writeEach(node, at, of: program)
        }
      case .endNode(let isHole): try composer.endNode(isHole: isHole)
      case .constant(let name, let value):
        if line.holds(features) { try composer.property(known: name, program.bytes, value) }
      case .property(let name, let terms):
        if line.holds(features) { try write(name, terms, of: program) }
      case .fragment(let rules):
        if let fragment = guest.fragment { try Fragment.copy(fragment, program.fragments[rules], into: &composer) }
      case .hostCPU(let rules, let asks):
        try writeHostCPU(program.hostCPUs[rules], at + 1..<line.next, asks, of: program)
      }
      at = line.next
    }
  }

  /// Writes a node, which begins at a line, for each of the things that it is for.
  private mutating func writeEach(
    _ node: TreeProgram.Node, _ at: Int, of program: TreeProgram
  ) throws(FlattenedTreeError) {
    let outer = (item, features)
    let line = program.lines[at]
    for number in 0..<count(node.repetition) {
      item = number
      ask(node.asks, program)
      guard line.holds(features), !node.isHole || Sink.keepsHoles else { continue }
      try begin(node, of: program)
      try write(at + 1..<line.next, of: program)
    }
    (item, features) = outer
  }

  private mutating func begin(
    _ node: TreeProgram.Node, of program: TreeProgram
  ) throws(FlattenedTreeError) {
    guard let address = node.address else {
      try composer.beginNode(program.bytes, node.name)
      return
    }
    composer.buffer.append(program.bytes, node.name)
    composer.buffer.append(hexadecimal: self.address(address))
    try composer.beginNode()
  }

  private mutating func writeHostCPU(
    _ rules: HostCPURules, _ added: Range<Int>, _ asks: TreeProgram.FeatureSet, of program: TreeProgram
  ) throws(FlattenedTreeError) {
    guard let tree = host.tree else { return }
    let outer = (item, features)
    defer { (item, features) = outer }
    for number in 0..<(rules.isRepeated ? max(guest.cpuCount, 0) : 1) {
      item = number
      ask(asks, program)
      if let base = rules.base {
        composer.buffer.append(text: base)
        composer.buffer.append(UInt8(ascii: "@"))
        composer.buffer.append(decimal: UInt64(number))
      }
      guard try HostCPU.begin(tree, rules, &composer) else { return }
      try write(added, of: program)
      try HostCPU.copyChildren(tree, rules, &composer)
      try composer.endNode()
    }
  }

  private mutating func write(
    _ name: Int, _ terms: Range<Int>, of program: TreeProgram
  ) throws(FlattenedTreeError) {
    if leavesLateOut {
      for term in terms {
        if case .late(let late) = program.terms[term], lateValue(late) == nil { return }
      }
    }
    for term in terms {
      switch program.terms[term] {
      case .text(let text): composer.buffer.append(text: text)
      case .string(let text):
        composer.buffer.append(text: text)
        composer.buffer.append(0)
      case .cell(let cell): composer.buffer.append(cell: cell)
      case .number(let number): composer.buffer.append(number: number)
      case .fact(let fact): append(fact)
      case .late(let late): composer.append(late, lateValue(late))
      }
    }
    try composer.property(known: name)
  }

  private mutating func lateValue(_ name: LateName) -> LateValue? { guest.lateValues.last { $0.name == name } }

  // MARK: Questions

  private mutating func count(_ repetition: Repetition) -> Int {
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

  /// Finds out anew which of these features there are.
  private mutating func ask(_ asked: TreeProgram.FeatureSet, _ program: TreeProgram) {
    for number in program.features.indices where asked >> TreeProgram.FeatureSet(number) & 1 == 1 {
      let bit: TreeProgram.FeatureSet = 1 << TreeProgram.FeatureSet(number)
      if has(program.features[number]) { features |= bit } else { features &= ~bit }
    }
  }

  /// It changes nothing, but Swift 6.3 copies the writer for calls that do not say they do.
  private mutating func has(_ feature: Feature) -> Bool {
    switch feature {
    case .bootargs: guest.bootargs.map { platform.saysEmptyBootargs || !$0.isEmpty } ?? false
    case .ramdisk: guest.ramdiskSize != nil
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
    case .anyDeviceGrants: firstGrants != nil
    case .grantsBegan: firstGrants.map { $0 <= item } ?? false
    case .deviceI2C: device?.kind == .virtio(0x22)
    case .deviceGPIO: device?.kind == .virtio(0x29)
    case .xenbus: platform.announces(.xenbus, to: guest)
    case .virtioMMIO: platform.announces(.virtioMMIO, to: guest)
    case .virtioPCI: platform.announces(.virtioPCI, to: guest)
    case .firstItem: item == 0
    }
  }
}
