// SPDX-License-Identifier: Apache-2.0

/// A way to bring a Xen system into memory and to start it.
public enum BootTarget: String, CaseIterable, Hashable, Sendable {
  /// QEMU loads everything itself: `-kernel`, `-dtb` and a `loader` device for each module.
  case qemu
  /// U-Boot runs `boot.scr`.
  case uboot
  /// UEFI firmware starts Xen, and Xen's stub loads the rest.
  case uefi

  /// The boot tree's path in the target's folder.
  var treePath: String { self == .uefi ? UEFITarget.folder + "boot.dtb" : "boot.dtb" }
}
