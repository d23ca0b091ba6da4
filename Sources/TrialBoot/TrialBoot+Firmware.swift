// SPDX-License-Identifier: Apache-2.0
internal import BootTargets
internal import DeviceTree
public import Diagnostics
internal import Glibc

extension TrialBoot {
  /// A file on the disk that the firmware starts from.
  public struct DiskFile: Sendable {
    /// Relative to the folder of the Xen image.
    public var name: String
    public var bytes: [UInt8]

    public init(name: String, bytes: [UInt8]) {
      self.name = name
      self.bytes = bytes
    }
  }

  /// Prepares a boot of a final tree through UEFI firmware: Xen's stub is given the very tree by `dtb=`, and loads what it names.
  ///
  /// - Parameters:
  ///   - tree: the tree. Xen's options are those of its `xen,xen-bootargs`, which the stub wants in its configuration.
  ///   - own: the stub's configuration, in place of one that has the tree's options and names the tree, `tree.dtb`.
  ///   - handedOver: a tree that the firmware is to have from QEMU and give to Xen, in place of the machine's own.
  ///   - xen: the Xen image's bytes.
  ///   - files: what `xen,uefi-binary` can name.
  ///   - folder: an empty folder for the files, which the caller removes.
  /// - Throws: `host-not-qemu`, `trial-failed`, `tool-missing`.
  public init(
    firmware tree: FinalTree, configuration own: [UInt8]? = nil, handedOver: FinalTree? = nil, xen: [UInt8],
    files: [DiskFile], folder: String
  ) throws(Failure) {
    let command = try QEMUCommand(host: tree.tree, file: tree.file)
    let options = tree.tree.node(at: "/chosen").flatMap { tree.tree[$0, "xen,xen-bootargs"]?.string } ?? ""
    let configuration = "[global]\ndefault=xen\n\n[xen]\noptions=\(options)\ndtb=tree.dtb\n"
    let boot = "\(folder)/EFI/BOOT"
    for path in ["\(folder)/EFI", boot] where unsafe mkdir(path, 0o700) != 0 {
      throw Failure(.error("trial-failed", "cannot make the folder \(path)", at: Place(file: folder)))
    }
    let all =
      [
        DiskFile(name: "BOOTAA64.EFI", bytes: xen),
        DiskFile(name: "BOOTAA64.cfg", bytes: own ?? Array(configuration.utf8)),
        DiskFile(name: "tree.dtb", bytes: tree.blob),
      ] + files
    for file in all { try Self.write(file.bytes, to: "\(boot)/\(file.name)") }
    var arguments = try Emulation(.uefi, command, nil).arguments
    if let handedOver {
      try Self.write(handedOver.blob, to: "\(folder)/firmware.dtb")
      arguments += ["-dtb", "firmware.dtb"]
    }
    self.init(
      StartedSystem(tree.tree), in: tree.tree, arguments: arguments, qemu: [try Tools.program(Tools.qemu)],
      folder: folder)
  }

  /// Prepares a boot of a final tree through U-Boot, which loads Xen, the tree and the modules and starts Xen by `booti`.
  ///
  /// - Parameters:
  ///   - tree: the tree.
  ///   - settings: U-Boot's commands before that, such as `setenv bootargs …`.
  ///   - xen: the Xen image's bytes.
  ///   - loads: the modules.
  ///   - folder: an empty folder for the files, which the caller removes.
  /// - Throws: `host-not-qemu`, `trial-failed`, `tool-missing`.
  public init(
    uboot tree: FinalTree, settings: String, xen: [UInt8], loads: [Load], folder: String
  ) throws(Failure) {
    let command = try QEMUCommand(host: tree.tree, file: tree.file)
    var steps: [UBootCommands.Step] = []
    let own = [
      Load(address: command.ramStart + (16 << 20), bytes: xen),
      Load(address: command.ramStart + (32 << 20), bytes: tree.blob),
    ]
    for (index, load) in (own + loads).enumerated() {
      try Self.write(load.bytes, to: "\(folder)/\(index)")
      steps.append(UBootCommands.Step(file: "\(index)", address: load.address, size: load.bytes.count))
    }
    let script = settings + UBootCommands(steps: steps, xen: own[0].address, tree: own[1].address).text
    try Self.write(UBootScript.image(of: Array(script.utf8)), to: "\(folder)/boot.scr")
    self.init(
      StartedSystem(tree.tree), in: tree.tree, arguments: try Emulation(.uboot, command, nil).arguments,
      qemu: [try Tools.program(Tools.qemu)], folder: folder)
  }
}
