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
  ///   - xen: the Xen image's bytes.
  ///   - files: what `xen,uefi-binary` can name.
  ///   - folder: an empty folder for the files, which the caller removes.
  /// - Throws: `host-not-qemu`, `trial-failed`, `tool-missing`.
  public init(
    firmware tree: FinalTree, configuration own: [UInt8]? = nil, xen: [UInt8], files: [DiskFile], folder: String
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
    let started = StartedSystem(tree.tree)
    self.init(
      domains: started.domains.map(\.name), talkers: Self.talkers(started, in: tree.tree), hasDom0: started.hasDom0,
      arguments: try Emulation(.uefi, command, nil).arguments, qemu: [try Tools.program(Tools.qemu)], folder: folder)
  }
}
