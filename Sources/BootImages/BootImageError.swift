// SPDX-License-Identifier: Apache-2.0

/// Why the bytes of a kernel, a ramdisk or a Xen image cannot be used, and where in the file that shows.
public struct BootImageError: Error, Hashable, Sendable {
  public enum Code: Hashable, Sendable {
    /// The file holds no bytes.
    case empty
    /// An ELF file; Xen on Arm starts none.
    case elf(ELFSummary)
    /// No ELF file.
    case notELF
    /// An ELF file that cannot be loaded.
    case elfBroken(ELFImage.Fault)
    /// A device tree blob, or the FIT image that U-Boot wraps in one.
    case deviceTree
    /// A text file that starts with `#!`.
    case script
    /// A Linux kernel for x86.
    case bzImage
    /// An arm64 or riscv64 kernel that unpacks itself under UEFI only; the name of its compression.
    case efiZboot(String)
    /// A UEFI program without the header of an arm64 Image.
    case peWithoutImageHeader
    /// A riscv64 Image.
    case riscvImage
    /// No riscv64 Image, where one is needed.
    case notRISCVImage
    /// A kernel packed by something that Xen cannot unpack.
    case packedKernel(Compression)
    /// A cpio archive where a kernel belongs.
    case ramdiskAsKernel
    /// None of the kernel formats; the first bytes of the file.
    case unknownKernel([UInt8])
    /// The file ends before its own header says that it does.
    case truncated(String, needed: UInt64, present: UInt64)
    /// A zImage whose end lies before its start.
    case zImageRange(start: UInt32, end: UInt32)
    /// A gzip header with a method or flags that gzip does not know.
    case gzipHeader
    /// The checksum after the data is not that of the data.
    case gzipChecksum(stored: UInt32, computed: UInt32)
    /// The size after the data is not that of the data.
    case gzipSize(stored: UInt32, actual: UInt64)
    /// Bytes after the gzip data; Xen takes the size from the last four bytes of the file.
    case gzipTrailing(count: Int)
    /// gzip inside gzip.
    case gzipTwice
    /// Data that no DEFLATE compressor writes.
    case deflate(DeflateFault)
    /// Unpacked data beyond the limit.
    case tooLarge(limit: Int)
    /// No legacy U-Boot header.
    case uImageMagic
    /// A legacy U-Boot header whose checksum is wrong.
    case uImageHeaderChecksum(stored: UInt32, computed: UInt32)
    /// A legacy U-Boot image whose data has another checksum.
    case uImageDataChecksum(stored: UInt32, computed: UInt32)
    /// A legacy U-Boot image of another kind than a kernel or a ramdisk.
    case uImageKind(LegacyImageHeader.Kind)
    /// A legacy U-Boot image for another processor.
    case uImageArchitecture(LegacyImageHeader.Architecture)
    /// A legacy U-Boot image packed by something that Xen cannot unpack.
    case uImageCompression(LegacyImageHeader.Compression)
    /// A cpio header with something else than hexadecimal or octal digits.
    case cpioHeader
    /// A proper image, but not of Xen.
    case notXen(String)
    /// A kernel in wrappers where Xen belongs.
    case packedXen(String)
    /// A text without a single `CONFIG_` line.
    case notConfig
  }

  /// What DEFLATE data can have wrong.
  public enum DeflateFault: Hashable, Sendable {
    case endOfData, blockType, storedLength, codeLengths, code, distance
  }

  public let code: Code
  /// The byte of the file where the fault shows.
  public let offset: Int

  public init(_ code: Code, at offset: Int = 0) {
    self.code = code
    self.offset = offset
  }

  /// The same fault seen from a file that holds these bytes at `distance`.
  func moved(by distance: Int) -> BootImageError {
    let (sum, overflow) = offset.addingReportingOverflow(distance)
    return BootImageError(code, at: overflow ? offset : sum)
  }
}

extension BootImageError: CustomStringConvertible {
  /// One sentence without the name of the file and without a full stop.
  public var description: String {
    switch code {
    case .empty:
      return "the file is empty"
    case .elf(let summary):
      return
        "this is an ELF file (\(summary)), and Xen on Arm starts no ELF; use the kernel's Image, or make one "
        + "with `objcopy -O binary` if the program begins with an Image header"
    case .notELF:
      return "this is no ELF file"
    case .elfBroken(let fault):
      return "the ELF file is broken: \(sentence(of: fault))"
    case .deviceTree:
      return "this is a device tree blob (or a FIT image, which is one), not a kernel"
    case .script:
      return "this is a script (it starts with `#!`), not a kernel"
    case .bzImage:
      return "this is a Linux kernel for x86 (bzImage), which no Arm processor runs"
    case .efiZboot(let compression):
      return
        "this is an EFI zboot kernel (\(compression) inside a UEFI program), which only UEFI can start; Xen "
        + "needs the Image inside it"
    case .peWithoutImageHeader:
      return
        "this is a UEFI program (PE) without the header of an arm64 Image (magic `ARM\\x64` at 0x38), and Xen "
        + "starts only an Image"
    case .riscvImage:
      return "this is a Linux kernel for RISC-V, which no Arm processor runs"
    case .notRISCVImage:
      return "this is no riscv64 Image: there is no magic `RSC\\x05` at 0x38"
    case .packedKernel(let compression):
      return "this kernel is packed with \(compression.rawValue), and Xen unpacks only gzip; unpack it first"
    case .ramdiskAsKernel:
      return "this is a cpio archive, a ramdisk, not a kernel"
    case .unknownKernel(let first):
      return
        "this is no kernel that Xen on Arm starts: neither an arm64 Image, an arm32 zImage, a uImage nor "
        + "gzip of one of them (it starts with the bytes \(byteList(first)))"
    case .truncated(let what, let needed, let present):
      return "\(what) is cut off: it takes \(needed) bytes and the file has \(present)"
    case .zImageRange(let start, let end):
      return "the zImage header is wrong: its end \(hex(end)) lies before its start \(hex(start))"
    case .gzipHeader:
      return "the gzip header is broken (byte \(hex(UInt(offset.magnitude))))"
    case .gzipChecksum(let stored, let computed):
      return "the gzip data is broken: its checksum is \(hex(computed)), and the file says \(hex(stored))"
    case .gzipSize(let stored, let actual):
      return "the gzip data is broken: it unpacks to \(actual) bytes, and the file says \(stored)"
    case .gzipTrailing(let count):
      return
        "there \(count == 1 ? "is 1 byte" : "are \(count) bytes") after the gzip data; Xen takes the unpacked "
        + "size from the last four bytes of the file, so nothing may follow"
    case .gzipTwice:
      return "this kernel is packed with gzip twice, and Xen unpacks it once"
    case .deflate(let fault):
      return "the gzip data is broken at byte \(hex(UInt(offset.magnitude))): \(sentence(of: fault))"
    case .tooLarge(let limit):
      return "the gzip data unpacks to more than \(limit) bytes, the limit for this kind of file"
    case .uImageMagic:
      return "this is not a uImage: no header with the magic 0x27051956"
    case .uImageHeaderChecksum(let stored, let computed):
      return
        "the uImage header is broken: its checksum is \(hex(computed)), and the header says \(hex(stored))"
    case .uImageDataChecksum(let stored, let computed):
      return "the uImage data is broken: its checksum is \(hex(computed)), and the header says \(hex(stored))"
    case .uImageKind(let kind):
      return "this uImage holds a \(kind), not a kernel"
    case .uImageArchitecture(let architecture):
      return "this uImage is for \(architecture), not for Arm"
    case .uImageCompression(let compression):
      return "this uImage is packed with \(compression), and Xen unpacks only gzip"
    case .cpioHeader:
      return "the cpio archive is broken: no proper header at byte \(hex(UInt(offset.magnitude)))"
    case .notXen(let what):
      return "this is \(what), but not Xen: no `xen,xen-` version string in it"
    case .packedXen(let what):
      return "this is \(what); Xen must be given as the bare Image, without a wrapper"
    case .notConfig:
      return "this is no build configuration: it has no line that sets a CONFIG_ option"
    }
  }

  private func sentence(of fault: ELFImage.Fault) -> String {
    switch fault {
    case .header: "its header is cut off or of no width and byte order that there is"
    case .programHeaders: "its program headers are cut off"
    case .segmentOutsideFile: "a segment lies outside the file"
    case .segmentShrinks: "a segment has more bytes in the file than in memory"
    case .segmentWraps: "a segment goes past the last address"
    case .segmentsOverlap: "two segments lie over each other"
    case .nothingLoaded: "no segment is to be loaded"
    }
  }

  private func sentence(of fault: DeflateFault) -> String {
    switch fault {
    case .endOfData: "the data ends too early"
    case .blockType: "a block of unknown type"
    case .storedLength: "a stored block whose two lengths disagree"
    case .codeLengths: "a block whose code table is impossible"
    case .code: "a code that the block does not define"
    case .distance: "a copy from before the start of the data"
    }
  }

  private func byteList(_ bytes: [UInt8]) -> String {
    var list = ""
    for byte in bytes {
      if !list.isEmpty { list += " " }
      list += (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return list
  }
}
