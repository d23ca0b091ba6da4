// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Diagnostics
internal import Machine

/// The QEMU machine that a host tree describes.
public struct QEMUCommand: Hashable, Sendable {
  public static let program = "qemu-system-aarch64"
  /// Where the `virt` machine has its RAM.
  static let ramStart: UInt64 = 0x4000_0000

  /// `virt` with its options.
  public let machine: String
  public let cpu: String
  public let processors: Int
  /// Bytes of RAM.
  public let memory: UInt64

  /// - Parameters:
  ///   - tree: the host's tree, or a boot tree made of it.
  ///   - file: the tree's file, for messages.
  /// - Throws: `host-not-qemu` when QEMU has no such machine.
  public init(host tree: DeviceTree, file: String) throws(Failure) {
    try self.init(host: Machine(tree), file: file)
  }

  init(host: Machine, file: String) throws(Failure) {
    func refusal(_ reason: String, at node: String, _ property: String? = nil) -> Failure {
      Failure(
        .error(
          "host-not-qemu", "QEMU cannot be this host: \(reason)",
          at: Place(file: file, node: node, property: property),
          hint: "the targets uboot and uefi do not need QEMU"))
    }
    guard host.compatible.contains("linux,dummy-virt") else {
      let names = host.compatible.isEmpty ? "nothing" : host.compatible.joined(separator: ", ")
      throw refusal(
        "it is compatible with \(names), and only QEMU's virt machine (linux,dummy-virt) is known here", at: "/",
        "compatible")
    }
    guard let controller = host.interruptController else {
      throw refusal("its tree has neither a GICv2 nor a GICv3", at: "/")
    }
    guard host.cpuCount > 0 else { throw refusal("its tree has no CPU", at: "/cpus") }
    guard let cpu = Self.cpu(host.cpuCompatible) else {
      throw refusal("its CPU, \(host.cpuCompatible ?? ""), has 32 bits", at: "/cpus")
    }
    let ram = host.ram.ranges
    guard let bank = ram.first, ram.count == 1, bank.lowerBound == Self.ramStart else {
      let banks = ram.isEmpty ? "none" : ram.map { describe($0) }.joined(separator: ", ")
      throw refusal(
        "the virt machine has its RAM in one piece from \(hex(Self.ramStart)), this host has \(banks)", at: "/memory")
    }
    let size = bank.upperBound - bank.lowerBound
    guard size % Self.memoryUnit == 0 else {
      throw refusal("its RAM, \(describe(bank)), is no whole number of MiB", at: "/memory")
    }
    // A machine with firmware and ACPI has other devices than its tree says (no PL061 GPIO controller).
    machine = "virt,acpi=off,virtualization=on,gic-version=\(controller == .gicv3 ? 3 : 2)"
    self.cpu = cpu
    processors = host.cpuCount
    memory = size
  }

  /// QEMU counts RAM in pages; the whole MiB keep the option readable.
  private static let memoryUnit: UInt64 = 1 << 20

  /// The arguments that make the machine, without what it boots. No network, no display; the console is standard output.
  public var arguments: [String] {
    [
      "-machine", machine, "-cpu", cpu, "-smp", String(processors), "-m", "\(memory / Self.memoryUnit)M",
      "-nic", "none", "-display", "none", "-no-reboot", "-serial", "stdio", "-monitor", "none",
    ]
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
