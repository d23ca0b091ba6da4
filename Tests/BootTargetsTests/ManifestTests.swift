// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import BootTargets

@Suite struct ManifestTests {
  @Test func eachFileHasALine() throws {
    var manifest = try Manifest([Sample.twoGuests().plan(for: .uefi), Sample.twoGuests().plan(for: .qemu)])
    manifest.entries = manifest.entries.filter { $0.path.hasSuffix("a.img") }
    #expect(
      manifest.text == """
        {"files":[
          {"target":"uefi","path":"uefi/EFI/BOOT/a.img","size":9,"sha256":"\
        94c74c9cf4f27be204b77251c904c2763084d29245dfe3c2a2bd6d5cf498f9c2","address":null},
          {"target":"qemu","path":"qemu/a.img","size":9,"sha256":"\
        94c74c9cf4f27be204b77251c904c2763084d29245dfe3c2a2bd6d5cf498f9c2","address":"0x40600000"}
        ]}

        """)
  }

  @Test func itIsReadBack() throws {
    let manifest = Manifest(try BootTarget.allCases.map { try Sample.twoGuests().plan(for: $0) })
    #expect(manifest.entries.count == 19)
    #expect(Manifest(text: Array(manifest.text.utf8)) == manifest)
    #expect(Manifest(text: Array(Manifest([]).text.utf8)) == Manifest([]))
  }

  @Test func anyJSONReaderUnderstandsIt() throws {
    let manifest = Manifest([try Sample.twoGuests().plan(for: .uboot)])
    let document = try JSONSerialization.jsonObject(with: Data(manifest.text.utf8)) as? [String: [[String: Any]]]
    let files = try #require(document?["files"])
    #expect(files.map { $0["path"] as? String } == manifest.entries.map(\.path))
    #expect(files[0]["address"] as? String == "0x41200000")
    #expect(files[1]["address"] is NSNull)
    #expect(files.allSatisfy { Set($0.keys) == ["target", "path", "size", "sha256", "address"] })
  }

  @Test(arguments: [
    "", "{}", "[]", "{\"files\":[{}]}", "{\"files\":[", file(path: "../x"), file(path: "qemu/../../x"),
    file(path: "/qemu/x"),
    file(path: "qemu"), file(path: "qemu//x"), file(path: "uboot/x"), file(target: "other"), file(size: "-1"),
    file(address: "\"5000\""), file(address: "\"0xg\""), file(address: "5"),
  ])
  func whatIsNotOursIsNotRead(text: String) {
    #expect(Manifest(text: Array(text.utf8)) == nil)
  }

  @Test func aMinimalOneIsRead() {
    #expect(Manifest(text: Array(Self.file().utf8))?.entries.map(\.path) == ["qemu/x"])
  }

  private static func file(
    target: String = "qemu", path: String = "qemu/x", size: String = "1", address: String = "null"
  ) -> String {
    #"{"files":[{"target":"\#(target)","path":"\#(path)","size":\#(size),"sha256":"","address":\#(address)}]}"#
  }
}
