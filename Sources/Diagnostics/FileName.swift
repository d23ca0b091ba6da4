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
    var names: [String] = []
    var indices: [String: Int32] = [:]
  }

  private static let table = Mutex(Table())

  public init(_ text: String) {
    index = Self.table.withLock { table in
      if let known = table.indices[text] { return known }
      let index = Int32(truncatingIfNeeded: table.names.count)
      table.names.append(text)
      table.indices[text] = index
      return index
    }
  }

  public var text: String { index < 0 ? "" : Self.table.withLock { $0.names[Int(index)] } }
}
