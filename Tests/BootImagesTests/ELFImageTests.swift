// SPDX-License-Identifier: Apache-2.0
import BootImages
import Testing

@Suite struct ELFImageTests {
  /// An ELF file with the segments (offset, address, bytes in the file, bytes in memory).
  static func file(
    wide: Bool, big: Bool, entry: UInt64, segments: [(UInt64, UInt64, UInt64, UInt64)], type: UInt64 = 1
  ) -> [UInt8] {
    func number(_ value: UInt64, _ size: Int) -> [UInt8] {
      let little = (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
      return big ? little.reversed() : little
    }
    let word = wide ? 8 : 4
    var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, big ? 2 : 1, 1] + Array(repeating: 0, count: 9)
    bytes += number(2, 2) + number(21, 2) + number(1, 4) + number(entry, word)
    bytes += number(wide ? 64 : 52, word) + number(0, word) + number(0, 4) + number(wide ? 64 : 52, 2)
    bytes += number(wide ? 56 : 32, 2) + number(UInt64(segments.count), 2) + number(0, 2) + number(0, 2) + number(0, 2)
    for (offset, address, inFile, inMemory) in segments {
      bytes += number(type, 4)
      if wide { bytes += number(5, 4) }
      bytes += number(offset, word) + number(address + 0xc000, word) + number(address, word)
      bytes += number(inFile, word) + number(inMemory, word)
      if !wide { bytes += number(5, 4) }
      bytes += number(4096, word)
    }
    return bytes
  }

  @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
  func bothWidthsAndByteOrdersAreRead(_ wide: Bool, _ big: Bool) throws {
    let bytes = Self.file(
      wide: wide, big: big, entry: 0xd010, segments: [(0, 0x4000, 16, 0x100), (16, 0x1000, 32, 32)])
    let image = try ELFImage(bytes)
    #expect(image.is64Bit == wide && image.isBigEndian == big && image.machine == ELFImage.powerPC64)
    #expect(image.entry == 0xd010 && image.physicalEntry == 0x1010)
    #expect(image.segments.map(\.memory) == [0x1000..<0x1020, 0x4000..<0x4100])
    #expect(image.segments.map(\.file) == [16..<48, 0..<16])
    #expect(image.extent == 0x1000..<0x4100)
  }

  @Test func aSegmentOutsideTheFileIsRefused() {
    let bytes = Self.file(wide: true, big: true, entry: 0, segments: [(0, 0, 10_000, 10_000)])
    #expect(throws: BootImageError(.elfBroken(.segmentOutsideFile), at: 64)) { try ELFImage(bytes) }
  }

  @Test func whatCannotBeLoadedIsSaid() {
    func code(_ bytes: [UInt8]) -> BootImageError.Code? {
      do throws(BootImageError) { _ = try ELFImage(bytes) } catch { return error.code }
      return nil
    }
    #expect(code([1, 2, 3]) == .notELF)
    #expect(code([0x7f, 0x45, 0x4c, 0x46, 9, 9]) == .elfBroken(.header))
    #expect(code(Self.file(wide: true, big: false, entry: 0, segments: [])) == .elfBroken(.nothingLoaded))
    #expect(
      code(Self.file(wide: true, big: true, entry: 0, segments: [(0, .max - 0xc004, 4, 0xd000)]))
        == .elfBroken(.segmentWraps))
    #expect(
      code(Self.file(wide: false, big: true, entry: 0, segments: [(0, 0, 8, 4)])) == .elfBroken(.segmentShrinks))
    #expect(
      code(Self.file(wide: false, big: true, entry: 0, segments: [(0, 0, 8, 8), (0, 4, 8, 8)]))
        == .elfBroken(.segmentsOverlap))
    let whole = Self.file(wide: true, big: true, entry: 0, segments: [(0, 0, 8, 8)])
    #expect(code(Array(whole.dropLast(20))) == .elfBroken(.programHeaders))
  }
}
