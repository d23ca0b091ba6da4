// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

extension Topology {
  /// What a device on a bus can reach as a master: its own addresses, and where these are for the CPUs.
  ///
  /// The nearest `dma-ranges` above the device says so; a bus further up that has none passes addresses on as they are.
  ///
  /// - Returns: nil when no node above says anything, so that nothing is known to be out of reach. Windows that a bus above
  ///   does not cover are left out, so that an unreadable `dma-ranges` gives an empty list.
  public func dmaReach(of device: DeviceTree.NodeID) -> [AddressWindow]? {
    var current = tree[device].parent
    while let bus = current, dmaMapping(of: bus) == nil { current = tree[bus].parent }
    guard let nearest = current, let mapping = dmaMapping(of: nearest) else { return nil }
    var windows: [AddressWindow]
    switch mapping {
    case .identity: return nil
    case .windows(let entries): windows = entries
    case .none, .malformed: return []
    }
    var bus = tree[nearest].parent
    while let above = bus {
      switch dmaMapping(of: above) {
      case .windows(let outer)?:
        windows = windows.compactMap { window in
          guard let start = outer.lazy.compactMap({ $0.translated(window.parent) }).first?.lowerBound else {
            return nil
          }
          return AddressWindow(bus: window.bus, parentStart: start)
        }
      case .some(.none), .malformed?: return []
      case .identity?, nil: break
      }
      bus = tree[above].parent
    }
    return windows
  }
}
