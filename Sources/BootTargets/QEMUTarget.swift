// SPDX-License-Identifier: Apache-2.0
internal import BootImages
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

/// The direct flow: QEMU itself puts Xen, the tree and the modules into memory.
enum QEMUTarget {
  static func plan(_ parts: BootParts) throws(Failure) -> BootPlan {
    let system = parts.system
    let command = try QEMUCommand(host: system.host.tree, file: system.host.file)
    let spots = spots(parts, in: command)
    try check(spots, parts)
    let placement = try system.place(loads: parts.loads, around: Array(spots.all), in: parts.machine)
    let (tree, blob) = try parts.tree(
      limit: treeRoom / 2 - treePadding, because: "QEMU doubles it, while Xen takes no more than 2 MiB"
    ) { index in .address(placement.ranges[index]) }

    var files = [
      PlannedFile("boot.dtb", blob, address: spots.tree.range.lowerBound),
      PlannedFile(parts.xenName, parts.xen.bytes, address: spots.xen.range.lowerBound),
    ]
    for (index, name) in parts.names.enumerated() {
      files.append(PlannedFile(name, parts.contents[index], address: placement.ranges[index].lowerBound))
    }
    let modules = zip(parts.names, placement.ranges).map { DirectBoot.Module(file: $0, address: $1.lowerBound) }
    let boot = DirectBoot(xen: parts.xenName, tree: "boot.dtb", modules: modules)
    files.insert(
      PlannedFile("run.sh", RunScript.text(command, boot), isExecutable: true), at: 1)
    return BootPlan(
      target: .qemu, tree: tree, blob: blob, files: files, placement: placement, loads: parts.loads, warnings: [])
  }

  private struct Spots {
    var stub: Spot
    var xen: Spot
    var tree: Spot
    var all: [Spot] { [stub, xen, tree] }
  }

  /// QEMU makes room for what it adds to the tree: (size + 10,000) * 2. Xen takes no tree larger than 2 MiB.
  private static let treeRoom = 2 << 20
  private static let treePadding = 10_000

  /// What QEMU's own loader uses (seen in QEMU 7.2 with 128 MiB to 4 GiB of RAM): a start-up stub at the beginning of RAM,
  /// Xen 2 MiB above it, and the tree halfway up the RAM or 128 MiB up, whichever is lower.
  private static func spots(_ parts: BootParts, in command: QEMUCommand) -> Spots {
    let ram = command.ramStart
    var offset: UInt64 = 0
    if case .image(let header) = parts.facts.image.content { offset = header.textOffset }
    // An offset that would put Xen onto the stub is raised by 2 MiB.
    if offset < 4096 { offset += 2 << 20 }
    let xen = ram + offset
    let tree = (ram + min(command.memory / 2, 128 << 20) + (2 << 20) - 1) & ~((2 << 20) - 1)
    return Spots(
      stub: Spot(range: ram..<ram + 4096, name: "QEMU's start-up stub"),
      xen: Spot(range: xen..<xen + UInt64(parts.facts.memorySize), name: "Xen, \(parts.xen.name)"),
      tree: Spot(range: tree..<tree + UInt64(treeRoom), name: "the device tree"))
  }
}

extension QEMUTarget {
  /// QEMU does not ask where Xen and the tree may lie, so what is set aside there is a fault of the description.
  private static func check(_ spots: Spots, _ parts: BootParts) throws(Failure) {
    var errors: [Diagnostic] = []
    for spot in [spots.xen, spots.tree] {
      for taken in parts.system.staticMemory() + parts.machine.reserved where taken.range.overlaps(spot.range) {
        errors.append(
          .error(
            "module-overlap",
            "\(taken.name) at \(describe(taken.range)) overlaps \(spot.name) at \(describe(spot.range)), where QEMU puts it",
            at: Place(file: parts.system.host.file), hint: "set other memory aside; U-Boot and UEFI leave this one free"
          ))
      }
    }
    guard errors.isEmpty else { throw Failure(errors) }
  }
}

/// What QEMU is to load: the files' names, relative to the folder that it is started in.
public struct DirectBoot: Hashable, Sendable {
  public struct Module: Hashable, Sendable {
    public let file: String
    public let address: UInt64

    public init(file: String, address: UInt64) {
      self.file = file
      self.address = address
    }
  }

  public let xen: String
  public let tree: String
  public let modules: [Module]

  public init(xen: String, tree: String, modules: [Module]) {
    self.xen = xen
    self.tree = tree
    self.modules = modules
  }

  /// QEMU's arguments for it.
  public var arguments: [String] {
    var arguments = ["-kernel", xen, "-dtb", tree]
    for module in modules {
      arguments += ["-device", "loader,file=\(module.file),addr=\(hex(module.address)),force-raw=on"]
    }
    return arguments
  }
}
