// SPDX-License-Identifier: Apache-2.0
import BootImages
import Testing

@Suite struct CRC32Tests {
  @Test func knowsTheCheckValueOfTheCatalogue() {
    #expect(CRC32.checksum(Array("123456789".utf8)) == 0xcbf4_3926)
  }

  @Test func ofNothingIsZero() {
    #expect(CRC32.checksum([UInt8]()) == 0)
  }

  @Test(arguments: [0, 1, 7, 8, 9, 63, 100])
  func goesOnWhereItStopped(at split: Int) {
    var chance = Chance(seed: 7)
    let bytes = chance.bytes(100)
    let first = CRC32.checksum(Array(bytes[..<split]))
    #expect(CRC32.checksum(Array(bytes[split...]), continuing: first) == CRC32.checksum(bytes))
  }

  @Test(arguments: 0..<40)
  func agreesWithTheDefinition(length: Int) {
    var chance = Chance(seed: UInt64(length) + 1)
    let bytes = chance.bytes(length)
    var register: UInt32 = 0xffff_ffff
    for byte in bytes {
      register ^= UInt32(byte)
      for _ in 0..<8 { register = (register >> 1) ^ (register & 1 == 1 ? 0xedb8_8320 : 0) }
    }
    #expect(CRC32.checksum(bytes) == ~register)
  }
}
