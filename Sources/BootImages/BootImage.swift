// SPDX-License-Identifier: Apache-2.0

/// What a kernel or ramdisk file is: its wrappers, its content, and the sizes that boot files and memory plans need.
///
/// Kernels are held to what Xen on Arm starts for a domain; ramdisks may be anything but broken, for Xen hands them
/// over unread.
public struct BootImage: Hashable, Sendable {
  public enum Role: Hashable, Sendable { case kernel, ramdisk }

  /// The processor mode that a kernel needs.
  public enum Width: Hashable, Sendable { case arm64, arm32 }

  /// A layer around the content.
  public enum Wrapper: Hashable, Sendable {
    case uImage(LegacyImageHeader)
    case gzip(GzipSummary)
  }

  public enum Content: Hashable, Sendable {
    /// An arm64 `Image`.
    case image(ImageHeader)
    /// An arm32 `zImage`.
    case zImage(ZImageHeader)
    case cpio(CPIOVariant)
    /// Packed by something that is not unpacked here; in ramdisks only.
    case compressed(Compression)
    /// Anything else: a ramdisk of unknown format, or a program in a uImage.
    case raw
  }

  /// How far gzip may expand, and how much is checked.
  public struct Limits: Hashable, Sendable {
    /// The most bytes that a kernel may unpack to.
    public var kernel: Int
    /// The most bytes that a ramdisk may unpack to.
    public var ramdisk: Int
    /// Whether gzip data is unpacked to its end and all checksums are computed.
    ///
    /// Without, only headers are read.
    public var verifyChecksums: Bool

    /// 512 MiB for a kernel, 2 GiB - 1 for a ramdisk, everything checked.
    ///
    /// Unpacked data is not kept in memory.
    public static let `default` = Limits()

    public init(kernel: Int = 512 << 20, ramdisk: Int = 0x7fff_ffff, verifyChecksums: Bool = true) {
      self.kernel = kernel
      self.ramdisk = ramdisk
      self.verifyChecksums = verifyChecksums
    }
  }

  public let role: Role
  /// The layers around the content, outermost first; mostly none.
  public let wrappers: [Wrapper]
  public let content: Content
  /// The bytes of the file: what a loader loads and `reg` must say.
  public let fileSize: Int
  /// The bytes of the content with every wrapper taken off.
  public let contentSize: Int

  /// Reads a kernel for a domain.
  ///
  /// - Throws: what Xen on Arm would not start, with the reason.
  public init(kernel bytes: RawSpan, limits: Limits = .default) throws(BootImageError) {
    var layers = try KernelLayers(bytes, limits: limits)
    try layers.read()
    role = .kernel
    wrappers = layers.wrappers
    content = layers.content
    fileSize = bytes.byteCount
    contentSize = layers.contentSize
  }

  public init(kernel bytes: [UInt8], limits: Limits = .default) throws(BootImageError) {
    try unsafe self.init(kernel: bytes.span.bytes, limits: limits)
  }

  /// Reads a ramdisk.
  ///
  /// - Throws: when the file is empty, or is a gzip file, a uImage or a cpio archive that is cut off or damaged.
  public init(ramdisk bytes: RawSpan, limits: Limits = .default) throws(BootImageError) {
    let layers = try RamdiskLayers(bytes, limits: limits)
    role = .ramdisk
    wrappers = layers.wrappers
    content = layers.content
    fileSize = bytes.byteCount
    contentSize = layers.contentSize
  }

  public init(ramdisk bytes: [UInt8], limits: Limits = .default) throws(BootImageError) {
    try unsafe self.init(ramdisk: bytes.span.bytes, limits: limits)
  }

  init(role: Role, wrappers: [Wrapper], content: Content, fileSize: Int, contentSize: Int) {
    self.role = role
    self.wrappers = wrappers
    self.content = content
    self.fileSize = fileSize
    self.contentSize = contentSize
  }

  /// The bytes that the content takes once it runs, from where it is loaded: with its BSS, as far as its header says.
  public var memorySize: Int {
    switch content {
    case .image(let header): max(Int(clamping: header.imageSize), contentSize)
    case .zImage(let header): max(header.imageSize, contentSize)
    case .cpio, .compressed, .raw: contentSize
    }
  }

  /// Xen unpacks a gzip kernel where its module lies, so that a second domain cannot use the same module.
  public var isGzip: Bool {
    wrappers.contains { wrapper in
      if case .gzip = wrapper { true } else { false }
    }
  }

  public var isUImage: Bool { legacyHeader != nil }

  /// The uImage header, when the file has one.
  public var legacyHeader: LegacyImageHeader? {
    if case .uImage(let header)? = wrappers.first { header } else { nil }
  }

  /// The mode that the kernel needs; nil for ramdisks.
  public var width: Width? {
    guard role == .kernel else { return nil }
    if let header = legacyHeader { return header.architecture == .arm ? .arm32 : .arm64 }
    return switch content {
    case .image: .arm64
    case .zImage: .arm32
    case .cpio, .compressed, .raw: nil
    }
  }
}

extension BootImage: CustomStringConvertible {
  /// Such as "gzip of an arm64 Image", to be put into a sentence.
  public var description: String {
    var text = ""
    for wrapper in wrappers {
      switch wrapper {
      case .uImage(let header): text += header.name.isEmpty ? "uImage of " : "uImage (\(header.name)) of "
      case .gzip: text += "gzip of "
      }
    }
    let article = wrappers.isEmpty ? "" : content == .raw ? "" : isVowelFirst ? "an " : "a "
    return text + article + contentName
  }

  private var contentName: String {
    switch content {
    case .image: "arm64 Image"
    case .zImage: "arm32 zImage"
    case .cpio(let variant): "cpio archive (\(variant.rawValue))"
    case .compressed(let compression): "\(compression.rawValue) data"
    case .raw: role == .kernel ? "a raw program" : "raw data"
    }
  }

  private var isVowelFirst: Bool {
    switch content {
    case .image, .zImage: true
    case .compressed(let compression):
      compression == .xz || compression == .lz4 || compression == .lzma
        || compression == .lzop
    case .cpio, .raw: false
    }
  }
}
