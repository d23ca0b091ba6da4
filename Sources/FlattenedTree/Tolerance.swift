// SPDX-License-Identifier: Apache-2.0

extension FlattenedTree {
  /// Faults that other programs read over, and that this reader reads over when asked to.
  ///
  /// Each makes the tree ambiguous: programs exist that see something else in it. `validate(reporting:)` says where.
  public struct Tolerance: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Properties behind the first subnode of their node, which specification 5.4.2 forbids.
    ///
    /// The toolstack of Xen writes one when a guest has ACPI. libfdt and Linux do not see it; dtc moves it to the front, and so
    /// does the live tree. A `TreeIndex` shows the properties before the first subnode only.
    public static let propertiesAfterSubnodes = Tolerance(rawValue: 1)
    /// Bytes between the end token and the end of the structure block.
    public static let bytesAfterEnd = Tolerance(rawValue: 2)
    /// A last reservation which has an address: every reader takes the size 0 as the end.
    public static let reservationsEndWithAddress = Tolerance(rawValue: 4)

    public static let all: Tolerance = [.propertiesAfterSubnodes, .bytesAfterEnd, .reservationsEndWithAddress]
  }
}
