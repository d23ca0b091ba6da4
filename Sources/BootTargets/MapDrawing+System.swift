// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree
internal import Diagnostics
public import XenSystem

extension MapDrawing {
  /// A picture of the machine with its owners, and of what each domain sees.
  public init(_ ownership: Ownership, guests: [GuestAddressMap], title: String) {
    var columns: [Column] = []
    columns.append(Column("the host, by owner", Self.hostBands(ownership)))
    let names = ownership.domains.map(\.name)
    let numbers = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    for map in guests {
      let fill = numbers[map.domain].map { Fill.domain($0) } ?? .nothing
      columns.append(Column("\(map.domain), as it sees its addresses", Self.bands(map, fill)))
    }
    self.init(title: title, columns: columns)
    legend = [("Xen", .xen)] + names.enumerated().map { ($1, .domain($0)) } + [("nobody", .nothing)]
  }

  /// A picture of what domains see, without the host.
  public init(guests: [GuestAddressMap], title: String) {
    self.init(
      title: title,
      columns: guests.enumerated().map { Column("\($1.domain), as it sees its addresses", Self.bands($1, .domain($0))) }
    )
  }

  private static func bands(_ map: GuestAddressMap, _ fill: Fill) -> [Band] {
    var bands = map.rows.map { row in
      Band(row.range, row.title + (row.isOpen ? ", backed at boot" : ""), fill: fill, isInside: row.isInside)
    }
    if map.open.isEmpty { bands += map.holes.map { Band($0, "hole", fill: .nothing) } }
    bands.sort { ($0.start, $0.isInside ? 1 : 0) < ($1.start, $1.isInside ? 1 : 0) }
    return bands + map.open.map { Band(nil, $0, fill: fill) }
  }

  /// Neighbouring registers of one owner are one band: boards have hundreds.
  private static func hostBands(_ ownership: Ownership) -> [Band] {
    struct Piece {
      var range: Range<UInt64>
      var owner: Owner
      /// A device's path or what memory is for.
      var title: String
      var isMemory: Bool
      var count = 1
    }
    var pieces = ownership.memory.map { Piece(range: $0.range, owner: $0.owner, title: $0.title, isMemory: true) }
    pieces += ownership.registers.map { entry in
      let title = entry.device.map { ownership.tree.path(of: $0) } ?? entry.title
      return Piece(range: entry.range, owner: entry.owner, title: title, isMemory: false)
    }
    pieces.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var merged: [Piece] = []
    for piece in pieces {
      if let last = merged.last, !last.isMemory, !piece.isMemory, last.owner == piece.owner {
        let end = max(last.range.upperBound, piece.range.upperBound)
        merged[merged.count - 1].range = last.range.lowerBound..<end
        merged[merged.count - 1].count += 1
      } else {
        merged.append(piece)
      }
    }
    var bands = merged.map { piece in
      let what = piece.count > 1 ? "\(piece.count) ranges of registers" : piece.title
      return Band(piece.range, "\(ownership.name(of: piece.owner)): \(what)", fill: fill(piece.owner))
    }
    for (index, domain) in ownership.domains.enumerated() where ownership.heapMemory(of: index) > 0 {
      let size = describeSize(ownership.heapMemory(of: index))
      bands.append(Band(nil, "\(domain.name): \(size) of Xen's heap, decided at boot", fill: .domain(index)))
    }
    return bands
  }

  private static func fill(_ owner: Owner) -> Fill {
    switch owner {
    case .xen: .xen
    case .domain(let index): .domain(index)
    case .nobody: .nothing
    }
  }
}

extension MapDrawing.Band {
  fileprivate var start: UInt64 { range?.lowerBound ?? 0 }
}
