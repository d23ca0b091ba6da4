// SPDX-License-Identifier: Apache-2.0
internal import BootImages
internal import Diagnostics
public import Machine
internal import XenFacts
public import XenSystem

/// The host's memory while a system is loaded: every bank, what lies in it, and what is free.
public struct MemoryMap: Hashable, Sendable {
  public struct Row: Hashable, Sendable {
    public var range: Range<UInt64>
    public var what: String
  }

  /// `qemu`, or nothing for a finished tree.
  public var title: String
  public var banks: [Machine.Region]
  /// Ascending, without what is free.
  public var rows: [Row]
  /// A line for each domain.
  public var domains: [String]

  /// The map of a plan with a placement.
  public init(_ plan: BootPlan, of system: XenSystem) {
    self.init(
      title: plan.target.rawValue, system: system, spots: plan.placement?.spots ?? [],
      rows: zip(plan.loads, plan.placement?.ranges ?? []).map { load, range in
        let users = load.users.count > 1 ? " (for " + load.users.map(system.title).joined(separator: ", ") + ")" : ""
        return Row(range: range, what: load.title + users)
      })
  }

  /// The map of a finished tree, which says itself where its modules are.
  public init(finished system: XenSystem) {
    let rows = system.modules.compactMap { id, module in
      module.address.map { address in
        let end = address.value.addingReportingOverflow(module.size)
        return Row(range: address.value..<(end.overflow ? .max : end.partialValue), what: system.title(of: id))
      }
    }
    self.init(title: system.host.file, system: system, spots: [], rows: rows)
  }

  private init(title: String, system: XenSystem, spots: [Spot], rows: [Row]) {
    let machine = Machine(system.host.tree)
    self.title = title
    banks = machine.memory.sorted { $0.range.lowerBound < $1.range.lowerBound }
    self.rows = (rows + (machine.reserved + spots).map { Row(range: $0.range, what: $0.name) })
      .sorted { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    domains = system.domains.map(Self.describe)
  }

  private static func describe(_ domain: Domain) -> String {
    var facts: [String] = []
    if let cpus = domain.cpus?.value { facts.append(cpus == 1 ? "1 cpu" : "\(cpus) cpus") }
    if let memory = domain.memory?.value { facts.append(describeSize(memory)) }
    for module in domain.modules {
      let file = module.file.map { " \($0.name)" } ?? ""
      let format = module.image.map { " (\($0.description))" } ?? ""
      facts.append("\(module.kind.rawValue)\(file)\(format)")
    }
    return "\(domain.name.value): " + facts.joined(separator: ", ")
  }

  /// The map as a table.
  public var text: String {
    var lines: [String] = ["\(title):"]
    for bank in banks {
      lines.append("  RAM \(Diagnostics.describe(bank.range))")
      var free = bank.range.lowerBound
      for row in rows where row.range.overlaps(bank.range) {
        if row.range.lowerBound > free { lines.append(line(free..<row.range.lowerBound, "free")) }
        lines.append(line(row.range, row.what))
        free = max(free, row.range.upperBound)
      }
      if free < bank.range.upperBound { lines.append(line(free..<bank.range.upperBound, "free")) }
    }
    lines += domains.map { "  \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ range: Range<UInt64>, _ what: String) -> String { "    " + AddressLine.text(range, what) }
}

extension GuestAddressMap {
  /// The map as a table, with its holes.
  public var text: String {
    var lines: [(start: UInt64, order: Int, text: String)] = rows.map { row in
      let host = row.host.map {
        $0.lowerBound == row.range.lowerBound ? ", the host's address" : ", the host's \(hex($0.lowerBound))"
      }
      let backing = row.isOpen ? ", in memory of the host that Xen chooses at boot" : ""
      let indent = row.isInside ? "  " : ""
      return (
        row.range.lowerBound, row.isInside ? 1 : 0,
        AddressLine.text(row.range, indent + row.title + (host ?? "") + backing)
      )
    }
    if open.isEmpty { lines += holes.map { ($0.lowerBound, 0, AddressLine.text($0, "hole")) } }
    lines.sort { ($0.start, $0.order) < ($1.start, $1.order) }
    return "\(domain), as it sees its addresses:\n"
      + (lines.map(\.text) + open).map { "  \($0)\n" }.joined()
  }
}
