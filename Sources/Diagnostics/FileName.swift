// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The name of a file, kept once in the process: a place is then a few numbers that cost nothing to copy.
///
/// A tree holds a place for each of its properties, most of them in very few files.
public struct FileName: Hashable, Sendable, BitwiseCopyable {
  @usableFromInline var index: Int32

  @usableFromInline
  init(index: Int32) {
    self.index = index
  }

  /// For a place that is not known, and which nobody asks for its file.
  @inlinable package static var unknown: FileName { FileName(index: -1) }

  /// The names, found by hashing. Not with a dictionary, whose type the runtime would first have to make.
  private struct Table {
    /// How many names are only looked through. Most processes know few.
    private static let few = 8

    private(set) var names: [String] = []
    /// By hash: the number of a name plus one, 0 for a free place. The count is a power of two.
    private var places: [Int32] = []

    mutating func index(of text: String) -> Int32 {
      if let known = names.prefix(Self.few).firstIndex(of: text) { return Int32(truncatingIfNeeded: known) }
      guard names.count >= Self.few else {
        names.append(text)
        return Int32(truncatingIfNeeded: names.count - 1)
      }
      if places.isEmpty { grow() }
      let place = place(of: text)
      if places[place] > 0 { return places[place] - 1 }
      names.append(text)
      places[place] = Int32(truncatingIfNeeded: names.count)
      if names.count * 2 > places.count { grow() }
      return Int32(truncatingIfNeeded: names.count - 1)
    }

    /// Where the number of a name is, or the free place for it.
    private func place(of text: String) -> Int {
      var place = text.hashValue & (places.count - 1)
      while places[place] > 0, names[Int(places[place]) - 1] != text { place = (place + 1) & (places.count - 1) }
      return place
    }

    private mutating func grow() {
      places = Array(repeating: 0, count: max(places.count * 2, 64))
      for number in names.indices { places[place(of: names[number])] = Int32(truncatingIfNeeded: number + 1) }
    }
  }

  private static let table = Mutex(Table())

  public init(_ text: String) {
    index = Self.table.withLock { table in
      table.index(of: text)
    }
  }

  public var text: String { index < 0 ? "" : Self.table.withLock { $0.names[Int(index)] } }
}
