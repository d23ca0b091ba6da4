// SPDX-License-Identifier: Apache-2.0

/// Names of properties that are known before a tree is written, so that a writer need not look for them.
///
/// A name is kept where another one ends with it. Which of these names end with which is found out here, once.
package struct KnownNames: Sendable {
  /// A name that ends with another one.
  struct Ending: Sendable {
    var name: Int
    /// How many bytes of it stand before the other one.
    var offset: Int
  }

  private var bytes: [UInt8] = []
  private var names: [Range<Int>] = []
  private var endings: [Ending] = []
  private var endingsOfNames: [Range<Int>] = []

  package var count: Int { names.count }

  /// - Parameter names: each of them once.
  package init(_ names: [[UInt8]] = []) {
    for name in names {
      self.names.append(bytes.count..<bytes.count + name.count)
      bytes += name
    }
    for name in names {
      let first = endings.count
      for (number, other) in names.enumerated() where other.count > name.count && Self.ends(other, with: name) {
        endings.append(Ending(name: number, offset: other.count - name.count))
      }
      endingsOfNames.append(first..<endings.count)
    }
  }

  private static func ends(_ name: [UInt8], with other: [UInt8]) -> Bool {
    var from = name.count
    for byte in other.reversed() {
      from -= 1
      guard name[from] == byte else { return false }
    }
    return true
  }

  /// The name of that number.
  package subscript(_ number: Int) -> RawSpan {
    @_lifetime(borrow self)
    get { unsafe bytes.span.bytes.extracting(names[number]) }
  }

  func slice(_ number: Int) -> ArraySlice<UInt8> { bytes[names[number]] }

  /// Numbers in ``ending(_:)`` of the names that end with that one.
  func endings(of number: Int) -> Range<Int> { endingsOfNames[number] }

  func ending(_ number: Int) -> Ending { endings[number] }
}
