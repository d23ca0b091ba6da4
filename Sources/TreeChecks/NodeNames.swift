// SPDX-License-Identifier: Apache-2.0
import DeviceTree

/// The names of nodes as symbols: whole ones, and the parts before and behind the `@`.
struct NodeNames {
  private(set) var whole = SymbolTable()
  private(set) var parts = SymbolTable()

  mutating func take(_ name: String, into facts: inout Inspection.Facts) {
    if unsafe name.utf8.withContiguousStorageIfAvailable({ unsafe take(UnsafeRawBufferPointer($0), into: &facts) })
      == nil
    {
      unsafe Array(name.utf8).withUnsafeBytes { unsafe take($0, into: &facts) }
    }
  }

  private mutating func take(_ name: UnsafeRawBufferPointer, into facts: inout Inspection.Facts) {
    var length = 0
    while length < name.count, unsafe name[length] != UInt8(ascii: "@") { length += 1 }
    facts.baseLength = Int32(truncatingIfNeeded: length)
    facts.name = unsafe whole.symbol(for: name)
    facts.base = unsafe parts.symbol(for: UnsafeRawBufferPointer(rebasing: name[..<length]))
    if length + 1 < name.count {
      facts.address = unsafe parts.symbol(for: UnsafeRawBufferPointer(rebasing: name[(length + 1)...]))
    }
  }
}

extension Inspection {
  /// The nodes of that name, unit address included, in tree order.
  func nodes(called name: String) -> [Int32] {
    let symbol = names.whole.known(name)
    guard symbol != .none else { return [] }
    return order.filter { facts[Int($0)].name == symbol }
  }
}
