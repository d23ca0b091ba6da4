// SPDX-License-Identifier: Apache-2.0

/// The phandles that Xen and its tools use in guests' trees (xen/include/public/device_tree_defs.h).
public enum GuestPhandles {
  public static let interruptController: UInt32 = 65000
  public static let iommu: UInt32 = 65001
  /// The first Xen that refuses a partial tree with a phandle from 65000 on.
  public static let checkedSince = XenVersion(4, 23)
}
