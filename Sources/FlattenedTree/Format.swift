// SPDX-License-Identifier: Apache-2.0

/// What one version of the format has.
///
/// All that differs between the versions is asked here.
struct Format: Equatable, Sendable {
  let version: UInt32

  /// The version that is written unless another one is asked for, and the newest there is.
  static let newest = Format(version: 17)
  /// The oldest version that reads what `newest` writes.
  static let newestIsCompatibleWith: UInt32 = 16

  /// How many bytes of header there are; later versions added fields at the end (specification 5.2).
  var headerSize: Int {
    switch version {
    case 1: 28
    case 2: 32
    case 3, 16: 36
    default: 40
    }
  }

  /// Whether the header says how long the structure block is.
  var hasStructureSize: Bool { version >= 17 }

  /// How a blob that claims these versions is to be read.
  ///
  /// A version newer than any known one is read as the newest, as long as it says that this is right.
  static func reading(
    version: UInt32, lastCompatible: UInt32
  ) throws(FlattenedTreeError) -> Format {
    guard version >= lastCompatible, version >= 1, !(4...15).contains(version) else {
      throw FlattenedTreeError(.badVersion, at: Header.Field.version)
    }
    guard version >= 16, lastCompatible <= 17 else {
      throw FlattenedTreeError(.unsupportedVersion, at: Header.Field.version)
    }
    return Format(version: min(version, 17))
  }
}
