// SPDX-License-Identifier: Apache-2.0
public import DeviceTree

/// One entry of a bus's `ranges` or `dma-ranges` (specification, sections 2.3.8 and 2.3.9).
public struct AddressWindow: Hashable, Sendable {
  /// Addresses on the bus.
  public var bus: Range<UInt64>
  /// Where the window begins on the bus above.
  public var parentStart: UInt64

  public init(bus: Range<UInt64>, parentStart: UInt64) {
    self.bus = bus
    self.parentStart = parentStart
  }

  /// The same addresses as the bus above knows them.
  public var parent: Range<UInt64> { parentStart..<parentStart.saturatingAdd(bus.upperBound - bus.lowerBound) }

  func translated(_ range: Range<UInt64>) -> Range<UInt64>? {
    guard range.lowerBound >= bus.lowerBound, range.upperBound <= bus.upperBound,
      range.lowerBound < bus.upperBound
    else { return nil }
    let (start, overflow) = parentStart.addingReportingOverflow(range.lowerBound - bus.lowerBound)
    guard !overflow else { return nil }
    return start..<start.saturatingAdd(range.upperBound - range.lowerBound)
  }
}

/// How addresses below a node become addresses on the bus that the node stands on.
public enum BusMapping: Hashable, Sendable {
  /// They are the same: `ranges` is there and empty.
  case identity
  case windows([AddressWindow])
  /// They do not: there is no `ranges`, as for the address of a chip on I²C, or they are no plain numbers, as on PCI.
  case none
  /// The value is no whole number of entries.
  case malformed
}

/// What became of an address of a bus on its way to the CPUs.
public enum Translation: Hashable, Sendable {
  /// The CPUs reach it here.
  case cpu(Range<UInt64>)
  /// The CPUs do not address it: this node passes no addresses on.
  case notMapped(at: DeviceTree.NodeID)
  /// No window of this node covers the whole range.
  case outside(DeviceTree.NodeID)
  /// The `ranges` of this node cannot be read.
  case malformed(DeviceTree.NodeID)

  /// The addresses for the CPUs, where there are any.
  public var range: Range<UInt64>? {
    guard case .cpu(let range) = self else { return nil }
    return range
  }
}

extension Topology {
  /// How a node's children are reached from the bus above.
  public func mapping(of bus: DeviceTree.NodeID) -> BusMapping { mapping(of: bus, by: "ranges") }

  /// How far devices below a node reach into the bus above, as masters. Nil when the node says nothing of it.
  public func dmaMapping(of bus: DeviceTree.NodeID) -> BusMapping? {
    tree[bus, "dma-ranges"] == nil ? nil : mapping(of: bus, by: "dma-ranges")
  }

  /// Addresses on a bus as the CPUs know them.
  public func cpuAddresses(of range: Range<UInt64>, on bus: DeviceTree.NodeID) -> Translation {
    var range = range
    var bus = bus
    while let parent = tree[bus].parent {
      switch mapping(of: bus) {
      case .identity: break
      case .none: return .notMapped(at: bus)
      case .malformed: return .malformed(bus)
      case .windows(let windows):
        guard let above = windows.lazy.compactMap({ $0.translated(range) }).first else { return .outside(bus) }
        range = above
      }
      bus = parent
    }
    return .cpu(range)
  }

  private func mapping(of bus: DeviceTree.NodeID, by property: String) -> BusMapping {
    guard let value = tree[bus, property], let above = tree[bus].parent else { return .none }
    let own = tree.cellSizes(of: bus)
    let outer = tree.cellSizes(of: above)
    guard (1...2).contains(own.address), (1...2).contains(outer.address) else {
      return value.isEmpty && own == outer ? .identity : .none
    }
    if value.isEmpty { return .identity }
    guard var cells = CellReader(value), own.size >= 0 else { return .malformed }
    var windows: [AddressWindow] = []
    while !cells.isAtEnd {
      guard let start = cells.number(cells: own.address), let parentStart = cells.number(cells: outer.address),
        let size = cells.number(cells: own.size)
      else { return .malformed }
      windows.append(AddressWindow(bus: start..<start.saturatingAdd(size), parentStart: parentStart))
    }
    return .windows(windows)
  }
}

extension UInt64 {
  func saturatingAdd(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
