// SPDX-License-Identifier: Apache-2.0

/// The ways by which a guest finds what its hypervisor has for it.
public struct Announcements: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The node of the hypervisor, by which a guest learns of event channels, grants and xenstore.
  public static let xenbus = Announcements(rawValue: 1)
  /// A node for each virtio device behind registers, and one for the IOMMU that stands for grants, if a device uses them.
  public static let virtioMMIO = Announcements(rawValue: 2)
  /// A PCI host bridge.
  public static let virtioPCI = Announcements(rawValue: 4)

  /// The single ones, in the order in which they are listed.
  public static let kinds: [Announcements] = [.xenbus, .virtioMMIO, .virtioPCI]

  /// The single ones of these.
  public var kinds: [Announcements] { Self.kinds.filter { contains($0) } }

  /// The word for a single one.
  public var text: StaticString {
    switch self {
    case .xenbus: "xenbus"
    case .virtioMMIO: "virtio-mmio"
    case .virtioPCI: "virtio-pci"
    default: "several"
    }
  }
}

/// Which of them a platform has.
public struct AnnouncementRules: Hashable, Sendable {
  /// Those that it can make.
  public var possible: Announcements
  /// Those that it makes when nothing is said.
  public var preset: Announcements
  /// Those that its guests cannot do without.
  public var required: Announcements

  public init(possible: Announcements, preset: Announcements, required: Announcements = []) {
    self.possible = possible
    self.preset = preset
    self.required = required
  }

  static let toolstack = AnnouncementRules(
    possible: [.xenbus, .virtioMMIO, .virtioPCI], preset: [.xenbus, .virtioMMIO])
  static let dom0less = AnnouncementRules(possible: .xenbus, preset: .xenbus)
  /// Its virtio transports are on the machine in any case; the tree may tell of them.
  static let qemu = AnnouncementRules(possible: [.virtioMMIO, .virtioPCI], preset: [])
  static let qemuRISCV = AnnouncementRules(possible: .virtioMMIO, preset: [])
  static let powerPC = AnnouncementRules(possible: .xenbus, preset: .xenbus, required: .xenbus)
}

extension GuestPlatform {
  /// How a guest is told of its hypervisor.
  func announcements(to guest: Guest) -> Announcements { guest.announcements ?? announcements.preset }

  func announces(_ kind: Announcements, to guest: Guest) -> Bool { announcements(to: guest).contains(kind) }
}
