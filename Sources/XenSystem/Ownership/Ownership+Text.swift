// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine

extension Ownership {
  /// Who has what, for people: RAM by address, a section for Xen, each domain and nobody, then what domains share.
  public var text: String { OwnershipText(self).text }
}

/// The sections of the text, made of everything sorted by its owner once.
private struct OwnershipText {
  private let ownership: Ownership
  private let devices: [Owner: [Ownership.Device]]
  private let memory: [Owner: [Ownership.Memory]]
  /// Pages without a device of the host's.
  private let pages: [Owner: [Ownership.Registers]]
  private let streams: [Int: [Ownership.StreamClaim]]
  private let pools: [Int: [Ownership.Domain]]

  init(_ ownership: Ownership) {
    self.ownership = ownership
    devices = Dictionary(grouping: ownership.devices, by: \.owner)
    memory = Dictionary(grouping: ownership.memory, by: \.owner)
    pages = Dictionary(grouping: ownership.registers.filter { $0.isMapped && $0.device == nil }, by: \.owner)
    streams = Dictionary(grouping: ownership.streams, by: \.device)
    pools = Dictionary(grouping: ownership.domains, by: \.pool)
  }

  var text: String {
    var text = "RAM, by owner:\n"
    for piece in ownership.memory {
      text +=
        "  " + AddressLine.text(piece.range, "\(ownership.name(of: piece.owner)): \(piece.title)\(piece.kind.remark)")
        + "\n"
    }
    text += "owners:\n"
    text += section("Xen", .xen)
    for (index, domain) in ownership.domains.enumerated() { text += section(domain.name, .domain(index)) }
    text += nobodys()
    text += cpus()
    text += conflictText()
    return text + matrix(ownership.sharing())
  }

  // MARK: One owner

  private func section(_ name: String, _ owner: Owner) -> String {
    var lines: [String] = []
    if let index = owner.domain {
      let amount = ownership.heapMemory(of: index)
      if amount > 0 { lines.append("\(describeSize(amount)) of Xen's heap, at addresses that Xen chooses at boot") }
    }
    for piece in memory[owner] ?? [] where piece.kind.isSetAside {
      lines.append("\(describe(piece.range))  \(piece.title)")
    }
    // dom0 has what is left: too much to be read in one piece.
    let isRest = owner.domain.map { $0 == ownership.hardware } ?? false
    lines += deviceLines(devices[owner] ?? [], isRest ? Self.shown : .max)
    for entry in pages[owner] ?? [] {
      lines.append("\(describe(entry.range))  pages without a device of the host's tree")
    }
    if lines.isEmpty { lines = ["nothing"] }
    return "  \(name)\n" + lines.map { "    \($0)\n" }.joined()
  }

  /// How much is named of what there is a lot of.
  private static let shown = 12
  /// As many paths as one line is good for.
  private static let few = 4

  private func deviceLines(_ all: [Ownership.Device], _ limit: Int) -> [String] {
    // A part without registers and interrupts says no more than its device.
    let telling = all.filter { !$0.registers.isEmpty || !$0.interrupts.isEmpty }
    var lines = telling.prefix(limit).map(line)
    let rest = all.count - lines.count
    let others = all.filter { $0.registers.isEmpty && $0.interrupts.isEmpty }
    if rest == others.count, rest > 0, rest <= Self.few {
      lines.append(
        (lines.isEmpty ? "" : "also ") + others.map { ownership.tree.path(of: $0.node) }.joined(separator: ", "))
    } else if rest > 0 {
      let more = lines.isEmpty ? "" : "more "
      lines.append("\(rest) \(more)\(rest == 1 ? "node" : "nodes"), which --format json names")
    }
    return lines
  }

  private func line(_ device: Ownership.Device) -> String {
    var facts = [ownership.tree.path(of: device.node)]
    facts += device.registers.prefix(4).map(describe)
    if device.registers.count > 4 { facts.append("\(device.registers.count - 4) more ranges") }
    if !device.interrupts.isEmpty {
      let list = device.interrupts.prefix(8).map(\.description).joined(separator: ", ")
      facts.append(list + (device.interrupts.count > 8 ? " and \(device.interrupts.count - 8) more" : ""))
    }
    if let index = ownership.deviceAt[device.node] {
      let ids = (streams[index] ?? []).prefix(4)
      facts += ids.map { "stream \(hex($0.ids.lowerBound)) of \(ownership.tree.path(of: $0.iommu))" }
    }
    if device.isDisabled { facts.append("disabled") }
    return facts.joined(separator: "  ")
  }

  private func nobodys() -> String {
    var text = ""
    for reason in Owner.Reason.all {
      let all = devices[.nobody(reason)] ?? []
      let pieces = memory[.nobody(reason)] ?? []
      guard !all.isEmpty || !pieces.isEmpty else { continue }
      let lines = pieces.map { "\(describe($0.range))  \($0.title)" } + deviceLines(all, Self.shown)
      text += "  nobody: \(reason.rawValue)\n" + lines.map { "    \($0)\n" }.joined()
    }
    return text
  }

  // MARK: All owners

  private func cpus() -> String {
    var text = "CPUs: Xen runs the virtual CPUs of a pool's domains on all CPUs of the pool\n"
    for (index, pool) in ownership.pools.enumerated() {
      let users = (pools[index] ?? []).map { domain in
        domain.name + (domain.cpus.map { " (\($0) virtual)" } ?? "")
      }
      let list = users.isEmpty ? "nobody" : users.joined(separator: ", ")
      text += "  \(pool.name), \(pool.cpus.count) \(pool.cpus.count == 1 ? "CPU" : "CPUs"): \(list)\n"
    }
    return text
  }

  private func conflictText() -> String {
    guard !ownership.conflicts.isEmpty else { return "" }
    return "two owners:\n"
      + ownership.conflicts.map { "  \($0.what): \($0.first.title), \($0.second.title)\n" }.joined()
  }

  /// A line for each thing, a column for each domain that may have a part in it.
  private func matrix(_ shares: [Share]) -> String {
    guard !shares.isEmpty else { return ownership.domains.count > 1 ? "the domains share nothing\n" : "" }
    let titles = shares.map { "\($0.kind.rawValue): \($0.what)" }
    let names = ownership.domains.map(\.name)
    // Too many columns are harder to read than lists of names.
    guard names.reduce(0, { $0 + $1.count + 2 }) <= 60 else {
      return "shared:\n"
        + zip(shares, titles).map { share, title in
          "  \(title): \(share.domains.map { names[$0] }.joined(separator: ", "))\n"
        }.joined()
    }
    var text = "shared:\n  " + names.joined(separator: "  ") + "\n"
    for (share, title) in zip(shares, titles) {
      let marks = names.indices.map { index -> String in
        let mark = !share.domains.contains(index) ? "-" : share.hubs.contains(index) ? "*" : "x"
        return mark + String(repeating: " ", count: max(names[index].count - 1, 0))
      }
      text += "  " + marks.joined(separator: "  ") + "  \(title)\n"
    }
    if shares.contains(where: { !$0.hubs.isEmpty }) {
      text += "  x has a part in it with every other x; beside a * with that one alone\n"
    }
    return text
  }
}

extension Owner.Reason {
  static let all: [Owner.Reason] = [.setAside, .privateInterrupt, .secondController, .hidden, .firmware, .noDom0]
}

extension Ownership.Memory.Kind {
  fileprivate var remark: String {
    switch self {
    case .module: ", until its domain is built"
    case .heap: ", of which domains get theirs"
    default: ""
    }
  }

  /// Whether it is one owner's as long as the system runs.
  fileprivate var isSetAside: Bool {
    switch self {
    case .staticHeap, .staticMemory, .sharedMemory, .reserved: true
    case .heap, .module, .loader: false
    }
  }
}
