// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Testing

/// Names that a writer knows beforehand: the blob is the same as without them.
@Suite struct KnownNamesTests {
  /// Many of them end with others.
  private static let names = [
    "phandle", "linux,phandle", "reg", "#address-cells", "cells", "g", "interrupt-cells", "#interrupt-cells", "s", "",
    "interrupts",
  ]

  /// A blob with properties of these names, in that order. Negative numbers stand for names that are not known beforehand.
  private func blob(_ order: [Int], version: FlattenedTree.Version, isKnown: Bool) throws -> [UInt8] {
    var writer =
      isKnown
      ? FlattenedTreeWriter(version: version, names: KnownNames(Self.names.map { Array($0.utf8) }))
      : FlattenedTreeWriter(version: version)
    try writer.beginNode("")
    for number in order {
      let value: [UInt8] = [UInt8(truncatingIfNeeded: number)]
      if number < 0 {
        try writer.property("xlinux,phandle".suffix(-number).description, value)
      } else if isKnown {
        unsafe try writer.property(known: number, value.span.bytes)
      } else {
        try writer.property(Self.names[number], value)
      }
    }
    try writer.endNode()
    return try writer.finish()
  }

  @Test(arguments: [FlattenedTree.Version.v1, .v3, .v16, .v17])
  func theBlobIsTheSameAsWithoutThem(_ version: FlattenedTree.Version) throws {
    var chance: UInt64 = 7
    for round in 0..<400 {
      var order: [Int] = []
      for _ in 0..<12 {
        chance = chance &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        // In half of the rounds all names are known.
        let number = Int((chance >> 33) % UInt64(Self.names.count + (round % 2) * 6))
        order.append(number < Self.names.count ? number : -(number - Self.names.count + 5))
      }
      #expect(
        try blob(order, version: version, isKnown: true) == blob(order, version: version, isKnown: false), "\(order)")
    }
  }
}
