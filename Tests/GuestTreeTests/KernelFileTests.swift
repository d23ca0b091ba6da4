// SPDX-License-Identifier: Apache-2.0
import BootImages
import GuestTree
import Testing
import XenFacts

/// What a kernel's own header says of where it goes.
@Suite struct KernelFileTests {
  private static let toolstack = GuestPlatform.xenArm(XenVersion(4, 20))

  /// An arm64 Image of 4096 bytes that takes 64 KiB once it runs.
  private static let image: [UInt8] = {
    var bytes = [UInt8](repeating: 0, count: 4096)
    bytes[0x0a] = 8  // text_offset 0x80000
    bytes[0x12] = 1  // image_size 0x10000
    bytes.replaceSubrange(0x38..<0x3c, with: [0x41, 0x52, 0x4d, 0x64])
    return bytes
  }()

  private static func zImage(start: UInt32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 4096)
    func put(_ word: UInt32, at offset: Int) {
      for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: word >> (8 * UInt32(index))) }
    }
    put(0x016f_2818, at: 0x24)
    put(start, at: 0x28)
    put(start + 4096, at: 0x2c)
    return bytes
  }

  /// Bytes in gzip, not packed any smaller.
  private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var crc: UInt32 = .max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    func little(_ value: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
    let count = UInt32(bytes.count)
    return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1] + little(count, 2) + little(~count, 2) + bytes + little(~crc, 4)
      + little(count, 4)
  }

  @Test func anImageSaysHowFarAboveRAMItGoesAndWhatItTakes() throws {
    let file = try KernelFile(Self.image, for: Self.toolstack)
    #expect(file.kernel == .image(textOffset: 0x8_0000, size: 4096, memory: 0x1_0000))
    #expect(file.width == .arm64 && file.bytes == Self.image && !file.isUnpacked)
  }

  @Test func aPackedImageIsUnpackedForTheLoader() throws {
    let file = try KernelFile(Self.gzip(Self.image), for: Self.toolstack)
    #expect(file.kernel == .image(textOffset: 0x8_0000, size: 4096, memory: 0x1_0000))
    #expect(file.bytes == Self.image && file.isUnpacked)
  }

  @Test func aZImageGoesWhereItsBuilderPutsIt() throws {
    let file = try KernelFile(Self.zImage(start: 0), for: .xenArm32(XenVersion(4, 20)))
    #expect(file.kernel == .anywhere(size: 4096) && file.width == .arm32)
    // The toolstack loads it at the same place whatever it says, and starts it where it says.
    #expect(
      try KernelFile(Self.zImage(start: 0x4100_0000), for: .xenArm32(XenVersion(4, 20))).kernel
        == .anywhere(size: 4096, entry: 0x4100_0000))
    #expect(
      try KernelFile(Self.zImage(start: 0x4100_0000), for: .dom0less(XenVersion(4, 20))).kernel
        == .fixed(0x4100_0000..<0x4100_1000))
  }

  @Test func whatAPlatformDoesNotStartIsRefused() throws {
    #expect(throws: KernelFile.Failure.unreadable(BootImageError(.empty))) {
      try KernelFile([], for: Self.toolstack)
    }
    #expect(throws: KernelFile.Failure.unreadable(BootImageError(.notELF))) {
      try KernelFile(Self.image, for: .xenPowerPC())
    }
    // A 32-bit one, little-endian.
    var elf: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1] + Array(repeating: 0, count: 9)
    elf += [2, 0, 20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 52, 0, 0, 0] + Array(repeating: 0, count: 8)
    elf += [52, 0, 32, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0] + Array(repeating: 0, count: 12)
    elf += [4, 0, 0, 0, 4, 0, 0, 0] + Array(repeating: 0, count: 8)
    do throws(KernelFile.Failure) {
      _ = try KernelFile(elf, for: .xenPowerPC())
      Issue.record("a little-endian file was taken")
    } catch {
      guard case .notPowerPC(let summary) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(summary.description == "32-bit, little-endian, PowerPC")
    }
  }
}
