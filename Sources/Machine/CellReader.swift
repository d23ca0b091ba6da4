// SPDX-License-Identifier: Apache-2.0
internal import DeviceTree

/// Takes cells from the front of a value, and never more than there are.
struct CellReader {
  private let cells: [UInt32]
  private(set) var position = 0

  /// Nil when the value's length is no multiple of four.
  init?(_ value: PropertyValue) {
    guard let cells = value.cells else { return nil }
    self.cells = cells
  }

  init(_ cells: [UInt32]) { self.cells = cells }

  var isAtEnd: Bool { position == cells.count }

  /// The next cells, or nil when fewer are left.
  mutating func take(_ count: Int) -> [UInt32]? {
    guard count >= 0, count <= cells.count - position else { return nil }
    defer { position += count }
    return Array(cells[position..<position + count])
  }

  mutating func take() -> UInt32? {
    guard position < cells.count else { return nil }
    defer { position += 1 }
    return cells[position]
  }

  /// A number of so many cells; nil when fewer are left or it does not fit into 64 bits.
  mutating func number(cells count: Int) -> UInt64? { take(count).flatMap(Self.number) }

  static func number(_ cells: [UInt32]) -> UInt64? {
    guard cells.dropLast(2).allSatisfy({ $0 == 0 }) else { return nil }
    return cells.reduce(0) { $0 << 32 | UInt64($1) }
  }
}
