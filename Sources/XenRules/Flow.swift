// SPDX-License-Identifier: Apache-2.0

/// How a tree gets to Xen, where that is known: it decides who loads the modules, and where.
public enum Flow: String, Hashable, Sendable, CaseIterable {
  /// QEMU, or a firmware that starts Xen without a loader between.
  case direct
  case uBoot = "u-boot"
  case uefi
}
