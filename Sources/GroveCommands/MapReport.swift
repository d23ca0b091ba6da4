// SPDX-License-Identifier: Apache-2.0
internal import BootTargets
internal import DeviceTree
internal import Diagnostics
internal import Foundation
internal import Machine
internal import XenSystem

/// What `grove map --format json` prints; Docs/ownership.md tells its shape. Addresses are hex strings, absent values null.
struct MapReport: Encodable {
  let format = 1
  /// Where everything lies while the system is loaded, for each flow that says so.
  var host: [HostMap] = []
  var guests: [GuestMap] = []
  /// With `--owners`.
  @Nullable var owners: Owners?

  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { return "" }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  struct HostMap: Encodable {
    let title: String
    let ram: [Row]
    let rows: [Row]

    init(_ map: MemoryMap) {
      title = map.title
      ram = map.banks.map { Row($0.range, $0.name) }
      rows = map.rows.map { Row($0.range, $0.what) }
    }
  }

  struct Row: Encodable {
    let start: String
    let end: String
    let size: UInt64
    let what: String

    init(_ range: Range<UInt64>, _ what: String) {
      start = hex(range.lowerBound)
      end = hex(range.upperBound)
      size = range.upperBound - range.lowerBound
      self.what = what
    }
  }

  struct GuestMap: Encodable {
    struct Part: Encodable {
      let start: String
      let end: String
      let size: UInt64
      let kind: String
      let what: String
      /// Where it is on the host, when that is known before the boot.
      @Nullable var host: String?
      let decidedAtBoot: Bool
    }

    let domain: String
    let rows: [Part]
    let holes: [Row]
    /// Sentences about what has no address before the boot.
    let decidedAtBoot: [String]

    init(_ map: GuestAddressMap) {
      domain = map.domain
      rows = map.rows.map { row in
        Part(
          start: hex(row.range.lowerBound), end: hex(row.range.upperBound),
          size: row.range.upperBound - row.range.lowerBound, kind: row.kind.rawValue, what: row.title,
          host: row.host.map { hex($0.lowerBound) }, decidedAtBoot: row.isOpen)
      }
      holes = map.open.isEmpty ? map.holes.map { Row($0, "hole") } : []
      decidedAtBoot = map.open
    }
  }
}

/// A value that is encoded as null when it is absent, and not left out.
@propertyWrapper struct Nullable<Value: Encodable>: Encodable {
  var wrappedValue: Value?

  init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}
