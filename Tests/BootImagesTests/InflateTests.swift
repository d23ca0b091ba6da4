// SPDX-License-Identifier: Apache-2.0
import BootImages
import Testing

/// 1799 bytes of text in one block with codes of its own, made by zlib.
private let packedText = hex(
  """
  6dd4eb6a83401005e0ff7d0a1f61e7b2bad20b7d157537fdd35028140aa5efde84eae8cc3120043d4c0e5fc6bd7ed4aff7f69aba9feeb3
  bd75cfdd53fa4edded7a79ec7e1f1faeff8f39dd3fc7cc7ae7f625bba44252b7e4a82ed943b2df92a4d5450b44cbfef3bee904d1698bca
  e8a72e105db66816dfb541b46dd1813c0025c86eb7ee04be2d212c99ec3c87c9684b86db06df989097765f1a3c05a13095c3bf115a2332
  9932953ecc466732685a72e88dd464d69c4a3ed9cb93c55c57236cf1c91aef7b3c2e613672b37173abbe37a3379bb7287b13466f2e873d
  0dbdd19bf7adbecc61367ab3796bbe84dee8cde6adcbe04d04bd251d5e1adf5bd05bcc3b4f39cc466f31ef9e66df5bd05bccbb1fb33711
  f496727883436ff416f31ec61266a3b79877610abdd15bccbb4cedec343d394ed7c3c4f756f456f31e6b1f669f1cd5e63d0da1b7a2b79a
  f74cc99b287a6b399c6ba1377aab792fb986d9e8ade65d53d813456f35ef3ad7d5e40f
  """)
private let text = (0..<40).flatMap { index -> [UInt8] in
  let address = String(index * 0x20_0000, radix: 16)
  return Array(
    "module@\(address) { reg = <0x\(address) 0x\(String(index * index * 37, radix: 16))>; };\n".utf8)
}

@Suite struct InflateTests {
  @Test func unpacksABlockWithItsOwnCodes() throws {
    #expect(try Inflate.inflate(packedText, limit: 10_000) == text)
  }

  @Test func unpacksABlockWithFixedCodes() throws {
    let packed = hex("4b492dcb4c4e5528294a4d55481901ec8ad43c00")
    let expected = Array((String(repeating: "device tree ", count: 20) + "xen").utf8)
    #expect(try Inflate.inflate(packed, limit: 10_000) == expected)
  }

  @Test func unpacksStoredBlocks() throws {
    var chance = Chance(seed: 3)
    let data = chance.bytes(200_000)
    #expect(try Inflate.gunzip(gzip(data), limit: 200_000) == data)
  }

  @Test func skipsTheOptionalFieldsOfTheHeader() throws {
    var packed = gzip([1, 2, 3], name: "Image")
    packed[3] = 0x1e  // name, comment, extra field and a checksum of the header
    packed.replaceSubrange(10..<10, with: [2, 0, 0xaa, 0xbb])
    packed.replaceSubrange(20..<20, with: Array("why\0".utf8) + [0, 0])
    #expect(try Inflate.gunzip(packed, limit: 10) == [1, 2, 3])
  }

  @Test(arguments: ["-1", "-6", "-9"])
  func unpacksWhatGzipPacks(level: String) throws {
    // Counts that grow like Fibonacci's numbers give codes of up to 15 bits.
    var chance = Chance(seed: 11)
    var counts = [1, 1]
    while counts.count < 24 { counts.append(counts[counts.count - 1] + counts[counts.count - 2]) }
    var data: [UInt8] = counts.enumerated().flatMap { [UInt8](repeating: UInt8($0 * 7), count: $1) }
    for index in data.indices { data.swapAt(index, chance.next(below: data.count)) }
    data += data.prefix(40_000) + chance.bytes(70_000) + [UInt8](repeating: 9, count: 300_000) + text
    let packed = try run("/bin/gzip", [level, "-nc"], input: data)
    #expect(try Inflate.gunzip(packed, limit: data.count) == data)
  }

  @Test func stopsAtTheLimit() {
    #expect(
      fault { () throws(BootImageError) in _ = try Inflate.inflate(packedText, limit: text.count) } == nil)
    let error = fault { () throws(BootImageError) in
      _ = try Inflate.inflate(packedText, limit: text.count - 1)
    }
    #expect(error?.code == .tooLarge(limit: 1798))
    #expect(
      error?.description == "the gzip data unpacks to more than 1798 bytes, the limit for this kind of file")
  }

  @Test func namesAWrongChecksum() {
    var packed = gzip([1, 2, 3])
    packed[packed.count - 8] ^= 1
    let error = fault { () throws(BootImageError) in _ = try Inflate.gunzip(packed, limit: 10) }
    #expect(
      error?.description
        == "the gzip data is broken: its checksum is 0x55bc801d, and the file says 0x55bc801c")
    #expect(error?.offset == packed.count - 8)
  }

  @Test func namesAWrongSize() {
    var packed = gzip([1, 2, 3])
    packed[packed.count - 4] = 9
    let error = fault { () throws(BootImageError) in _ = try Inflate.gunzip(packed, limit: 10) }
    #expect(error?.description == "the gzip data is broken: it unpacks to 3 bytes, and the file says 9")
  }

  @Test(arguments: [
    ("07", "a block of unknown type"),
    ("010500fafe", "a stored block whose two lengths disagree"),
    ("0105", "the data ends too early"),
    ("010500faff01", "the data ends too early"),
    ("63", "the data ends too early"),
    ("0302", "a copy from before the start of the data"),
    ("fdffffffffffffffffff", "a block whose code table is impossible"),
    ("", "the data ends too early"),
  ])
  func namesWhatIsWrong(packed: String, reason: String) {
    let error = fault { () throws(BootImageError) in _ = try Inflate.inflate(hex(packed), limit: 100) }
    #expect(error?.description.hasSuffix(": " + reason) == true, "\(String(describing: error))")
  }

  @Test func everyCutIsNoticed() {
    for length in 0..<packedText.count {
      let error = fault { () throws(BootImageError) in
        _ = try Inflate.inflate(Array(packedText[..<length]), limit: 10_000)
      }
      #expect(error?.code == .deflate(.endOfData), "cut at \(length)")
    }
  }

  /// Each changed stream must unpack to something within the limit or fail with an error; a trap ends the test run.
  @Test func noChangeOfTheDataTraps() throws {
    var chance = Chance(seed: 2024)
    let seeds = [
      packedText, hex("4b492dcb4c4e5528294a4d55481901ec8ad43c00"),
      Array(gzip(text).dropFirst(10)),
      Array(try run("/bin/gzip", ["-9nc"], input: chance.bytes(300) + text + text).dropFirst(10)),
    ]
    var unpacked = 0
    for round in 0..<20_000 {
      var packed = seeds[round % seeds.count]
      for _ in 0...chance.next(below: 4) {
        switch chance.next(below: 3) {
        case 0: packed[chance.next(below: packed.count)] = UInt8(chance.next(below: 256))
        case 1: packed[chance.next(below: packed.count)] ^= 1 << UInt8(chance.next(below: 8))
        default: packed.swapAt(chance.next(below: packed.count), chance.next(below: packed.count))
        }
      }
      if chance.next(below: 8) == 0 { packed.removeLast(chance.next(below: packed.count)) }
      _ = fault { () throws(BootImageError) in
        let output = try Inflate.inflate(packed, limit: 5000)
        if output.count <= 5000 { unpacked += 1 }
      }
    }
    #expect(unpacked > 0 && unpacked < 20_000)
  }

  @Test func noiseNeverTraps() {
    var chance = Chance(seed: 99)
    for length in 0..<3000 {
      let noise = chance.bytes(length % 300)
      _ = fault { () throws(BootImageError) in _ = try Inflate.inflate(noise, limit: 1000) }
      _ = fault { () throws(BootImageError) in _ = try Inflate.gunzip([0x1f, 0x8b, 8] + noise, limit: 1000) }
    }
  }
}
