// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
internal import Machine
internal import XenSystem

extension MapReport {
  /// The proof: everything with its one owner, and what domains share.
  struct Owners: Encodable {
    let domains: [Domain]
    let devices: [Device]
    let registers: [Registers]
    let interrupts: [Line]
    let streams: [Stream]
    let memory: [Memory]
    let cpus: [CPU]
    let shared: [Shared]
    let conflicts: [Conflict]

    init(_ ownership: Ownership) {
      func owner(_ owner: Owner) -> Holder { Holder(owner, in: ownership) }
      let tree = ownership.tree
      let names = ownership.domains.map(\.name)
      domains = ownership.domains.enumerated().map { index, domain in
        Domain(
          name: domain.name, kind: domain.isDom0 ? "dom0" : "guest", cpus: domain.cpus,
          pool: ownership.pools[domain.pool].name, memory: domain.memory, heapMemory: ownership.heapMemory(of: index),
          from: domain.place.description)
      }
      devices = ownership.devices.map { device in
        Device(
          path: tree.path(of: device.node), owner: owner(device.owner), disabled: device.isDisabled,
          registers: device.registers.map { Span($0) }, interrupts: device.interrupts.map(\.description),
          from: device.place.description)
      }
      registers = ownership.registers.map { entry in
        Registers(
          span: Span(entry.range), owner: owner(entry.owner), device: entry.device.map { tree.path(of: $0) },
          mapped: entry.isMapped, from: entry.place.description)
      }
      interrupts = ownership.interrupts.map { line in
        Line(
          interrupt: line.interrupt.description, id: line.interrupt.id, owner: owner(line.owner),
          devices: line.devices.map { tree.path(of: ownership.devices[$0].node) })
      }
      streams = ownership.streams.map { stream in
        Stream(
          iommu: tree.path(of: stream.iommu), first: hex(stream.ids.lowerBound),
          count: stream.ids.upperBound - stream.ids.lowerBound, mask: hex(stream.mask), owner: owner(stream.owner),
          device: tree.path(of: ownership.devices[stream.device].node))
      }
      memory = ownership.memory.map { piece in
        Memory(
          span: Span(piece.range), owner: owner(piece.owner), kind: piece.kind.rawValue, what: piece.title,
          from: piece.place.description)
      }
      cpus = ownership.pools.flatMap { pool in
        pool.cpus.map { CPU(path: tree.path(of: $0), pool: pool.name) }
      }
      shared = ownership.sharing().map { share in
        Shared(
          kind: share.kind.rawValue, what: share.what, domains: share.domains.map { names[$0] },
          through: share.hubs.sorted().map { names[$0] }, machinery: share.kind.isMachinery,
          from: share.places.map(\.description))
      }
      conflicts = ownership.conflicts.map { conflict in
        Conflict(
          kind: conflict.kind.rawValue, what: conflict.what,
          parties: [conflict.first, conflict.second].map {
            Party(owner: owner($0.owner), what: $0.title, from: $0.place.description)
          })
      }
    }
  }

  /// `kind` is xen, dom0, guest or nobody.
  struct Holder: Encodable {
    let kind: String
    @Nullable var name: String?
    /// Why it is nobody's.
    @Nullable var reason: String?

    init(_ owner: Owner, in ownership: Ownership) {
      switch owner {
      case .xen: kind = "xen"
      case .domain(let index):
        kind = ownership.domains[index].isDom0 ? "dom0" : "guest"
        name = ownership.domains[index].name
      case .nobody(let why):
        kind = "nobody"
        reason = why.rawValue
      }
    }
  }

  struct Span: Encodable {
    let start: String
    let end: String
    let size: UInt64

    init(_ range: Range<UInt64>) {
      start = hex(range.lowerBound)
      end = hex(range.upperBound)
      size = range.upperBound - range.lowerBound
    }
  }

  struct Domain: Encodable {
    let name: String
    let kind: String
    @Nullable var cpus: UInt32?
    let pool: String
    @Nullable var memory: UInt64?
    /// What of it Xen takes from its heap, at addresses that it chooses when it boots.
    let heapMemory: UInt64
    let from: String
  }

  struct Device: Encodable {
    let path: String
    let owner: Holder
    let disabled: Bool
    let registers: [Span]
    let interrupts: [String]
    let from: String
  }

  struct Registers: Encodable {
    let span: Span
    let owner: Holder
    /// Null for pages that a partial tree maps without naming a device.
    @Nullable var device: String?
    /// Whether a partial tree maps it, in whole pages.
    let mapped: Bool
    let from: String
  }

  struct Line: Encodable {
    let interrupt: String
    let id: UInt32
    let owner: Holder
    let devices: [String]
  }

  struct Stream: Encodable {
    let iommu: String
    let first: String
    let count: UInt64
    let mask: String
    let owner: Holder
    let device: String
  }

  struct Memory: Encodable {
    let span: Span
    let owner: Holder
    let kind: String
    let what: String
    let from: String
  }

  struct CPU: Encodable {
    let path: String
    let pool: String
  }

  struct Shared: Encodable {
    let kind: String
    let what: String
    let domains: [String]
    /// The domains with which alone the others share it; empty when each shares it with each.
    let through: [String]
    let machinery: Bool
    let from: [String]
  }

  struct Conflict: Encodable {
    let kind: String
    let what: String
    let parties: [Party]
  }

  struct Party: Encodable {
    let owner: Holder
    let what: String
    let from: String
  }
}
