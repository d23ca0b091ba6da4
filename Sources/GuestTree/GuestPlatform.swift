// SPDX-License-Identifier: Apache-2.0
public import XenFacts

/// Whose rules a guest's tree follows, as data: two platforms differ in values, not in code.
public struct GuestPlatform: Sendable {
  /// A part of the tree below the root.
  public enum Part: Hashable, Sendable {
    case chosen, psci, cpus, memory, sharedMemory, fragment, interruptController, timer, console, hypervisor
  }

  public var map: GuestMap
  /// The parts in the order in which they stand in the tree.
  public var parts: [Part]
  /// The release that the hypervisor node names.
  public var version: XenVersion
  /// The phandle of the interrupt controller when the partial tree names none.
  public var controllerPhandle: UInt32
  /// What the phandle becomes when the partial tree has a `/gic` without one; nil leaves ``controllerPhandle``.
  public var bareControllerPhandle: UInt32?
  /// Whether `#redistributor-regions` is said.
  public var countsRedistributors: Bool
  /// Whether `/chosen` has the ramdisk's properties without a ramdisk, both zero.
  public var alwaysNamesRamdisk: Bool
  /// Whether shared memory is listed as memory as well.
  public var listsSharedMemory: Bool
  /// Whether shared memory is cut out of the extended regions.
  public var cutsExtendedRegions: Bool
  /// Whether the last 2 MiB of extended regions are lost where they are computed from cut-out ranges.
  public var losesRegionEnds: Bool

  /// The rules of a domain that Xen itself builds from its `xen,domain` node.
  public static func dom0less(_ version: XenVersion) -> GuestPlatform {
    GuestPlatform(
      map: .arm, parts: dom0lessParts(version), version: version, controllerPhandle: 65000,
      bareControllerPhandle: version < XenVersion(4, 18) ? 0 : nil,
      countsRedistributors: version >= XenVersion(4, 20),
      alwaysNamesRamdisk: version < XenVersion(4, 18),
      listsSharedMemory: version >= XenVersion(4, 19),
      cutsExtendedRegions: version >= XenVersion(4, 20),
      losesRegionEnds: version >= XenVersion(4, 18))
  }

  private static func dom0lessParts(_ version: XenVersion) -> [Part] {
    if version < XenVersion(4, 21) {
      return [
        .chosen, .psci, .cpus, .memory, .sharedMemory, .fragment, .interruptController, .timer, .console, .hypervisor,
      ]
    }
    let rest: [Part] = [
      .interruptController, .timer, .hypervisor, .psci, .console,
    ]
    return version < XenVersion(4, 22)
      ? [.chosen, .cpus, .memory, .sharedMemory, .fragment] + rest
      : [.fragment, .chosen, .cpus, .memory, .sharedMemory] + rest
  }
}
