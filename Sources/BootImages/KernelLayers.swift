// SPDX-License-Identifier: Apache-2.0

/// Takes a kernel file apart, layer by layer, with Xen's own order: uImage, gzip, arm64 Image, arm32 zImage.
struct KernelLayers: ~Escapable {
  /// As much of an unpacked kernel as its headers take.
  private static let headSize = 4096

  private let file: RawSpan
  private let limits: BootImage.Limits
  private(set) var wrappers: [BootImage.Wrapper] = []
  private(set) var content = BootImage.Content.raw
  private(set) var contentSize = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, limits: BootImage.Limits) throws(BootImageError) {
    guard bytes.byteCount > 0 else { throw BootImageError(.empty) }
    file = bytes
    self.limits = limits
  }

  mutating func read() throws(BootImageError) {
    if file.bigUInt32(at: 0) == LegacyImageHeader.magic {
      try readUImage()
    } else if GzipMember.isGzip(file) {
      try readGzip(0..<file.byteCount, inUImage: false)
    } else {
      try Self.refuseStrangers(file)
      content = try Self.kernel(file, fileSize: file.byteCount, isWhole: true)
      contentSize = file.byteCount
    }
  }

  private mutating func readUImage() throws(BootImageError) {
    let header = try LegacyImageHeader(decoding: file)
    guard header.kind == .kernel || header.kind == .kernelNoLoad else {
      throw BootImageError(.uImageKind(header.kind), at: 30)
    }
    guard header.architecture == .arm || header.architecture == .arm64 else {
      throw BootImageError(.uImageArchitecture(header.architecture), at: 29)
    }
    guard header.compression == .none || header.compression == .gzip else {
      throw BootImageError(.uImageCompression(header.compression), at: 31)
    }
    let range = try header.checkedData(of: file, verify: limits.verifyChecksums)
    wrappers.append(.uImage(header))
    if header.compression == .gzip {
      try readGzip(range, inUImage: true)
      return
    }
    // Xen copies the data to the load address and jumps to the entry point, whatever it is.
    let data = file.extracting(range)
    guard data.byteCount > 0 else { throw BootImageError(.empty, at: range.lowerBound) }
    if let summary = ELFSummary(data) { throw BootImageError(.elf(summary), at: range.lowerBound) }
    content = Self.header(data)
    contentSize = data.byteCount
  }

  private mutating func readGzip(_ range: Range<Int>, inUImage: Bool) throws(BootImageError) {
    let data = file.extracting(range)
    guard let size = data.littleUInt32(at: data.byteCount - 4) else {
      throw BootImageError(.deflate(.endOfData), at: range.upperBound)
    }
    var output = UnpackedData(
      limit: limits.kernel, keeping: Self.headSize, stopsWhenKept: !limits.verifyChecksums)
    do throws(BootImageError) {
      if let end = try GzipMember.decode(data, from: 0, into: &output), end != data.byteCount {
        throw BootImageError(.gzipTrailing(count: data.byteCount - end), at: end)
      }
    } catch {
      throw error.moved(by: range.lowerBound)
    }
    wrappers.append(.gzip(GzipSummary(uncompressedSize: size)))
    contentSize = limits.verifyChecksums ? output.count : Int(clamping: size)
    guard contentSize > 0 else { throw BootImageError(.empty, at: range.lowerBound) }
    let head = unsafe output.kept.span.bytes
    if GzipMember.isGzip(head) { throw BootImageError(.gzipTwice, at: range.lowerBound) }
    if inUImage {
      if let summary = ELFSummary(head) { throw BootImageError(.elf(summary), at: range.lowerBound) }
      content = Self.header(head)
    } else {
      try Self.refuseStrangers(head)
      content = try Self.kernel(head, fileSize: contentSize, isWhole: false)
    }
  }

  /// The format of a program that need not have one.
  private static func header(_ bytes: RawSpan) -> BootImage.Content {
    if let header = ImageHeader(bytes) { return .image(header) }
    if let header = ZImageHeader(bytes) { return .zImage(header) }
    return .raw
  }

  /// The kernel format that the bytes start with, its sizes held against the size of the whole.
  ///
  /// - Parameter isWhole: whether the bytes are all of the kernel and not only its head.
  private static func kernel(
    _ bytes: RawSpan, fileSize: Int, isWhole: Bool
  ) throws(BootImageError) -> BootImage.Content {
    if let header = ImageHeader(bytes) {
      if header.isPE, let end = PEHeader(bytes)?.endOfData, end > UInt64(fileSize) {
        throw BootImageError(
          .truncated("the arm64 Image", needed: end, present: UInt64(fileSize)), at: isWhole ? fileSize : 0)
      }
      return .image(header)
    }
    if let header = ZImageHeader(bytes) {
      guard header.end >= header.start else {
        throw BootImageError(.zImageRange(start: header.start, end: header.end), at: 0x28)
      }
      guard header.imageSize <= fileSize else {
        throw BootImageError(
          .truncated("the arm32 zImage", needed: UInt64(header.imageSize), present: UInt64(fileSize)),
          at: isWhole ? fileSize : 0)
      }
      return .zImage(header)
    }
    if fileSize < ImageHeader.size {
      throw BootImageError(
        .truncated("a kernel's header", needed: UInt64(ImageHeader.size), present: UInt64(fileSize)),
        at: isWhole ? fileSize : 0)
    }
    throw BootImageError(.unknownKernel(firstBytes(bytes)))
  }

  /// Throws for what is known not to be a kernel for Xen on Arm.
  static func refuseStrangers(_ bytes: RawSpan) throws(BootImageError) {
    if let summary = ELFSummary(bytes) { throw BootImageError(.elf(summary)) }
    if bytes.bigUInt32(at: 0) == 0xd00d_feed { throw BootImageError(.deviceTree) }
    if bytes.holds("#!") { throw BootImageError(.script) }
    if CPIOVariant(bytes) != nil { throw BootImageError(.ramdiskAsKernel) }
    // Before the test for PE: x86 and zboot kernels are UEFI programs as well.
    if bytes.holds("HdrS", at: 0x202), bytes.littleUInt16(at: 0x1fe) == 0xaa55 {
      throw BootImageError(.bzImage, at: 0x202)
    }
    if ImageHeader(bytes) != nil || ZImageHeader(bytes) != nil { return }
    if bytes.holds("MZ"), bytes.holds("zimg", at: 4) {
      let nameEnd = bytes.firstIndex(of: 0, in: 24..<56) ?? 56
      throw BootImageError(.efiZboot(printable(bytes, in: 24..<nameEnd)), at: 4)
    }
    if bytes.holds("RSC\u{5}", at: 0x38) { throw BootImageError(.riscvImage, at: 0x38) }
    if PEHeader(bytes) != nil { throw BootImageError(.peWithoutImageHeader) }
    if let compression = Compression(bytes) { throw BootImageError(.packedKernel(compression)) }
  }

  /// Text from a file for a message: letters and digits only.
  private static func printable(_ bytes: RawSpan, in range: Range<Int>) -> String {
    var text: [UInt8] = []
    for offset in range {
      guard let byte = bytes.byte(at: offset), byte > 0x20, byte < 0x7f else { break }
      text.append(byte)
    }
    return text.isEmpty ? "packed" : String(decoding: text, as: UTF8.self)
  }

  private static func firstBytes(_ bytes: RawSpan) -> [UInt8] {
    var first: [UInt8] = []
    for offset in 0..<min(4, bytes.byteCount) {
      if let byte = bytes.byte(at: offset) { first.append(byte) }
    }
    return first
  }
}
