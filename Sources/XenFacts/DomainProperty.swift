// SPDX-License-Identifier: Apache-2.0

/// A property of a `xen,domain` node that some Xen reads (xen/common/device-tree/dom0less-build.c and its forerunners).
public struct DomainProperty: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// There or not there; the value is not looked at.
    case flag
    case cell
    /// Two cells, whatever the node's cell sizes are.
    case u64
    case string
    case phandle
    /// Addresses and sizes by the parent's cells.
    case ranges
  }

  public var name: String
  public var kind: Kind
  public var since: XenVersion
  /// The build option that a Xen needs for it, without `CONFIG_`.
  public var option: String?

  public init(_ name: String, _ kind: Kind, since: XenVersion, option: String? = nil) {
    self.name = name
    self.kind = kind
    self.since = since
    self.option = option
  }

  /// The compatible string of a domain's node.
  public static let domain = "xen,domain"

  public static let all: [DomainProperty] = [
    DomainProperty("compatible", .string, since: XenVersion(4, 12)),
    DomainProperty("#address-cells", .cell, since: XenVersion(4, 12)),
    DomainProperty("#size-cells", .cell, since: XenVersion(4, 12)),
    DomainProperty("memory", .u64, since: XenVersion(4, 12)),
    DomainProperty("cpus", .cell, since: XenVersion(4, 12)),
    DomainProperty("vpl011", .flag, since: XenVersion(4, 12)),
    DomainProperty("nr_spis", .cell, since: XenVersion(4, 13)),
    DomainProperty("xen,static-mem", .ranges, since: XenVersion(4, 16), option: "STATIC_MEMORY"),
    DomainProperty("#xen,static-mem-address-cells", .cell, since: XenVersion(4, 16)),
    DomainProperty("#xen,static-mem-size-cells", .cell, since: XenVersion(4, 16)),
    DomainProperty("direct-map", .flag, since: XenVersion(4, 17)),
    DomainProperty("domain-cpupool", .phandle, since: XenVersion(4, 17), option: "BOOT_TIME_CPUPOOLS"),
    DomainProperty("xen,enhanced", .string, since: XenVersion(4, 17)),
    DomainProperty("xen,domain-p2m-mem-mb", .cell, since: XenVersion(4, 17)),
    DomainProperty("max_grant_version", .cell, since: XenVersion(4, 18)),
    DomainProperty("max_grant_frames", .cell, since: XenVersion(4, 18)),
    DomainProperty("max_maptrack_frames", .cell, since: XenVersion(4, 18)),
    DomainProperty("sve", .cell, since: XenVersion(4, 18), option: "ARM64_SVE"),
    DomainProperty("passthrough", .string, since: XenVersion(4, 19)),
    DomainProperty("llc-colors", .string, since: XenVersion(4, 20), option: "LLC_COLORING"),
    DomainProperty("capabilities", .cell, since: XenVersion(4, 21)),
    DomainProperty("trap-unmapped-accesses", .cell, since: XenVersion(4, 21)),
    DomainProperty("xen,sci_type", .string, since: XenVersion(4, 21), option: "SCMI_SMC"),
    DomainProperty("v8r_el1_msa", .string, since: XenVersion(4, 22), option: "MPU"),
  ]
}

/// A bit of the `capabilities` property, Xen 4.21 and later.
public enum DomainCapability: UInt32, Hashable, Sendable, CaseIterable {
  case control = 1
  case hardware = 2
  case xenstore = 4

  public static let since = XenVersion(4, 21)

  public var name: String {
    switch self {
    case .control: "control"
    case .hardware: "hardware"
    case .xenstore: "xenstore"
    }
  }
}
