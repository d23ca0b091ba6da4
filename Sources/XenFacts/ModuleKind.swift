// SPDX-License-Identifier: Apache-2.0

/// What a boot module is, by the compatible strings that Xen tests (docs/misc/arm/device-tree/booting.txt).
public enum ModuleKind: String, Hashable, Sendable, CaseIterable {
  case kernel
  case ramdisk
  case deviceTree = "device-tree"
  case xsmPolicy = "xsm-policy"

  /// The string that makes a node a boot module at all.
  public static let module = "multiboot,module"
  /// The module string of Xen 4.4, still accepted when no UEFI stub reads the tree.
  public static let legacyModule = "xen,multiboot-module"

  /// The compatible string of this kind.
  public var compatible: String {
    switch self {
    case .kernel: "multiboot,kernel"
    case .ramdisk: "multiboot,ramdisk"
    case .deviceTree: "multiboot,device-tree"
    case .xsmPolicy: "xen,xsm-policy"
    }
  }

  /// The name that Xen 4.4 knew this kind by.
  public var legacyCompatible: String? {
    switch self {
    case .kernel: "xen,linux-zimage"
    case .ramdisk: "xen,linux-initrd"
    case .deviceTree, .xsmPolicy: nil
    }
  }

  /// The kind that a node's list of compatible strings names, or nil when it names none.
  public init?(compatible: [String]) {
    for kind in ModuleKind.allCases
    where compatible.contains(kind.compatible) || kind.legacyCompatible.map(compatible.contains) ?? false {
      self = kind
      return
    }
    return nil
  }
}
