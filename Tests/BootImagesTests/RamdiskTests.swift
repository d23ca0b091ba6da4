// SPDX-License-Identifier: Apache-2.0
import BootImages
import Testing

private func ramdiskFault(_ bytes: [UInt8], limits: BootImage.Limits = .default) -> BootImageError? {
  fault { () throws(BootImageError) in _ = try BootImage(ramdisk: bytes, limits: limits) }
}

@Suite struct RamdiskTests {
  let archive = cpio([("init", Array("#!/bin/sh\n".utf8)), ("etc", [])])

  @Test func readsACpioArchive() throws {
    let ramdisk = try BootImage(ramdisk: archive)
    #expect(ramdisk.description == "cpio archive (newc)")
    #expect(ramdisk.contentSize == archive.count)
    #expect(ramdisk.width == nil)
    // Padding, and a second archive after the first.
    #expect(try BootImage(ramdisk: archive + [0, 0, 0, 0, 0, 0, 0, 0]).content == .cpio(.newc))
    #expect(try BootImage(ramdisk: archive + archive).content == .cpio(.newc))
    #expect(try BootImage(ramdisk: cpio([("init", [1])], hasTrailer: false)).content == .cpio(.newc))
  }

  @Test func readsAnArchiveInOctal() throws {
    let name = "TRAILER!!!"
    let header = "070707" + String(repeating: "0", count: 53) + "000013" + String(repeating: "0", count: 11)
    #expect(try BootImage(ramdisk: Array((header + name + "\0").utf8)).description == "cpio archive (odc)")
  }

  @Test func noticesAnArchiveThatIsCutOff() {
    let error = ramdiskFault(Array(archive[..<120]))
    #expect(error?.description == "the cpio archive is cut off: it takes 128 bytes and the file has 120")
    #expect(error?.offset == 120)
    #expect(
      ramdiskFault(Array(archive[..<50]))?.description
        == "the cpio archive is cut off: it takes 110 bytes and the file has 50")
  }

  @Test func noticesADamagedArchive() {
    var bytes = archive
    bytes[128] = 0x41
    #expect(
      ramdiskFault(bytes)?.description == "the cpio archive is broken: no proper header at byte 0x80")
    bytes = archive
    bytes[60] = 0x67
    #expect(ramdiskFault(bytes)?.description == "the cpio archive is broken: no proper header at byte 0x0")
  }

  @Test func looksIntoGzip() throws {
    let ramdisk = try BootImage(ramdisk: gzip(archive))
    #expect(ramdisk.description == "gzip of a cpio archive (newc)")
    #expect(ramdisk.contentSize == archive.count)
    let two = try BootImage(ramdisk: gzip(archive) + [0, 0] + gzip(archive) + [0])
    #expect(two.contentSize == 2 * archive.count)
    #expect(try BootImage(ramdisk: gzip([1, 2, 3])).description == "gzip of raw data")
  }

  @Test func noticesDamagedGzip() {
    var packed = gzip(archive)
    packed[100] ^= 1
    #expect(
      ramdiskFault(packed)?.description.hasPrefix("the gzip data is broken: its checksum is 0x") == true)
    #expect(ramdiskFault(Array(packed.dropLast(9)))?.code == .deflate(.endOfData))
    #expect(ramdiskFault(gzip(archive), limits: .init(ramdisk: 100))?.code == .tooLarge(limit: 100))
  }

  @Test(arguments: [
    ("fd377a585a00", "xz data"), ("28b52ffd", "zstd data"), ("04224d18", "lz4 data"),
    ("02214c18", "lz4 data"),
    ("425a6839", "bzip2 data"), ("894c5a4f", "lzop data"), ("5d00008000ffffffffffffffff", "lzma data"),
    ("00", "raw data"), ("53ef", "raw data"),
  ])
  func namesOtherFormats(start: String, name: String) throws {
    let ramdisk = try BootImage(ramdisk: hex(start) + [UInt8](repeating: 7, count: 20))
    #expect(ramdisk.description == name)
  }

  @Test func readsAUImage() throws {
    let ramdisk = try BootImage(ramdisk: uImage(gzip(archive), kind: .ramdisk))
    #expect(ramdisk.description == "uImage of gzip of a cpio archive (newc)")
  }

  @Test func refusesAnEmptyFile() {
    #expect(ramdiskFault([])?.description == "the file is empty")
  }
}
