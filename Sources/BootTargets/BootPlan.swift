// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Diagnostics
public import XenSystem

/// Everything that one boot flow needs, as a value: the tree, the files and where each one goes.
public struct BootPlan: Sendable {
  public let target: BootTarget
  /// The tree that Xen is started with, with the place of each node and property in the description.
  public let tree: DeviceTree
  /// The same tree as bytes: `boot.dtb`.
  public let blob: [UInt8]
  /// What the target's folder holds, in the order of the manifest. Each copy in memory has a file of its own, so a path has
  /// one address at most.
  public let files: [PlannedFile]
  /// Where the loads lie, and what else is kept; nil where the firmware decides.
  public let placement: Placement?
  public let loads: [Load]
  /// What the flow cannot honour. Never errors.
  public let warnings: [Diagnostic]
}

/// A file of a target's folder.
public struct PlannedFile: Hashable, Sendable {
  /// Relative to the target's folder, with `/` between the parts.
  public let path: String
  public let bytes: [UInt8]
  /// Where the file is loaded; nil when it is not loaded, or not to an address known beforehand.
  public let address: UInt64?
  public let isExecutable: Bool

  init(_ path: String, _ bytes: [UInt8], address: UInt64? = nil, isExecutable: Bool = false) {
    self.path = path
    self.bytes = bytes
    self.address = address
    self.isExecutable = isExecutable
  }
}

extension XenSystem {
  /// Makes the boot files of a target. Reads and writes nothing outside memory.
  ///
  /// The files are read back and compared with this system before they are returned.
  ///
  /// - Throws: `Failure` when something is missing, does not fit into the host's memory, or cannot be carried by this flow.
  public func plan(for target: BootTarget) throws(Failure) -> BootPlan {
    let parts = try BootParts(self)
    let plan =
      switch target {
      case .qemu: try QEMUTarget.plan(parts)
      case .uboot: try UBootTarget.plan(parts)
      case .uefi: try UEFITarget.plan(parts)
      }
    try SelfCheck.verify(plan, of: self)
    return plan
  }
}
