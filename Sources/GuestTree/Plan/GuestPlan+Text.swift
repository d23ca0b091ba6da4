// SPDX-License-Identifier: Apache-2.0

#if !hasFeature(Embedded)
  extension GuestPlan {
    /// The plan for a person: what the guest is, where everything lies, what it starts with, what is still to be done.
    public var text: String {
      var lines = ["\(tree.platform.name), \(summary)", "", "map"]
      let width = map.reduce(0) { max($0, Self.hex($1.range.upperBound).count) }
      func padded(_ address: UInt64) -> String {
        let text = Self.hex(address)
        return String(repeating: " ", count: max(width - text.count, 0)) + text
      }
      lines += map.map { "  \(padded($0.range.lowerBound)) to \(padded($0.range.upperBound))  \($0.text)" }
      if let announced = tree.guest.announcements {
        let words = announced.kinds.map { "\($0.text)" }
        lines += ["", "told of its hypervisor by", "  " + (words.isEmpty ? "nothing" : words.joined(separator: ", "))]
      }
      lines += ["", "from the host"] + hostFacts.map { "  \($0)" }
      if !layout.pages.isEmpty {
        lines += ["", "pages"]
        lines += layout.pages.map { "  \(Self.hex($0.address))  \($0.kind.text)" }
      }
      lines += ["", "loads"]
      lines += loads.map { load in
        let size = load.source.upperBound - load.source.lowerBound
        let room = load.memory.upperBound - load.memory.lowerBound
        let zeros = room > size ? ", then \(room - size) zeros" : ""
        return
          "  \(Self.hex(load.memory.lowerBound))  \(load.input.text), \(size) bytes from \(load.source.lowerBound)\(zeros)"
      }
      lines += ["", "registers of the first CPU"]
      lines += entry.registers.map { "  \($0.name) = \(Self.hex($0.value))" }
      if let others = entry.others { lines.append("  all others = \(Self.hex(others))") }
      for (input, title) in [(Load.Input.tree, "the tree"), (.startInfo, "the start-info page")] {
        let late = lateSlots.filter { !$0.isKnown && $0.input == input }
        guard !late.isEmpty else { continue }
        lines += ["", "still to be written into \(title)"]
        lines += late.map { "  \($0.name.text), \($0.name.size) bytes at \($0.offset)" }
      }
      if !notes.isEmpty { lines += ["", "notes"] + notes.map { "  \($0)" } }
      return lines.joined(separator: "\n") + "\n"
    }

    private var summary: String {
      let cpus =
        domain.startingCPUs == domain.cpuLimit ? "\(domain.cpuLimit)" : "\(domain.startingCPUs) of \(domain.cpuLimit)"
      let memory = domain.ram.reduce(0 as UInt64) { $0 &+ ($1.upperBound - $1.lowerBound) }
      var text = "\(cpus) CPU\(domain.cpuLimit == 1 ? "" : "s"), \(memory >> 20) MiB"
      if tree.platform.hasGIC {
        text += ", GIC\(domain.gic == .v2 ? "v2" : "v3"), \(domain.isWide ? 64 : 32)-bit"
        text += ", \(domain.sharedInterrupts) shared interrupt\(domain.sharedInterrupts == 1 ? "" : "s")"
      }
      return text
    }

    /// Everything that has addresses, in their order.
    private var map: [(range: Range<UInt64>, text: String)] {
      var map: [(range: Range<UInt64>, text: String)] = layout.ram.map { ($0, "RAM") }
      map += PlanJudge.furniture(of: tree).map { ($0.range, "\($0.part)") }
      map += tree.guest.mappings.map { ($0.guest, "\(PlanRefusal.Part.mapping), from \(Self.hex($0.machine))") }
      map.append((layout.kernelMemory, "  kernel"))
      if let ramdisk = layout.ramdisk { map.append((ramdisk, "  ramdisk")) }
      map.append((layout.tree..<(layout.tree + UInt64(tree.blob.count)), "  tree"))
      return map.enumerated().sorted {
        ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
      }.map(\.element)
    }

    static func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
  }

  extension GuestPlan.Note: CustomStringConvertible {
    public var description: String {
      switch self {
      case .passesOverDevices(let count):
        "\(count) virtio device\(count == 1 ? " is" : "s are") left out: toolstacks before 4.18 know virtio disks only, and say nothing"
      case .passesOverGrants: "grants of virtio disks are left to the toolstack: it takes no word of them before 4.18"
      case .passesOverInterruptCount(let count):
        "the count of \(count) shared interrupts is left out: toolstacks before 4.20 count them themselves"
      case .seedBeforeACPINode:
        "rng-seed stands before the node of the ACPI tables; the toolstack writes it behind, where no reader finds it"
      case .cellsForACPINode:
        "/chosen has #address-cells and #size-cells; the toolstack leaves them out, so that the reg of its ACPI node is too long"
      }
    }
  }

  extension PlanRefusal.Part: CustomStringConvertible {
    public var description: String {
      switch self {
      case .ram: "RAM"
      case .kernel: "the kernel"
      case .ramdisk: "the ramdisk"
      case .tree: "the tree"
      case .interruptController: "the interrupt controller"
      case .console: "the emulated console"
      case .devices: "the virtio devices"
      case .pciHost: "the PCI host bridge"
      case .grantTable: "the grant table"
      case .magicPages: "the magic pages"
      case .mapping: "registers of the machine"
      case .page(let kind): "the \(kind.text) page"
      }
    }
  }

  extension PlanRefusal {
    /// What to change, in a few words.
    public var hint: String? {
      switch self {
      case .noCPUs: "give it one at least"
      case .tooManyCPUs(_, let limit): "give it \(limit) at most"
      case .moreCPUsAtStart: "start with fewer, or allow more"
      case .notInPages: "use multiples of 4 KiB"
      case .overlap(.ram, _, _, _): "put RAM elsewhere; the platform's own banks are free of everything"
      case .overlap(.mapping, _, _, _), .overlap(_, _, .mapping, _): "map the registers at another address of the guest"
      case .overlap, .outsideRAM: "leave the addresses to the platform, or give the guest more RAM"
      case .beyondAddresses: "put it lower"
      case .misaligned: "leave the address to the platform, or align it"
      case .tooLarge: "make it smaller"
      case .entryOutsideKernel: "link the kernel to where it is loaded"
      case .otherController: "leave the kind of the interrupt controller to the host"
      case .tooManyInterrupts(_, let limit): "ask for \(limit) at most"
      case .tooFewInterrupts: "leave the count out"
      case .interruptTaken, .interruptNotShared:
        "look the number up in the host's tree: it is 32 more than that of the SPI"
      case .tooManyDevices(_, let limit): limit == 0 ? "leave them out" : "give it \(limit) at most"
      case .cannotAnnounce: "leave it out"
      case .mustAnnounce(let kind): "announce \(kind.text), or say nothing"
      case .unannouncedDevices: "announce virtio-mmio, or leave the devices out"
      case .danglingController(_, let expected):
        "give /gic of the partial tree the phandle <\(GuestPlan.hex(UInt64(expected)))>"
      case .commandLineTooLong(_, let limit): "make it \(limit) bytes at most"
      case .tooLittleMemory(_, let least): "give it \(least >> 20) MiB at least"
      case .memoryRest(_, let unit): "use a multiple of \(unit >> 20) MiB"
      case .noHostFact(.cpu), .noHostFact(.cpuCompatible): "name the host's tree"
      case .noHostFact: "name the tree that the firmware of a host gives"
      }
    }
  }

  extension PlanRefusal: CustomStringConvertible {
    /// What is wrong, and what would have come of it, without a full stop.
    public var description: String {
      switch self {
      case .noCPUs: "the guest has no CPU"
      case .tooManyCPUs(let count, let limit):
        "the guest has \(count) CPUs, and its interrupt controller serves \(limit)"
      case .moreCPUsAtStart(let start, let limit): "the guest starts with \(start) CPUs and may have \(limit)"
      case .notInPages(let part, let range):
        "\(part) at \(Self.say(range)) begins or ends inside a page of 4 KiB"
      case .overlap(let one, let range, let other, let second):
        "\(one) at \(Self.say(range)) lies over \(other) at \(Self.say(second)); the hypervisor takes that without a word"
      case .outsideRAM(let part, let range):
        "\(part) at \(Self.say(range)) is not in one bank of RAM; the guest would start and stay silent"
      case .beyondAddresses(let part, let range, let bits):
        "\(part) at \(Self.say(range)) goes beyond the \(bits) bits of address that a guest has on this host"
      case .misaligned(let part, let address, let unit, let offset):
        offset == 0
          ? "\(part) is at \(GuestPlan.hex(address)), which is no multiple of \(GuestPlan.hex(unit))"
          : "\(part) is at \(GuestPlan.hex(address)), which is not \(GuestPlan.hex(offset)) above a multiple of \(GuestPlan.hex(unit))"
      case .tooLarge(let part, let size, let limit): "\(part) has \(size) bytes, and more than \(limit) are not taken"
      case .entryOutsideKernel(let entry, let kernel):
        "the first CPU would start at \(GuestPlan.hex(entry)), outside of the kernel at \(Self.say(kernel)); the guest would stay silent"
      case .otherController(let gic):
        "the guest asks for a GIC\(gic == .v2 ? "v2" : "v3"), and the host gives its own kind only"
      case .tooManyInterrupts(let count, let limit):
        "the guest asks for \(count) shared interrupts, and \(limit) are the most"
      case .tooFewInterrupts(let count, let needed):
        "the guest asks for \(count) shared interrupts, and its devices need \(needed)"
      case .interruptTaken(let interrupt):
        "the interrupt \(interrupt) of the machine is one that the guest has already, for its console, a virtio device or twice"
      case .interruptNotShared(let interrupt):
        "the interrupt \(interrupt) is none that devices share: they are 32 to 991"
      case .tooManyDevices(let count, let limit):
        limit == 0
          ? "the guest has \(count) virtio device\(count == 1 ? "" : "s"), and this platform describes none"
          : "the guest has \(count) virtio devices, and there are interrupts for \(limit)"
      case .cannotAnnounce(let kind):
        "the guest is to be told of its hypervisor by \(kind.text), and this platform has no such way"
      case .mustAnnounce(let kind):
        "the guest is not to be told of its hypervisor by \(kind.text), and this platform's guests know no other way"
      case .unannouncedDevices(let count):
        "the guest has \(count) virtio device\(count == 1 ? "" : "s"), and is not to be told of virtio-mmio; it would find none"
      case .danglingController(let found, let expected):
        "the partial tree calls the interrupt controller by phandle \(GuestPlan.hex(UInt64(found))), and this platform's is always \(GuestPlan.hex(UInt64(expected))); the device would be there without its interrupt"
      case .commandLineTooLong(let size, let limit):
        "the command line has \(size) bytes, and the start-info page has room for \(limit)"
      case .tooLittleMemory(let size, let least):
        "the guest has \(size >> 20) MiB of RAM, and needs \(least >> 20) MiB at least"
      case .memoryRest(let rest, let unit):
        "RAM behind the first bank comes in units of \(unit >> 20) MiB; the last \(rest >> 10) KiB would be in the tree, but not there"
      case .noHostFact(.cpu): "the CPU is copied from the host's tree, and no tree with one was given"
      case .noHostFact(let fact):
        "the first CPU of the host's tree has no \(fact.text), which the guest cannot do without"
      }
    }

    private static func say(_ range: Range<UInt64>) -> String {
      "\(GuestPlan.hex(range.lowerBound)) to \(GuestPlan.hex(range.upperBound)) (\(GuestPlan.hex(range.upperBound - range.lowerBound)) bytes)"
    }
  }
#endif
