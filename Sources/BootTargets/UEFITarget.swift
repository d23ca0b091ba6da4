// SPDX-License-Identifier: Apache-2.0
internal import BootImages
internal import DeviceTree
internal import Diagnostics
internal import XenFacts
internal import XenSystem

/// The UEFI flow: a directory tree for the EFI system partition. The firmware starts Xen, whose stub reads its configuration
/// and the tree, and loads the modules that the tree names.
enum UEFITarget {
  static let folder = "EFI/BOOT/"
  /// What firmware starts on removable media when nothing else is set up.
  static let program = "BOOTAA64.EFI"
  /// The stub looks for its own name with another ending.
  static let configuration = "BOOTAA64.cfg"

  /// The stub adds its configuration's size and a page to the tree before it writes addresses into it; Xen takes 2 MiB.
  private static let treeLimit = (2 << 20) - (64 << 10)

  static func plan(_ parts: BootParts) throws(Failure) -> BootPlan {
    guard parts.facts.isPE else {
      throw Failure(
        .error(
          "xen-image-not-pe", "\(parts.xen.name) is no PE program, so UEFI firmware cannot start it",
          at: Place(file: parts.xen.name), hint: "take the xen.efi of the same build"))
    }
    // The stub loads a file once for every name, which is why each load has a name of its own.
    let (tree, blob) = try parts.tree(
      limit: treeLimit, because: "with what Xen's UEFI stub adds it may not exceed the 2 MiB that Xen takes",
      prepare: { tree in
        // Without it, a stub that finds modules in the firmware's tree does not read the configuration.
        tree.set("xen,uefi-cfg-load", .empty, on: tree.ensureChild("chosen", of: tree.root))
      }
    ) { index in .uefiBinary(parts.names[index]) }

    var files = [
      PlannedFile(folder + program, parts.xen.bytes),
      PlannedFile(folder + configuration, Array(StubConfiguration(tree: "boot.dtb").text.utf8)),
      PlannedFile(folder + "boot.dtb", blob),
    ]
    for (name, bytes) in zip(parts.names, parts.contents) { files.append(PlannedFile(folder + name, bytes)) }
    return BootPlan(
      target: .uefi, tree: tree, blob: blob, files: files, placement: nil, loads: parts.loads,
      warnings: pinned(parts.loads))
  }

  private static func pinned(_ loads: [Load]) -> [Diagnostic] {
    loads.compactMap { load in
      guard let address = load.module.address else { return nil }
      return .warning(
        "pinned-address-uefi",
        "\(load.title) is pinned to \(hex(address.value)), but UEFI firmware chooses the address itself",
        at: address.location.map { Place($0) } ?? load.module.location.map { Place($0) } ?? Place())
    }
  }
}

/// The configuration file of Xen's UEFI stub (docs/misc/efi.pandoc).
///
/// Everything else stands in the tree: modules as `xen,uefi-binary`, options as `xen,xen-bootargs`. So no text of a
/// description comes into this file, where a `#` or a tab would cut it.
struct StubConfiguration: Hashable {
  /// The device tree's file.
  var tree: String

  var text: String {
    """
    [global]
    default=xen

    [xen]
    dtb=\(tree)

    """
  }

  init(tree: String) {
    self.tree = tree
  }

  /// Reads a configuration as the stub does; nil when that yields no tree or something besides it.
  init?(reading bytes: [UInt8]) {
    let config = UEFIConfig(bytes)
    guard let section = config.defaultSection, let tree = config.value(of: "dtb", in: section)?.value else {
      return nil
    }
    for key in ["kernel", "ramdisk", "xsm", "options", "chain"] {
      guard config.value(of: key, in: section) == nil else { return nil }
    }
    self.tree = String(tree.prefix { $0 != " " })
  }
}
