// SPDX-License-Identifier: Apache-2.0
import FlattenedTree
import Testing

/// A small deterministic random number generator (SplitMix64).
struct Random {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// Damaged blobs are refused or read, but nothing traps.
@Suite struct MutationTests {
  private static func sample(_ version: FlattenedTree.Version) throws -> [UInt8] {
    var writer = FlattenedTreeWriter(version: version, bootCPU: 1)
    try writer.reserve(FlattenedTree.Reservation(address: 0x4000_0000, size: 0x1000))
    try writer.beginNode("")
    try writer.property("#address-cells", bigEndian(2))
    try writer.property("compatible", Array("grove,test\0".utf8))
    try writer.beginNode("cpus")
    try writer.beginNode("cpu@0")
    try writer.property("reg", bigEndian(0))
    try writer.property("phandle", bigEndian(1))
    try writer.endNode()
    try writer.beginNode("cpu@1")
    try writer.property("linux,phandle", bigEndian(2))
    try writer.endNode()
    try writer.endNode()
    try writer.beginNode("chosen")
    try writer.property("bootargs", Array("console=ttyAMA0\0".utf8))
    try writer.endNode()
    try writer.endNode()
    return try writer.finish(padding: 3)
  }

  /// Whether a blob is sound, after it has been read in every way there is.
  private func readAll(_ blob: [UInt8]) -> Bool {
    let isSound = fault(in: blob) == nil
    try? FlattenedTree(blob.span, tolerating: .all).validate()
    var read = 0
    do throws(FlattenedTreeError) {
      _ = try transcript(of: blob)
      read += 1
    } catch {}
    do throws(FlattenedTreeError) {
      var entries = try FlattenedTree(blob.span).reservations
      while try entries.next() != nil {}
    } catch {}
    do throws(FlattenedTreeError) {
      let index = try TreeIndex(FlattenedTree(blob.span))
      for node in index.nodes {
        _ = index.parent(of: node).map { index.child(of: $0, named: index.name(of: node).bytes) }
        _ = index.phandle(of: node).map { index.node(phandle: $0) }
        var properties = index.properties(of: node)
        while let property = properties.next() { _ = property.value.text?.count }
      }
      _ = index.node(at: "/cpus/cpu@0")
      _ = index.node(at: "/chosen")
      read += 1
    } catch {}
    var copy = blob
    try? FlattenedTree.overwrite("reg", of: "/cpus/cpu@0", in: &copy, with: [9, 9, 9, 9])
    // What is sound as a whole is sound for each reader.
    return isSound && read == 2
  }

  @Test(arguments: FlattenedTree.Version.allCases)
  func everyTruncationIsRefused(_ version: FlattenedTree.Version) throws {
    let blob = try Self.sample(version)
    for length in 0..<blob.count {
      #expect(!readAll(Array(blob.prefix(length))))
    }
  }

  @Test(arguments: FlattenedTree.Version.allCases)
  func everySingleBitMayFlip(_ version: FlattenedTree.Version) throws {
    let blob = try Self.sample(version)
    var sound = 0
    for bit in 0..<blob.count * 8 {
      var damaged = blob
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      let isSound = fault(in: damaged) == nil
      #expect(readAll(damaged) == isSound)
      if isSound { sound += 1 }
    }
    // Flips in values, names and padding leave a sound tree; flips in the frame do not.
    #expect(sound > 0 && sound < blob.count * 8)
  }

  @Test(arguments: FlattenedTree.Version.allCases)
  func everyWordMayBecomeAnExtreme(_ version: FlattenedTree.Version) throws {
    let blob = try Self.sample(version)
    for offset in stride(from: 0, to: blob.count - 3, by: 4) {
      for word: UInt32 in [0, 1, 2, 3, 4, 9, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFC, .max, UInt32(blob.count)] {
        var damaged = blob
        damaged.replaceSubrange(offset..<offset + 4, with: bigEndian(word))
        #expect(readAll(damaged) == (fault(in: damaged) == nil))
      }
    }
  }

  @Test(arguments: 0..<5 as Range<UInt64>, FlattenedTree.Version.allCases)
  func manyBytesMayChange(_ seed: UInt64, _ version: FlattenedTree.Version) throws {
    let blob = try Self.sample(version)
    var random = Random(seed: seed << 8 | UInt64(version.rawValue))
    for _ in 0..<1000 {
      var damaged = blob
      for _ in 0...random.below(8) {
        switch random.below(4) {
        case 0: damaged[random.below(damaged.count)] = UInt8(random.below(256))
        case 1: damaged[random.below(10) * 4 + 3] = UInt8(random.below(256))
        case 2: damaged.remove(at: random.below(damaged.count))
        default: damaged.insert(UInt8(random.below(10)), at: random.below(damaged.count))
        }
        if damaged.count < 40 { damaged = blob }
      }
      #expect(readAll(damaged) == (fault(in: damaged) == nil))
    }
  }
}
