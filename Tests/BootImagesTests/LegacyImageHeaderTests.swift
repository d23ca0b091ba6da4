// SPDX-License-Identifier: Apache-2.0
import BootImages
import Testing

@Suite struct LegacyImageHeaderTests {
  /// A script made by `mkimage` 2023.01 at time 0: two words of lengths and the text `echo hello`.
  let script = hex(
    """
    27051956a8bde2dc000000000000001300000000000000003db55e6f05160600
    47726f766520626f6f7400000000000000000000000000000000000000000000
    0000000b00000000 6563686f2068656c6c6f0a
    """)

  @Test func writesWhatMkimageWrites() {
    let payload = Array(script[64...])
    let header = LegacyImageHeader(kind: .script, name: "Grove boot", payload: payload)
    #expect(header.encoded() + payload == script)
  }

  @Test func readsWhatItWrote() throws {
    let header = LegacyImageHeader(
      kind: .kernel, architecture: .arm, compression: .gzip, loadAddress: 0x4000_8000,
      entryPoint: 0x4000_8040,
      time: 0x1234_5678, name: "zImage", payload: [1, 2, 3, 4, 5])
    #expect(try LegacyImageHeader(decoding: header.encoded()) == header)
  }

  @Test func cutsANameAtAWholeCharacter() throws {
    let header = LegacyImageHeader(
      kind: .script, name: String(repeating: "ä", count: 15) + "abü", payload: [])
    let bytes = header.encoded()
    #expect(bytes.count == 64)
    #expect(try LegacyImageHeader(decoding: bytes).name == String(repeating: "ä", count: 15) + "ab")
  }

  @Test func noticesAChangeOfTheHeader() {
    var bytes = script
    bytes[40] ^= 0x20
    let error = fault { () throws(BootImageError) in _ = try LegacyImageHeader(decoding: bytes) }
    #expect(
      error?.description
        == "the uImage header is broken: its checksum is 0x566b1ca6, and the header says 0xa8bde2dc")
  }

  @Test func refusesOtherBytes() {
    let error = fault { () throws(BootImageError) in _ = try LegacyImageHeader(decoding: image()) }
    #expect(error?.description == "this is not a uImage: no header with the magic 0x27051956")
  }

  @Test func noticesACutHeader() {
    let error = fault { () throws(BootImageError) in
      _ = try LegacyImageHeader(decoding: Array(script[..<63]))
    }
    #expect(error?.description == "the uImage header is cut off: it takes 64 bytes and the file has 63")
  }
}
