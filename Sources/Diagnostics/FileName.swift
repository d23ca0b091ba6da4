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

  private struct Table {
    /// How many names are looked through one by one. Most processes know few.
    private static let threshold = 16

    private(set) var names: [String] = []
    private var indices: [String: Int32] = [:]

    mutating func index(of text: String) -> Int32 {
      if indices.isEmpty {
        if let known = names.firstIndex(of: text) { return Int32(truncatingIfNeeded: known) }
        if names.count == Self.threshold {
          for (index, name) in names.enumerated() { indices[name] = Int32(truncatingIfNeeded: index) }
        }
      } else if let known = indices[text] {
        return known
      }
      let index = Int32(truncatingIfNeeded: names.count)
      names.append(text)
      if !indices.isEmpty { indices[text] = index }
      return index
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
