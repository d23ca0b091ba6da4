// SPDX-License-Identifier: Apache-2.0

/// A property name as a number: equal names have equal numbers.
struct Symbol: Hashable {
  let index: Int32
}

/// Every property name of a tree, once.
struct SymbolTable {
  private(set) var names: [String] = []
  private var symbols: [String: Symbol] = [:]

  var count: Int { names.count }

  mutating func symbol(for name: String) -> Symbol {
    if let known = symbols[name] { return known }
    let symbol = Symbol(index: Int32(truncatingIfNeeded: names.count))
    names.append(name)
    symbols[name] = symbol
    return symbol
  }

  func known(_ name: String) -> Symbol? { symbols[name] }

  subscript(symbol: Symbol) -> String { names[Int(symbol.index)] }

  /// The names for which something holds, asked once a name.
  func all(where holds: (String) -> Bool) -> [Bool] { names.map(holds) }
}
