// SPDX-License-Identifier: Apache-2.0
internal import BootImages
internal import Diagnostics
internal import Machine
internal import XenFacts
internal import XenSystem

/// The U-Boot flow: `boot.scr` loads every file to its address and starts Xen with `booti`.
enum UBootTarget {
  /// Room for the tree. U-Boot adds 12 KiB and its own properties to it; Xen takes no tree larger than 2 MiB.
  private static let treeRoom: UInt64 = 2 << 20
  private static let treeGrowth = 64 << 10

  static func plan(_ parts: BootParts) throws(Failure) -> BootPlan {
    let system = parts.system
    guard !parts.machine.ram.ranges.isEmpty else {
      throw Failure(
        .error(
          "host-without-memory", "the host tree names no memory, so nothing can be given an address",
          at: Place(file: system.host.file),
          hint: "U-Boot fills /memory in on many boards: take the tree of the running board; the target uefi needs none"
        ))
    }
    var spots = ownSpots(in: parts.machine)
    let xen = try takeSpot(
      "Xen, \(parts.xen.name)", size: UInt64(parts.facts.memorySize), around: &spots, parts)
    let treeSpot = try takeSpot("the device tree", size: treeRoom, around: &spots, parts)
    let placement = try system.place(loads: parts.loads, around: spots, in: parts.machine)
    let (tree, blob) = try parts.tree(
      limit: Int(treeRoom) - treeGrowth, because: "with what U-Boot adds it may not exceed the 2 MiB that Xen takes"
    ) { index in .address(placement.ranges[index]) }

    var loaded = [
      PlannedFile(parts.xenName, parts.xen.bytes, address: xen.lowerBound),
      PlannedFile("boot.dtb", blob, address: treeSpot.lowerBound),
    ]
    for (index, name) in parts.names.enumerated() {
      loaded.append(PlannedFile(name, parts.contents[index], address: placement.ranges[index].lowerBound))
    }
    let commands = UBootCommands(
      steps: loaded.map { UBootCommands.Step(file: $0.path, address: $0.address ?? 0, size: $0.bytes.count) },
      xen: xen.lowerBound, tree: treeSpot.lowerBound)
    let files = [
      loaded[1],
      PlannedFile("boot.cmd", Array(commands.text.utf8)),
      PlannedFile("boot.scr", UBootScript.image(of: Array(commands.text.utf8))),
      loaded[0],
    ]
    return BootPlan(
      target: .uboot, tree: tree, blob: blob, files: files + loaded.dropFirst(2), placement: placement,
      loads: parts.loads, warnings: [])
  }

  /// What U-Boot keeps while the script runs.
  ///
  /// Boards load the script, and QEMU puts its own tree, into the first megabytes of RAM; the script itself may be overwritten,
  /// as U-Boot runs a copy. U-Boot moves itself with its heap and stack to the top of RAM: of the bank that it knows, or of
  /// what lies below 4 GiB. (U-Boot 2023.01 for QEMU, with 256 MiB to 4 GiB of RAM, keeps the last 35 MiB
  /// and refuses to load a file over them.)
  private static func ownSpots(in machine: Machine) -> [Spot] {
    let banks = machine.ram.ranges
    guard let lowest = banks.first else { return [] }
    var spots = [
      Spot(
        range: lowest.lowerBound..<min(lowest.lowerBound + (16 << 20), lowest.upperBound),
        name: "U-Boot's scratch memory")
    ]
    for bank in banks {
      for end in [bank.upperBound, 4 << 30] where bank.lowerBound < end && end <= bank.upperBound {
        let start = max(bank.lowerBound, end - min(end, 64 << 20))
        if !spots.contains(where: { $0.range == start..<end }) {
          spots.append(Spot(range: start..<end, name: "U-Boot itself"))
        }
      }
    }
    return spots
  }

  /// Finds room for something that is no module, and adds it to `spots`.
  private static func takeSpot(
    _ name: String, size: UInt64, around spots: inout [Spot], _ parts: BootParts
  ) throws(Failure) -> Range<UInt64> {
    let free = parts.system.freeMemory(around: spots, in: parts.machine)
    guard let range = free.firstFit(size: size, alignment: XenLimits.moduleAlignment) else {
      let largest = free.largest.map { "the largest free piece of RAM is \(describe($0))" } ?? "no RAM is free"
      throw Failure(
        .error(
          "no-room", "no room for \(name), \(describeSize(size)): \(largest)", at: Place(file: parts.system.host.file)))
    }
    spots.append(Spot(range: range, name: name))
    return range
  }
}
