// SPDX-License-Identifier: Apache-2.0

/// Names of properties that are known before a tree is written, so that a writer need not look for them.
///
/// A name is kept where another one ends with it. Which of these names end with which is found out here, once.
///
/// Nothing of it changes, and each writer holds it: hence a class, which is shared instead of copied.
package final class KnownNames: Sendable {
  /// A name that ends with another one.
  package struct Ending: Sendable {
    package let name: Int
    /// How many bytes of it stand before the other one.
    package let offset: Int
  }

  private let bytes: [UInt8]
  private let names: [Range<Int>]
  private let endings: [Ending]
  private let endingsOfNames: [Range<Int>]

  package static let none = KnownNames([])

  package var count: Int { names.count }

  /// - Parameter names: each of them once.
  package convenience init(_ names: [[UInt8]]) {
    var bytes: [UInt8] = []
    var ranges: [Range<Int>] = []
    for name in names {
      ranges.append(bytes.count..<bytes.count + name.count)
      bytes += name
    }
    self.init(bytes, ranges)
  }

  /// - Parameters:
  ///   - bytes: all names.
  ///   - names: where each of them is, and each of them once.
  package init(_ bytes: [UInt8], _ names: [Range<Int>]) {
    var endings: [Ending] = []
    var endingsOfNames: [Range<Int>] = []
    endingsOfNames.reserveCapacity(names.count)
    for name in names {
      let first = endings.count
      for (number, other) in names.enumerated() where other.count > name.count {
        let offset = other.count - name.count
        if Self.isSame(bytes, name, other.dropFirst(offset)) { endings.append(Ending(name: number, offset: offset)) }
      }
      endingsOfNames.append(first..<endings.count)
    }
    self.bytes = bytes
    self.names = names
    self.endings = endings
    self.endingsOfNames = endingsOfNames
  }

  private static func isSame(_ bytes: [UInt8], _ one: Range<Int>, _ other: Range<Int>) -> Bool {
    for index in 0..<one.count where bytes[one.lowerBound + index] != bytes[other.lowerBound + index] { return false }
    return true
  }

  /// The name of that number.
  package subscript(_ number: Int) -> ArraySlice<UInt8> { bytes[names[number]] }

  /// Numbers in ``ending(_:)`` of the names that end with that one.
  package func endings(of number: Int) -> Range<Int> { endingsOfNames[number] }

  package func ending(_ number: Int) -> Ending { endings[number] }
}
