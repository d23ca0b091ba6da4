// SPDX-License-Identifier: Apache-2.0
public import Diagnostics

/// Something that several domains have a part in.
public struct Share: Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    // What one domain can reach, stop or change of another one by.
    case memory
    case registers
    case interrupts
    case streams
    case sharedMemory = "shared memory"
    case eventChannels = "event channels"
    case xenstore
    case grants
    case control
    case clocks
    case resets
    case powerDomains = "power domains"
    case regulators
    // What Xen or the machine divides between them, so that one can only slow another one down.
    case cpuPools = "cpu pools"
    case cache
    case iommus
    case console

    /// Whether it is time, or a part that works for everybody, and nothing that one domain reaches another one through.
    public var isMachinery: Bool {
      switch self {
      case .cpuPools, .cache, .iommus, .console: true
      default: false
      }
    }
  }

  public var kind: Kind
  /// Which one: `port 10 of domA, port 11 of domB`, `Pool-0`.
  public var what: String
  /// Indices into ``Ownership/domains``, ascending, two or more.
  public var domains: [Int]
  /// The domains through which alone the others have a part in it; empty when each has it with each.
  public var hubs: Set<Int>
  /// What says so for each domain, in the same order.
  public var places: [Place]

  public init(_ kind: Kind, _ what: String, _ domains: [Int], hubs: Set<Int> = [], places: [Place]) {
    self.kind = kind
    self.what = what
    self.domains = domains
    self.hubs = hubs
    self.places = places
  }

  /// Whether two domains have it with each other.
  public func joins(_ first: Int, _ second: Int) -> Bool {
    guard domains.contains(first), domains.contains(second) else { return false }
    return hubs.isEmpty || hubs.contains(first) || hubs.contains(second)
  }
}
