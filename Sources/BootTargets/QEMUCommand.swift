// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Diagnostics
internal import Machine

/// The QEMU machine that a host tree describes.
public struct QEMUCommand: Hashable, Sendable {
  public static let program = "qemu-system-aarch64"

  /// `virt` with its options, or a board.
  public let machine: String
  /// Nil for a board, which has its own.
  public let cpu: String?
  public let processors: Int
  /// Where RAM begins; QEMU counts what it loads from there.
  public let ramStart: UInt64
  /// Bytes of RAM.
  public let memory: UInt64
  /// Whether the firmware that Debian builds for QEMU runs on it.
  public let hasFirmware: Bool
  private let ownArguments: [String]

  /// - Parameters:
  ///   - tree: the host's tree, or a boot tree made of it.
  ///   - file: the tree's file, for messages.
  /// - Throws: `host-not-qemu` when QEMU has no such machine.
  public init(host tree: DeviceTree, file: String) throws(Failure) {
    let host = Machine(tree)
    let reader = QEMUHost(machine: host, tree: tree, file: file)
    guard let board = QEMUMachine.all.first(where: { host.compatible.contains($0.compatible) }) else {
      let names = host.compatible.isEmpty ? "nothing" : host.compatible.joined(separator: ", ")
      let known = QEMUMachine.all.map { "\($0.name) (\($0.compatible))" }.joined(separator: " and ")
      throw reader.refusal(
        "it is compatible with \(names), and only QEMU's machines \(known) are known here", at: "/", "compatible")
    }
    guard let controller = host.interruptController else {
      throw reader.refusal("its tree has neither a GICv2 nor a GICv3", at: "/")
    }
    memory = try reader.memory(of: board)
    ramStart = board.ramStart
    processors = try reader.processors(of: board)
    hasFirmware = board.hasFirmware
    ownArguments = board.arguments
    switch board {
    case .virt:
      cpu = try reader.cpu()
      // A machine with firmware and ACPI has other devices than its tree says (no PL061 GPIO controller).
      machine = "virt,acpi=off,virtualization=on,gic-version=\(controller == .gicv3 ? 3 : 2)"
    default:
      try reader.checkWindows()
      cpu = nil
      machine = "\(board.name),virtualization=on"
    }
  }

  /// QEMU counts RAM in pages; the whole MiB keep the option readable.
  static let memoryUnit: UInt64 = 1 << 20

  /// The arguments that make the machine, without what it boots. No network, no display; the console is standard output.
  public var arguments: [String] {
    ["-machine", machine] + (cpu.map { ["-cpu", $0] } ?? []) + [
      "-smp", String(processors), "-m", "\(memory / Self.memoryUnit)M",
      "-nic", "none", "-display", "none",
    ] + ownArguments + ["-no-reboot", "-serial", "stdio", "-monitor", "none"]
  }
}
