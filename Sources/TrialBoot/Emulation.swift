// SPDX-License-Identifier: Apache-2.0
internal import BootTargets
internal import Diagnostics

/// QEMU's arguments for each boot flow. QEMU runs inside the target's folder, so its files need no paths, and no path of ours
/// can trip over the commas and colons of QEMU's options.
struct Emulation {
  let arguments: [String]

  /// - Parameters:
  ///   - command: the machine, made of the tree in the folder.
  ///   - direct: what QEMU loads itself; for the target qemu.
  ///   - file: finds a firmware's file.
  init(
    _ target: BootTarget, _ command: QEMUCommand, _ direct: DirectBoot?,
    file: (Tools.Tool) throws(Failure) -> String = Tools.file
  ) throws(Failure) {
    guard target == .qemu || command.hasFirmware else {
      throw Failure(
        .error(
          "host-not-qemu",
          "QEMU's \(command.machine) cannot start the target \(target.rawValue): Debian builds firmware for its virt machine only",
          at: Place(), hint: "the target qemu needs no firmware"))
    }
    switch target {
    case .qemu:
      arguments = command.arguments + (direct?.arguments ?? [])
    case .uboot:
      arguments = command.arguments + ["-bios", try file(Tools.uboot)] + Self.disk
    case .uefi:
      let code = try file(Tools.firmwareCode)
      let variables = try file(Tools.firmwareVariables)
      arguments =
        command.arguments
        + ["-drive", "if=pflash,format=raw,unit=0,readonly=on,file=\(Self.escaped(code))"]
        // What the firmware writes goes to a file without a name, which is gone when QEMU is.
        + ["-drive", "if=pflash,format=raw,unit=1,snapshot=on,file=\(Self.escaped(variables))"]
        + Self.disk
    }
  }

  /// The folder as a FAT disk with a partition table.
  private static let disk = [
    "-drive", "if=none,id=grove,format=raw,readonly=on,file=fat:.", "-device", "virtio-blk-device,drive=grove",
  ]

  /// The most bytes that QEMU's FAT disk holds: 516.06 MB by its own message, less its tables.
  static let diskCapacity = 500 << 20

  /// A path inside an option that commas divide.
  static func escaped(_ path: String) -> String {
    path.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
  }
}
