// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// A version of the format. There is none between 3 and 16.
  ///
  /// | | header | node names | long values | sizes stated |
  /// |---|---|---|---|---|
  /// | ``v1`` | 28 bytes | full paths | at multiples of 8 | none |
  /// | ``v2`` | 32 bytes, with the boot CPU | full paths | at multiples of 8 | none |
  /// | ``v3`` | 36 bytes | full paths | at multiples of 8 | strings |
  /// | ``v16`` | 36 bytes | own names | at multiples of 4 | strings |
  /// | ``v17`` | 40 bytes | own names | at multiples of 4 | strings and structure |
  public enum Version: UInt32, Comparable, Sendable, CaseIterable {
    /// The first form, as it was proposed in 2004: the offsets of three blocks and no sizes but the whole.
    case v1 = 1
    case v2 = 2
    case v3 = 3
    case v16 = 16
    /// What everybody writes today.
    case v17 = 17

    public static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
  }
}

/// What one version of the format has. All that differs between the versions is asked here.
extension FlattenedTree.Version {
  /// How many bytes of header there are; later versions added fields at the end (specification 5.2).
  var headerSize: Int {
    switch self {
    case .v1: 28
    case .v2: 32
    case .v3, .v16: 36
    case .v17: 40
    }
  }

  var hasBootCPU: Bool { self >= .v2 }
  /// Whether the header says how long the strings block is.
  var hasStringsSize: Bool { self >= .v3 }
  /// Whether the header says how long the structure block is.
  var hasStructureSize: Bool { self >= .v17 }

  /// Whether a node bears its whole path as name and its own name in a property `name`, and values of eight bytes and
  /// more stand at multiples of eight from the start of the structure block.
  package var isEarly: Bool { self < .v16 }

  /// The oldest version whose readers can read this one.
  var oldestCompatible: UInt32 { isEarly ? 1 : 16 }

  /// How a blob that claims these versions is to be read.
  ///
  /// A version newer than any known one is read as the newest, as long as it says that this is right.
  static func reading(
    version: UInt32, lastCompatible: UInt32
  ) throws(FlattenedTreeError) -> FlattenedTree.Version {
    guard version >= lastCompatible, let known = Self(rawValue: min(version, Self.v17.rawValue)) else {
      throw FlattenedTreeError(.badVersion, at: Header.Field.version)
    }
    guard lastCompatible <= Self.v17.rawValue else {
      throw FlattenedTreeError(.unsupportedVersion, at: Header.Field.version)
    }
    return known
  }
}
