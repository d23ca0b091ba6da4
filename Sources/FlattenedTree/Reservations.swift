// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// An entry of the memory reservation block: memory that nobody may use without being told to (specification 5.3).
  public struct Reservation: Equatable, Sendable {
    public let address: UInt64
    public let size: UInt64

    public init(address: UInt64, size: UInt64) {
      self.address = address
      self.size = size
    }
  }

  static var reservationSize: Int { 16 }

  /// The entries of the memory reservation block, one after the other.
  public var reservations: Reservations {
    @_lifetime(copy self)
    get { Reservations(self) }
  }

  /// Steps through the memory reservation block up to the entry of size zero that ends it.
  public struct Reservations: ~Escapable {
    private let bytes: RawSpan
    private let end: Int
    /// Where the next entry is looked for.
    private(set) var position: Int

    @_lifetime(copy tree)
    init(_ tree: FlattenedTree) {
      bytes = tree.bytes
      position = tree.header.reservationsOffset
      end = tree.header.reservationsEnd
    }

    /// The next entry, or nil after the last one.
    ///
    /// - Throws: `unterminatedReservations` when the block ends without its last entry.
    public mutating func next() throws(FlattenedTreeError) -> Reservation? {
      guard end - position >= FlattenedTree.reservationSize else {
        throw FlattenedTreeError(.unterminatedReservations, at: position)
      }
      let entry = Reservation(
        address: bytes.doubleWord(at: position), size: bytes.doubleWord(at: position + 8))
      guard entry.size != 0 else { return nil }
      position += FlattenedTree.reservationSize
      return entry
    }
  }
}
