// SPDX-License-Identifier: Apache-2.0
internal import Machine

/// Gives devices their addresses in the guest: those of the host, unless something of the guest's lies there.
struct GuestAddresses {
  /// What the guest has there already.
  var taken = AddressSet()
  /// Where devices go that cannot keep their addresses: nothing of an Arm guest lies here, in any Xen.
  private var free = AddressSet([0x0500_0000..<0x1000_0000])
  private var moved: [UInt64: UInt64] = [:]

  /// Where the guest sees pages of the host; the same place for the same pages. Nil when there is no room left.
  mutating func guestPages(for host: Range<UInt64>) -> Range<UInt64>? {
    if let start = moved[host.lowerBound] { return start..<(start + (host.upperBound - host.lowerBound)) }
    var overlap = taken
    overlap.remove(host)
    if overlap == taken { return host }
    guard let place = free.firstFit(size: host.upperBound - host.lowerBound, alignment: AssignedDevice.Mapping.page)
    else { return nil }
    free.remove(place)
    moved[host.lowerBound] = place.lowerBound
    return place
  }
}
