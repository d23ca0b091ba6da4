// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine

/// A machine of QEMU's, as far as its trees are concerned.
struct QEMUMachine: Hashable, Sendable {
  let name: String
  /// What the root of its tree is compatible with.
  let compatible: String
  let ramStart: UInt64
  /// The most RAM, and the most CPUs, that it has when QEMU loads the kernel itself.
  let memoryLimit: UInt64
  let processorLimit: Int
  /// Whether the firmware that Debian builds for QEMU runs on it.
  var hasFirmware = false
  /// Arguments for devices that it always has.
  var arguments: [String] = []

  static let virt = QEMUMachine(
    name: "virt", compatible: "linux,dummy-virt", ramStart: 0x4000_0000, memoryLimit: .max, processorLimit: .max,
    hasFirmware: true)
  /// AMD's (Xilinx's) ZCU102. It has a second bank of RAM at 32 GiB, but QEMU then tells the tree of one bank of both banks' size.
  static let zcu102 = QEMUMachine(
    name: "xlnx-zcu102", compatible: "xlnx,zynqmp", ramStart: 0, memoryLimit: 2 << 30, processorLimit: 4,
    // It plays sound, which is to go nowhere.
    arguments: ["-audiodev", "none,id=silent"])
  static let all = [virt, zcu102]
}

/// Compares what a tree says with what a machine of QEMU's can be.
struct QEMUHost {
  let machine: Machine
  let tree: DeviceTree
  let file: String

  func refusal(
    _ reason: String, at node: String, _ property: String? = nil,
    hint: String = "the targets uboot and uefi do not need QEMU"
  ) -> Failure {
    Failure(
      .error(
        "host-not-qemu", "QEMU cannot be this host: \(reason)", at: Place(file: file, node: node, property: property),
        hint: hint))
  }

  func memory(of board: QEMUMachine) throws(Failure) -> UInt64 {
    let ram = machine.ram.ranges
    guard let bank = ram.first, ram.count == 1, bank.lowerBound == board.ramStart,
      bank.upperBound - bank.lowerBound <= board.memoryLimit
    else {
      let banks = ram.isEmpty ? "none" : ram.map { describe($0) }.joined(separator: ", ")
      let most = board.memoryLimit == .max ? "" : " and at most \(describeSize(board.memoryLimit))"
      throw refusal(
        "the \(board.name) machine has its RAM in one piece from \(hex(board.ramStart))\(most), this host has \(banks)",
        at: "/memory")
    }
    let size = bank.upperBound - bank.lowerBound
    guard size % QEMUCommand.memoryUnit == 0 else {
      throw refusal("its RAM, \(describe(bank)), is no whole number of MiB", at: "/memory")
    }
    return size
  }

  func processors(of board: QEMUMachine) throws(Failure) -> Int {
    guard machine.cpuCount > 0 else { throw refusal("its tree has no CPU", at: "/cpus") }
    guard machine.cpuCount <= board.processorLimit else {
      throw refusal(
        "the \(board.name) machine has \(board.processorLimit) CPUs, its tree has \(machine.cpuCount)", at: "/cpus")
    }
    return machine.cpuCount
  }

  func cpu() throws(Failure) -> String {
    guard let cpu = Self.cpu(machine.cpuCompatible) else {
      throw refusal("its CPU, \(machine.cpuCompatible ?? ""), has 32 bits", at: "/cpus")
    }
    return cpu
  }

  /// A GIC-400 may repeat each page of its CPU interface over 64 KiB. Xen looks for that when the window has 128 KiB, by the
  /// controller's identity; QEMU's has another identity, so Xen takes a repetition of the first page for the second one, and
  /// no interrupt ever ends: no second CPU answers, no timer ticks twice.
  func checkWindows() throws(Failure) {
    let controllers = tree.walk().filter { tree[$0, "interrupt-controller"] != nil }
    for id in controllers where tree[id, "compatible"]?.strings.flatMap(GICKind.init(compatible:)) == .gicv2 {
      guard let parent = tree[id].parent, let reg = tree[id, "reg"], let windows = tree.ranges(reg, under: parent)
      else { continue }
      for (index, name) in [(1, "CPU interface"), (3, "virtual CPU interface")] where index < windows.count {
        let window = windows[index]
        guard window.upperBound - window.lowerBound == 0x20000 else { continue }
        let pages = (window.lowerBound + 0xf000)..<(window.lowerBound + 0x11000)
        throw refusal(
          "it repeats the pages of the GIC's \(name) over \(describe(window)), which Xen does not see on QEMU's GIC, so no "
            + "interrupt would ever end", at: tree.path(of: id), "reg",
          hint: "for QEMU give that window as \(describe(pages)), by an overlay; the board takes it as well")
      }
    }
  }

  /// CPUs that QEMU knows by the name in their compatible string.
  private static let named: Set<String> = [
    "cortex-a35", "cortex-a53", "cortex-a55", "cortex-a57", "cortex-a72", "cortex-a76", "cortex-a710", "neoverse-n1",
    "neoverse-n2", "neoverse-v1", "a64fx",
  ]
  private static let narrow: Set<String> = ["arm,cortex-a7", "arm,cortex-a15", "arm,cortex-a9", "arm,cortex-a8"]

  /// QEMU's name of a CPU. Its own `max` says `arm,armv8`, and stands in for what it does not know. Nil for one of 32 bits.
  private static func cpu(_ compatible: String?) -> String? {
    guard let compatible else { return "max" }
    if narrow.contains(compatible) { return nil }
    guard let comma = compatible.firstIndex(of: ",") else { return "max" }
    let name = String(compatible[compatible.index(after: comma)...])
    return named.contains(name) ? name : "max"
  }
}
