// SPDX-License-Identifier: Apache-2.0
public import DeviceTree
public import Diagnostics

/// How devices of the host are given to a guest: the partial tree, the marks in the host's tree, and what has to be said about it.
public struct PassthroughPlan: Sendable {
  /// The partial tree, for a guest that Xen builds itself (docs/misc/arm/device-tree/passthrough.txt).
  public var fragment: DeviceTree
  /// Paths of the host's nodes that dom0 must not have.
  public var marked: [String]
  /// The devices and what became of all that they need.
  public var devices: [Device]
  /// Errors are what stands in the way; then the fragment is not to be used.
  public var diagnostics: [Diagnostic]

  /// A device and what it needs, for people to read.
  public struct Device: Sendable {
    public var path: String
    public var registers: [Mapping] = []
    /// As the GIC numbers them: `SPI 34`.
    public var interrupts: [String] = []
    public var needs: [Need] = []
  }

  public struct Mapping: Hashable, Sendable {
    public var host: Range<UInt64>
    public var guest: Range<UInt64>
  }

  public struct Need: Sendable {
    /// The host's node with the property.
    public var user: String
    public var property: String
    /// From the list of names.
    public var name: String?
    public var kind: String
    /// The path of what is needed.
    public var provider: String
    public var fate: Fate
  }

  /// What becomes of something that a device needs.
  public enum Fate: Hashable, Sendable {
    /// It goes along, because it is part of what is given.
    case given
    /// A copy goes along: it has no registers of its own.
    case copied
    /// A clock of a fixed rate stands in its place.
    case clock(UInt64)
    /// Xen does it.
    case byXen
    /// Left out, with the reason why nobody misses it.
    case needless(String)
    /// Left out, as was asked.
    case dropped
    /// It stands in the way.
    case open

    /// Whether the entry of the list stays as it is on the host.
    var keepsEntry: Bool { self == .given }
  }

  /// Marks the devices in a host's tree, so that dom0 does not get them.
  public func mark(_ host: inout DeviceTree) {
    for path in marked {
      guard let node = host.node(at: path) else { continue }
      host.set("xen,passthrough", .empty, on: node)
    }
  }
}
