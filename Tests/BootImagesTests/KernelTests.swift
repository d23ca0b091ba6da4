// SPDX-License-Identifier: Apache-2.0
import BootImages
import Testing

private func kernelFault(_ bytes: [UInt8], limits: BootImage.Limits = .default) -> BootImageError? {
  fault { () throws(BootImageError) in _ = try BootImage(kernel: bytes, limits: limits) }
}

@Suite struct KernelTests {
  @Test func readsAnImage() throws {
    let kernel = try BootImage(kernel: image(size: 5000, imageSize: 0x20000, textOffset: 0x80000))
    guard case .image(let header) = kernel.content else {
      Issue.record("\(kernel)")
      return
    }
    #expect(header.textOffset == 0x80000)
    #expect(header.pageSize == 4096)
    #expect(header.mayLieAnywhere)
    #expect(!header.isBigEndian && !header.isVersion0 && !header.isPE)
    #expect(kernel.fileSize == 5000 && kernel.contentSize == 5000)
    #expect(kernel.memorySize == 0x20000)
    #expect(kernel.width == .arm64)
    #expect(!kernel.isGzip && !kernel.isUImage)
    #expect(kernel.description == "arm64 Image")
  }

  @Test func anImageMayBeLargerThanItsHeaderSays() throws {
    #expect(try BootImage(kernel: image(size: 5000, imageSize: 0)).memorySize == 5000)
  }

  @Test func anAbsurdImageSizeDoesNotTrap() throws {
    #expect(try BootImage(kernel: image(imageSize: .max)).memorySize == .max)
  }

  @Test func takesAnOldImageByItsFirstInstruction() throws {
    var bytes = image()
    bytes.replaceSubrange(0..<4, with: little(UInt32(0x1400_0008)))
    bytes.replaceSubrange(0x38..<0x3c, with: [0, 0, 0, 0])
    guard case .image(let header) = try BootImage(kernel: bytes).content else {
      Issue.record("no Image")
      return
    }
    #expect(header.isVersion0)
  }

  @Test func noticesAnImageThatIsCutOffByItsSections() throws {
    #expect(try BootImage(kernel: peImage(size: 4096, sectionEnd: 4096)).description == "arm64 Image")
    let error = kernelFault(peImage(size: 4095, sectionEnd: 4096))
    #expect(error?.description == "the arm64 Image is cut off: it takes 4096 bytes and the file has 4095")
    #expect(error?.offset == 4095)
  }

  @Test func readsAZImage() throws {
    let kernel = try BootImage(kernel: zImage(size: 5000, start: 0x8000, end: 0x8000 + 4096))
    #expect(kernel.width == .arm32)
    #expect(kernel.memorySize == 5000)
    #expect(kernel.description == "arm32 zImage")
  }

  @Test func checksTheEndOfAZImage() {
    #expect(
      kernelFault(zImage(size: 5000, end: 5001))?.description
        == "the arm32 zImage is cut off: it takes 5001 bytes and the file has 5000")
    #expect(
      kernelFault(zImage(start: 0x9000, end: 0x8000))?.description
        == "the zImage header is wrong: its end 0x8000 lies before its start 0x9000")
  }

  @Test func looksIntoGzip() throws {
    let packed = gzip(image(size: 200_000, imageSize: 0x40000), name: "Image")
    for verify in [true, false] {
      let kernel = try BootImage(kernel: packed, limits: .init(verifyChecksums: verify))
      #expect(kernel.description == "gzip of an arm64 Image")
      #expect(kernel.isGzip)
      #expect(kernel.fileSize == packed.count)
      #expect(kernel.contentSize == 200_000)
      #expect(kernel.memorySize == 0x40000)
    }
  }

  @Test func aKernelAfterGzipIsHeldToTheSameRules() {
    #expect(
      kernelFault(gzip(Array("hello, world".utf8)))?.code
        == .truncated("a kernel's header", needed: 64, present: 12))
    #expect(
      kernelFault(gzip(peImage(size: 4095, sectionEnd: 4096)))?.code
        == .truncated("the arm64 Image", needed: 4096, present: 4095))
    #expect(
      kernelFault(gzip(gzip(image())))?.description
        == "this kernel is packed with gzip twice, and Xen unpacks it once")
    #expect(kernelFault(gzip([]))?.description == "the file is empty")
  }

  @Test func refusesBytesAfterGzip() {
    let packed = gzip(image())
    let error = kernelFault(packed + [0, 0])
    #expect(
      error?.description
        == "there are 2 bytes after the gzip data; Xen takes the unpacked size from the last four bytes of the file, "
        + "so nothing may follow")
    #expect(error?.offset == packed.count)
  }

  @Test func noticesGzipThatIsCutOff() {
    let packed = gzip(image())
    for length in [2, 9, 10, 14, 100, packed.count - 8, packed.count - 1] {
      #expect(kernelFault(Array(packed[..<length]))?.code == .deflate(.endOfData), "cut at \(length)")
    }
    #expect(
      kernelFault(Array(packed[..<100]))?.description
        == "the gzip data is broken at byte 0xf: the data ends too early")
  }

  @Test func limitsWhatGzipMayUnpackTo() {
    #expect(
      kernelFault(gzip(image()), limits: .init(kernel: 4095))?.description
        == "the gzip data unpacks to more than 4095 bytes, the limit for this kind of file")
  }

  @Test func readsAUImage() throws {
    let kernel = try BootImage(kernel: uImage(image(), name: "Linux"))
    #expect(kernel.description == "uImage (Linux) of an arm64 Image")
    #expect(kernel.isUImage)
    #expect(kernel.fileSize == 4096 + 64 && kernel.contentSize == 4096)
    #expect(kernel.legacyHeader?.loadAddress == 0x4000_0000)
    #expect(try BootImage(kernel: uImage(zImage(), architecture: .arm)).width == .arm32)
    let program = try BootImage(kernel: uImage([1, 2, 3]))
    #expect(program.description == "uImage of a raw program")
    #expect(program.width == .arm64)
    let packed = try BootImage(kernel: uImage(gzip(image()), compression: .gzip))
    #expect(packed.description == "uImage of gzip of an arm64 Image")
    #expect(packed.isGzip && packed.isUImage)
  }

  @Test func checksAUImage() {
    var changed = uImage(image())
    changed[100] ^= 1
    #expect(
      kernelFault(changed)?.description.hasPrefix("the uImage data is broken: its checksum is 0x") == true)
    #expect(
      kernelFault(Array(uImage(image()).dropLast()))?.description
        == "the uImage is cut off: it takes 4160 bytes and the file has 4159")
    #expect(
      kernelFault(uImage(image(), kind: .script))?.description == "this uImage holds a script, not a kernel")
    #expect(
      kernelFault(uImage(image(), architecture: .x86))?.description == "this uImage is for x86, not for Arm")
    #expect(
      kernelFault(uImage(image(), compression: .init(rawValue: 5)))?.description
        == "this uImage is packed with lz4, and Xen unpacks only gzip")
  }

  @Test func saysWhatElseAFileIs() {
    func elf(_ elfClass: UInt8, _ order: UInt8, _ machine: [UInt8]) -> [UInt8] {
      Array("\u{7f}ELF".utf8) + [elfClass, order, 1] + [UInt8](repeating: 0, count: 11) + machine
        + [UInt8](repeating: 0, count: 100)
    }
    #expect(
      kernelFault(elf(2, 1, [183, 0]))?.description
        == "this is an ELF file (64-bit, little-endian, AArch64), and Xen on Arm starts no ELF; use the kernel's "
        + "Image, or make one with `objcopy -O binary` if the program begins with an Image header")
    #expect(
      kernelFault(elf(1, 2, [0, 20]))?.description.hasPrefix(
        "this is an ELF file (32-bit, big-endian, PowerPC)")
        == true)
    #expect(kernelFault(gzip(elf(2, 1, [183, 0])))?.description.hasPrefix("this is an ELF file") == true)
    #expect(kernelFault([])?.description == "the file is empty")
    #expect(
      kernelFault(hex("d00dfeed00000048") + [UInt8](repeating: 0, count: 64))?.description
        == "this is a device tree blob (or a FIT image, which is one), not a kernel")
    #expect(
      kernelFault(Array("#!/bin/sh\n".utf8))?.description
        == "this is a script (it starts with `#!`), not a kernel")
    #expect(
      kernelFault(cpio([("init", [1])]))?.description == "this is a cpio archive, a ramdisk, not a kernel")
    var bzImage = [UInt8](repeating: 0, count: 1024)
    bzImage.replaceSubrange(0x1fe..<0x200, with: [0x55, 0xaa])
    bzImage.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
    #expect(
      kernelFault(bzImage)?.description
        == "this is a Linux kernel for x86 (bzImage), which no Arm processor runs")
    var pe = peImage(size: 4096, sectionEnd: 4096)
    pe[0x38] = 0
    #expect(
      kernelFault(pe)?.description
        == "this is a UEFI program (PE) without the header of an arm64 Image (magic `ARM\\x64` at 0x38), and Xen "
        + "starts only an Image")
    pe.replaceSubrange(4..<8, with: Array("zimg".utf8))
    pe.replaceSubrange(24..<29, with: Array("zstd\0".utf8))
    #expect(
      kernelFault(pe)?.description
        == "this is an EFI zboot kernel (zstd inside a UEFI program), which only UEFI can start; Xen needs the "
        + "Image inside it")
    #expect(
      kernelFault(hex("fd377a585a0000") + [UInt8](repeating: 1, count: 64))?.description
        == "this kernel is packed with xz, and Xen unpacks only gzip; unpack it first")
    #expect(
      kernelFault(Array(image()[..<10]))?.description
        == "a kernel's header is cut off: it takes 64 bytes and the file has 10")
    #expect(
      kernelFault([UInt8](repeating: 0, count: 100))?.description
        == "this is no kernel that Xen on Arm starts: neither an arm64 Image, an arm32 zImage, a uImage nor gzip of "
        + "one of them (it starts with the bytes 00 00 00 00)")
  }

  /// Each changed kernel must be read or refused; a trap ends the test run.
  @Test func noChangeOfAKernelTraps() {
    var chance = Chance(seed: 5)
    let seeds = [
      peImage(size: 700, sectionEnd: 700), zImage(size: 300, end: 300),
      gzip(peImage(size: 600, sectionEnd: 600)),
      uImage(image(size: 200)), uImage(gzip(image(size: 200)), compression: .gzip),
    ]
    var read = 0
    for round in 0..<20_000 {
      var bytes = seeds[round % seeds.count]
      for _ in 0...chance.next(below: 3) {
        bytes[chance.next(below: min(bytes.count, 160))] = UInt8(chance.next(below: 256))
      }
      if chance.next(below: 4) == 0 { bytes.removeLast(chance.next(below: bytes.count)) }
      if kernelFault(bytes, limits: .init(kernel: 4096, verifyChecksums: round % 2 == 0)) == nil { read += 1 }
      _ = fault { () throws(BootImageError) in _ = try BootImage(ramdisk: bytes) }
      _ = fault { () throws(BootImageError) in _ = try XenImage(bytes) }
    }
    #expect(read > 0 && read < 20_000)
  }
}
