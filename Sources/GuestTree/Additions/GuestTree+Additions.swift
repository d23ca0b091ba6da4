// SPDX-License-Identifier: Apache-2.0
internal import FlattenedTree

extension GuestTree {
  static func additions(_ guest: Guest, _ platform: GuestPlatform) throws(Failure) -> Additions? {
    do throws(AdditionFault) {
      return try Additions(guest, platform)
    } catch {
      throw .additions(error)
    }
  }

  /// A platform's blob with additions, laid out as it was.
  static func add(
    _ additions: Additions, to blob: [UInt8], reserving reservations: [FlattenedTree.Reservation],
    _ platform: GuestPlatform, _ blobLayout: BlobLayout
  ) throws(Failure) -> [UInt8] {
    do throws(AdditionFault) {
      let list = try AdditionFault.reading { () throws(FlattenedTreeError) in try NodeList(blob) }
      switch blobLayout {
      case .standard:
        let writer = FlattenedTreeWriter(version: platform.blob.version)
        var merger = AdditionMerger(list, additions, into: writer)
        try merger.merge()
        return try AdditionFault.reading { () throws(FlattenedTreeError) in
          for reservation in reservations { try merger.sink.reserve(reservation) }
          return try merger.sink.finish(FlattenedTree.Layout(alignment: platform.blob.alignment))
        }
      case .libfdt:
        var merger = AdditionMerger(list, additions, into: LibfdtWriter())
        try merger.merge()
        return try AdditionFault.reading { () throws(FlattenedTreeError) in try merger.sink.finish(shrunk: 0) }
      }
    } catch {
      throw .additions(error)
    }
  }
}

extension AdditionFault {
  /// Passes on what a reader or a writer of blobs gives.
  static func reading<Result>(
    _ body: () throws(FlattenedTreeError) -> Result
  ) throws(AdditionFault) -> Result {
    do throws(FlattenedTreeError) {
      return try body()
    } catch {
      throw .unreadable(error)
    }
  }
}
