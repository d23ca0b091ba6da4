// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine

/// Finds what would keep the next kernel from running, in the tree that was made for it.
struct HandoverJudge {
  let tree: DeviceTree
  let next: NextKernel
  let file: String
  private let machine: Machine
  /// Banks of RAM, joined where they touch. Empty when only UEFI knows them.
  private let ram: [Range<UInt64>]

  /// As many as Linux takes.
  private static let crashRanges = 2
  private static let page: UInt64 = 4096

  init(tree: DeviceTree, next: NextKernel, file: String) {
    self.tree = tree
    self.next = next
    self.file = file
    machine = Machine(tree)
    // A kernel that was started by UEFI reads its memory map, whatever `/memory` says.
    let hasMap = tree.node(at: "/chosen").map { tree[$0, "linux,uefi-mmap-start"] != nil } ?? false
    ram = hasMap ? [] : Self.joined(machine.memory.map(\.range))
    isToldByFirmware = hasMap
  }

  private let isToldByFirmware: Bool

  private static func joined(_ ranges: [Range<UInt64>]) -> [Range<UInt64>] {
    var result: [Range<UInt64>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = result.last, last.upperBound >= range.lowerBound {
        result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }

  func errors() -> [Diagnostic] {
    var result: [Diagnostic] = []
    if ram.isEmpty, !isToldByFirmware {
      result.append(
        .error(
          "kexec-memory", "the tree tells of no RAM, and the next kernel would have none", at: Place(file: file),
          hint: next.forgetsFirmware ? "leave it to the firmware's memory map" : nil))
    }
    judgeCrash(&result)
    judgeRamdisk(&result)
    for reservation in next.reservations where reservation.isEmpty {
      result.append(
        .error(
          "kexec-reservation", "the reservation at \(hex(reservation.lowerBound)) has no bytes", at: Place(file: file)))
    }
    if let cpu = next.bootCPU, !Topology(tree).cpus().contains(where: { $0.id == UInt64(cpu) && $0.isEnabled }) {
      result.append(
        .error(
          "kexec-boot-cpu", "no CPU that is enabled has the reg \(hex(cpu))", at: Place(file: file, node: "/cpus")))
    }
    if let bootargs = next.bootargs, bootargs.utf8.contains(0) {
      result.append(
        .error(
          "kexec-chosen", "the command line has a zero byte in it, where it would end",
          at: Place(file: file, node: "/chosen", property: "bootargs")))
    }
    return result
  }

  // MARK: Memory

  private func isRAM(_ range: Range<UInt64>) -> Bool {
    isToldByFirmware || ram.contains { $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound }
  }

  private var banks: String {
    ram.prefix(4).map { describe($0) }.joined(separator: ", ") + (ram.count > 4 ? " and \(ram.count - 4) more" : "")
  }

  private func judgeRamdisk(_ result: inout [Diagnostic]) {
    guard let ramdisk = next.ramdisk else { return }
    func error(_ message: String, hint: String? = nil) {
      result.append(.error("kexec-ramdisk", message, at: Place(file: file, node: "/chosen"), hint: hint))
    }
    guard !ramdisk.isEmpty else { return error("the ramdisk at \(hex(ramdisk.lowerBound)) has no bytes") }
    if !ram.isEmpty, !isRAM(ramdisk) {
      error(
        "the ramdisk at \(describe(ramdisk)) is not in RAM, and the next kernel would do without it",
        hint: "the tree has RAM at \(banks)")
    }
    if let crash = next.crash, !crash.memory.contains(where: { $0.clamped(to: ramdisk) == ramdisk }) {
      error(
        "the ramdisk at \(describe(ramdisk)) is outside of the memory that the crash kernel may use",
        hint: "load it into \(crash.memory.map { describe($0) }.joined(separator: " or "))")
    }
    // A reservation for the ramdisk itself does no harm.
    for kept in machine.reserved where kept.range.overlaps(ramdisk) && !(kept.isEntry && kept.range == ramdisk) {
      let isAsked = kept.isEntry && next.reservations.contains(kept.range)
      error(
        "the ramdisk at \(describe(ramdisk)) lies over \(kept.name) at \(describe(kept.range))",
        hint: isAsked
          ? "reserve other memory, or load the ramdisk elsewhere"
          : "load the ramdisk elsewhere"
            + (kept.isEntry ? ", or remove the reservation if it was for the old kernel" : ""))
    }
  }

  private func judgeCrash(_ result: inout [Diagnostic]) {
    guard let crash = next.crash else { return }
    func error(_ message: String, hint: String? = nil) {
      result.append(.error("kexec-crash", message, at: Place(file: file, node: "/chosen"), hint: hint))
    }
    if crash.memory.isEmpty { error("the crash kernel has no memory") }
    if crash.memory.count > Self.crashRanges {
      error("the crash kernel has \(crash.memory.count) ranges of memory, and Linux takes \(Self.crashRanges) at most")
    }
    for range in crash.memory {
      if range.isEmpty || range.lowerBound % Self.page != 0 || range.upperBound % Self.page != 0 {
        error(
          "the crash kernel's memory at \(describe(range)) is no number of whole pages of 4 KiB",
          hint: "the end is the first address behind it; /proc/iomem names the last one in it")
      } else if !ram.isEmpty, !isRAM(range) {
        error("the crash kernel's memory at \(describe(range)) is not in RAM", hint: "the tree has RAM at \(banks)")
      }
      judgeCells(range, "the crash kernel's memory", &result)
    }
    guard let header = crash.coreHeader else { return }
    if header.isEmpty { error("the ELF core header at \(hex(header.lowerBound)) has no bytes") }
    if !ram.isEmpty, !isRAM(header) { error("the ELF core header at \(describe(header)) is not in RAM") }
    if let ramdisk = next.ramdisk, ramdisk.overlaps(header) {
      error("the ELF core header at \(describe(header)) lies over the ramdisk at \(describe(ramdisk))")
    }
    judgeCells(header, "the ELF core header", &result)
  }

  /// Those two are written in the root's cells.
  private func judgeCells(_ range: Range<UInt64>, _ what: String, _ result: inout [Diagnostic]) {
    let sizes = tree.cellSizes(of: tree.root)
    guard (1...2).contains(sizes.address), (1...2).contains(sizes.size) else {
      result.append(
        .error(
          "kexec-crash",
          "\(what) cannot be said: the root has #address-cells \(sizes.address) and #size-cells \(sizes.size)",
          at: Place(file: file, node: "/")))
      return
    }
    if sizes.address == 1 && range.lowerBound > UInt64(UInt32.max)
      || sizes.size == 1 && range.upperBound - range.lowerBound > UInt64(UInt32.max)
    {
      result.append(
        .error(
          "kexec-crash",
          "\(what) at \(describe(range)) does not fit into the root's #address-cells \(sizes.address) and #size-cells \(sizes.size)",
          at: Place(file: file, node: "/")))
    }
  }

  // MARK: What may go wrong

  /// What keeps a kernel from using message interrupts, in Linux's ways of saying yes.
  private static let withoutTables: Set<Substring> = [
    "irqchip.gicv3_nolpi=1", "irqchip.gicv3_nolpi=y", "irqchip.gicv3_nolpi=Y", "irqchip.gicv3_nolpi=on",
  ]

  /// - Parameter bootargs: the running kernel's command line.
  func warnings(running bootargs: String) -> [Diagnostic] {
    var result: [Diagnostic] = []
    if isToldByFirmware, next.ramdisk != nil || next.crash != nil {
      result.append(
        Diagnostic(
          .note, rule: "kexec-memory",
          "RAM is in the firmware's memory map, which is not part of the tree: where the next kernel's memory lies was not checked",
          at: Place(file: file, node: "/chosen")))
    }
    let topology = Topology(tree)
    let hasTables = !bootargs.split(separator: " ").contains { Self.withoutTables.contains($0) }
    if !isToldByFirmware, hasTables, next.crash == nil,
      let service = topology.nodes(compatibleWith: ["arm,gic-v3-its"]).first(where: { topology.isAvailable($0) })
    {
      result.append(
        .warning(
          "kexec-lpi-tables",
          "a GICv3 goes on using the tables of message interrupts that the running kernel gave it, and without UEFI the next one does not know "
            + "which memory they are in",
          at: tree.place(of: service, file: file),
          hint:
            "start the running kernel with irqchip.gicv3_nolpi=1, or reserve the tables where its log says that they are"
        ))
    }
    let cpus = topology.cpus().filter(\.isEnabled)
    if cpus.count > 1, let held = cpus.first(where: { $0.enableMethod == "spin-table" }) {
      result.append(
        .warning(
          "kexec-spin-table",
          "CPUs that wait in a spin table cannot be given back, and Linux refuses to leave more than one of them behind",
          at: tree.place(of: held.node, file: file), hint: "start the running kernel with maxcpus=1 or nosmp"))
    }
    return result
  }
}

extension Machine.Region {
  /// Whether it is one of the memory reservations, and no node.
  fileprivate var isEntry: Bool { name == "/memreserve/" }
}
