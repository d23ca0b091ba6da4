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

  // MARK: riscv64

  /// A riscv64 Image of 4096 bytes that takes 64 KiB once it runs.
  private static let riscvImage: [UInt8] = {
    var bytes = [UInt8](repeating: 0, count: 4096)
    bytes[0x0a] = 0x20  // text_offset 0x200000
    bytes[0x12] = 1  // image_size 0x10000
    bytes[0x20] = 2  // version 0.2
    bytes.replaceSubrange(0x38..<0x3c, with: [0x52, 0x53, 0x43, 0x05])
    return bytes
  }()

  @Test func aRISCVImageIsReadAndUnpacked() throws {
    for (bytes, isUnpacked) in [(Self.riscvImage, false), (Self.gzip(Self.riscvImage), true)] {
      let file = try KernelFile(bytes, for: .qemuVirtRISCV64)
      #expect(file.kernel == .image(textOffset: 0x20_0000, size: 4096, memory: 0x1_0000))
      #expect(file.bytes == Self.riscvImage && file.isUnpacked == isUnpacked)
    }
    let header = try RISCVImageHeader(Self.riscvImage)
    #expect(header.version == 2 && !header.isBigEndian)
  }

  @Test func anotherProcessorsImageIsRefused() {
    func reason(_ bytes: [UInt8], _ platform: GuestPlatform = .qemuVirtRISCV64) -> String {
      do throws(KernelFile.Failure) {
        _ = try KernelFile(bytes, for: platform)
        return ""
      } catch {
        guard case .unreadable(let fault) = error else { return "\(error)" }
        return fault.description
      }
    }
    #expect(reason(Self.image) == "this is no riscv64 Image: there is no magic `RSC\\x05` at 0x38")
    #expect(reason(Self.riscvImage, .qemuVirt) == "this is a Linux kernel for RISC-V, which no Arm processor runs")
    #expect(
      reason(Array(Self.riscvImage.prefix(63)))
        == "a kernel's header is cut off: it takes 64 bytes and the file has 63")
    #expect(reason([]) == "a kernel's header is cut off: it takes 64 bytes and the file has 0")
    #expect(reason([0x1f, 0x8b, 8]) == "the gzip data is broken at byte 0x3: the data ends too early")
    // A PE header whose only section ends behind the file.
    var cut = Self.riscvImage
    cut.replaceSubrange(0..<2, with: Array("MZ".utf8))
    cut[0x3c] = 0x40
    cut.replaceSubrange(0x40..<0x44, with: Array("PE\0\0".utf8))
    cut[0x46] = 1
    cut[0x40 + 24 + 17] = 0x20
    #expect(reason(cut) == "the riscv64 Image is cut off: it takes 8192 bytes and the file has 4096")
  }
}
