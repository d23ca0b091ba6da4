// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// How much room a blob leaves, and where its parts stand. Everything left alone gives the smallest blob.
  public struct Layout: Equatable, Sendable {
    /// How many zero bytes to leave free at the end, for a boot loader that adds to the tree.
    public var padding: Int
    /// The smallest size of the whole blob; zero bytes at the end make it up.
    public var minimumSize: Int
    /// A power of two that the size of the whole blob shall be a multiple of.
    public var alignment: Int
    /// How many empty entries to leave at the end of the memory reservation block, for a boot loader to fill.
    public var freeReservations: Int
    /// A power of two that the offset of the strings block shall be a multiple of, such as the size of a page.
    public var stringsAlignment: Int

    public init(
      padding: Int = 0, minimumSize: Int = 0, alignment: Int = 1, freeReservations: Int = 0, stringsAlignment: Int = 1
    ) {
      self.padding = padding
      self.minimumSize = minimumSize
      self.alignment = alignment
      self.freeReservations = freeReservations
      self.stringsAlignment = stringsAlignment
    }
  }
}

extension FlattenedTree.Layout {
  var isPossible: Bool {
    padding >= 0 && minimumSize >= 0 && freeReservations >= 0 && Self.isPowerOfTwo(alignment)
      && Self.isPowerOfTwo(stringsAlignment)
  }

  private static func isPowerOfTwo(_ number: Int) -> Bool { number > 0 && number & (number - 1) == 0 }
}

/// Where the parts of a blob stand, worked out before it is written.
struct BlobPlan {
  var reservationsOffset: Int
  var structureOffset: Int
  var stringsOffset: Int
  var totalSize: Int

  /// The largest blob that is written: libfdt keeps offsets in signed 32-bit numbers.
  static let largestSize = Int(Int32.max)

  /// - Parameters:
  ///   - reservations: The bytes of the reservation block, without free entries and without the one that ends it.
  ///   - structure: The bytes of the structure block, and `strings` those of the strings block.
  /// - Returns: nil when the blob would be too large.
  init?(
    _ version: FlattenedTree.Version, reservations: Int, structure: Int, strings: Int, _ layout: FlattenedTree.Layout
  ) {
    reservationsOffset = (version.headerSize + 7) & ~7
    var end = Sum(reservationsOffset)
    end.add(reservations)
    end.add(FlattenedTree.reservationSize)
    end.add(layout.freeReservations, times: FlattenedTree.reservationSize)
    structureOffset = end.value
    end.add(structure)
    end.align(to: layout.stringsAlignment)
    stringsOffset = end.value
    end.add(strings)
    end.add(layout.padding)
    end.value = max(end.value, layout.minimumSize)
    end.align(to: layout.alignment)
    totalSize = end.value
    guard !end.isTooLarge, totalSize <= Self.largestSize else { return nil }
  }

  /// A sum of sizes that remembers that it has become too large.
  private struct Sum {
    var value: Int
    var isTooLarge = false

    init(_ value: Int) { self.value = value }

    mutating func add(_ size: Int, times factor: Int = 1) {
      guard size <= largestSize / factor, value <= largestSize - size * factor else { return isTooLarge = true }
      value += size * factor
    }

    mutating func align(to alignment: Int) {
      guard alignment <= largestSize, value <= largestSize else { return isTooLarge = true }
      // Neither is above 2^31 - 1, so that no sum of the two passes the largest number of a 32-bit machine.
      add((alignment - value & (alignment - 1)) & (alignment - 1))
    }
  }
}
