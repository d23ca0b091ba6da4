// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
public import Diagnostics
public import Machine
internal import XenFacts

/// A range of memory that something other than a module keeps while the system is loaded.
public typealias Spot = Machine.Region

/// Where each copy of `XenSystem.loads` lies in memory.
public struct Placement: Hashable, Sendable {
  /// One half-open range for each load, in the same order.
  public var ranges: [Range<UInt64>]
  /// What is not the loads': the Xen image, the tree, what the loader keeps.
  public var spots: [Spot]
}

extension XenSystem {
  /// Finds an address for everything that has to be loaded: pinned ones first, then each at the lowest free multiple of 2 MiB.
  ///
  /// Free is the machine's RAM less what the firmware reserves, what domains hold statically, and the given spots.
  ///
  /// - Throws: `Failure` when a pinned address is taken or outside RAM, or the memory does not suffice.
  public func place(loads: [Load], around spots: [Spot], in machine: Machine) throws(Failure) -> Placement {
    let taken = taken(by: spots, in: machine)
    var free = machine.ram
    for region in taken { free.remove(region.range) }

    var errors: [Diagnostic] = []
    var ranges = [Range<UInt64>?](repeating: nil, count: loads.count)
    for (index, load) in loads.enumerated() {
      guard let pinned = load.module.address else { continue }
      let range = pinned.value..<pinned.value.saturatingAdd(max(load.module.size, 1))
      if free.contains(range) {
        free.remove(range)
        ranges[index] = range
      } else {
        errors.append(refusal(of: range, for: load, at: pinned.location, in: machine, taken, loads, ranges))
      }
    }
    guard errors.isEmpty else { throw Failure(errors) }

    for (index, load) in loads.enumerated() where ranges[index] == nil {
      guard let range = free.firstFit(size: max(load.module.size, 1), alignment: XenLimits.moduleAlignment) else {
        throw Failure(noRoom(for: load, free: free, in: machine))
      }
      free.remove(range)
      ranges[index] = range
    }
    return Placement(ranges: ranges.compactMap { $0 }, spots: spots)
  }

  /// Where a back end may put what is not a load, such as the Xen image: RAM that `place` would use, less the pinned addresses.
  public func freeMemory(around spots: [Spot], in machine: Machine) -> AddressSet {
    var free = machine.ram
    for region in taken(by: spots, in: machine) { free.remove(region.range) }
    for (_, module) in modules {
      guard let address = module.address?.value else { continue }
      free.remove(address..<address.saturatingAdd(max(module.size, 1)))
    }
    return free
  }

  /// Everything that no load may touch.
  private func taken(by spots: [Spot], in machine: Machine) -> [Spot] { machine.reserved + staticMemory() + spots }

  /// Host memory that `xen,static-mem` and `xen,static-heap` set aside.
  public func staticMemory() -> [Spot] {
    var result: [Spot] = []
    for domain in domains {
      for property in domain.properties where property.name == "xen,static-mem" {
        // Measured with the cells of /chosen, which Grove always writes as 2 and 2.
        guard let cells = property.value.cells, cells.count % 4 == 0 else { continue }
        for at in stride(from: 0, to: cells.count, by: 4) {
          let start = UInt64(cells[at]) << 32 | UInt64(cells[at + 1])
          let size = UInt64(cells[at + 2]) << 32 | UInt64(cells[at + 3])
          result.append(
            Spot(range: start..<start.saturatingAdd(size), name: "static memory of \(domain.name.value)"))
        }
      }
    }
    if let chosen = host.tree.node(at: "/chosen"), let heap = host.tree[chosen, "xen,static-heap"],
      let ranges = host.tree.ranges(heap, under: host.tree.root)
    {
      result += ranges.map { Spot(range: $0, name: "Xen's static heap") }
    }
    return result
  }

  private func refusal(
    of range: Range<UInt64>, for load: Load, at location: SourceLocation?, in machine: Machine,
    _ taken: [Spot], _ loads: [Load], _ ranges: [Range<UInt64>?]
  ) -> Diagnostic {
    let place = location.map { Place($0) } ?? Place(file: host.file)
    let what = "\(load.title) at \(describe(range))"
    if let other = zip(loads, ranges).first(where: { $0.1.map(range.overlaps) ?? false }), let at = other.1 {
      return .error("module-overlap", "\(what) overlaps \(other.0.title) at \(describe(at))", at: place)
    }
    if let spot = taken.first(where: { $0.range.overlaps(range) }) {
      return .error("module-overlap", "\(what) overlaps \(spot.name) at \(describe(spot.range))", at: place)
    }
    let banks = machine.memory.map { describe($0.range) }.joined(separator: ", ")
    return .error(
      "module-outside-ram", "\(what) is not in RAM: the host has \(banks.isEmpty ? "none" : banks)", at: place)
  }

  private func noRoom(for load: Load, free: AddressSet, in machine: Machine) -> Diagnostic {
    let place = load.module.location.map { Place($0) } ?? Place(file: host.file)
    let largest = free.largest.map { "the largest free piece of RAM is \(describe($0))" } ?? "no RAM is free"
    return .error(
      "no-room", "no room for \(load.title), \(describeSize(load.module.size)): \(largest)", at: place,
      hint: machine.memory.isEmpty ? "the host tree has no /memory node" : nil)
  }
}

extension UInt64 {
  func saturatingAdd(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
